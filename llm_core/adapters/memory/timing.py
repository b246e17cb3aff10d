"""When the events of a script come: the clock, delays, and the timeout of the request."""

from collections.abc import Coroutine, Iterator

import attrs

from llm_core.domain.errors import ChatTimeoutError
from llm_core.domain.events import StreamEnd, StreamEvent
from llm_core.domain.messages import AssistantMessage
from llm_core.domain.response_builder import ResponseBuilder

from .script import Delayed, ScriptItem, play


@attrs.frozen
class Wait:
    """A wait before the next event."""

    seconds: float
    """Seconds, more than 0."""


@attrs.frozen(kw_only=True)
class TimeLimit:
    """The timeout of a request; only the waits of the script count, so that an injected clock needs no time of day."""

    seconds: float
    """The timeout."""
    is_total: bool
    """True: for the whole answer (`complete`); False: for each event (`stream`)."""


def timed_events(
    item: ScriptItem, chunk_size: int, limit: TimeLimit, waited: float = 0.0
) -> Iterator[Wait | StreamEvent]:
    """Yield the events of *item*, each after its wait, if it has one. *waited* seconds of the limit have passed.

    Raises:
        ChatTimeoutError: the limit is reached, after a wait for the time that remained.
    """
    if not isinstance(item, Delayed):
        yield from play(item, chunk_size)
        return
    events, seconds = play(item.item, chunk_size), item.seconds
    sent: list[StreamEvent] = []
    while True:
        remaining = limit.seconds - waited
        yield from _wait(min(seconds, remaining))
        if seconds > remaining:
            raise ChatTimeoutError(partial=_partial(sent))
        event = next(events)  # an error of the script comes after its wait
        yield event
        if isinstance(event, StreamEnd):
            return
        sent.append(event)
        waited = waited + seconds if limit.is_total else 0.0
        seconds = item.between


async def answer_within(answer: Coroutine[object, object, ScriptItem], limit: TimeLimit) -> tuple[ScriptItem, float]:
    """Return what the async script function returns, and the seconds that it took.

    Raises:
        ChatTimeoutError: the limit is reached; *answer* is cancelled.
    """
    import asyncio

    clock = asyncio.get_running_loop().time
    started = clock()
    try:
        async with asyncio.timeout(limit.seconds) as timeout:
            return await answer, clock() - started
    except TimeoutError:
        if not timeout.expired():  # the function's own TimeoutError
            raise
    raise ChatTimeoutError


def run_answer(answer: Coroutine[object, object, ScriptItem], limit: TimeLimit) -> tuple[ScriptItem, float]:
    """As `answer_within`, for a sync verb, on an event loop that lives as long as this call.

    Raises:
        RuntimeError: an event loop runs in this thread; *answer* could wait for something that only that loop does.
    """
    import asyncio

    if _a_loop_is_running():
        answer.close()
        raise RuntimeError(
            "script: a sync verb cannot run an async function while this thread's event loop is running: "
            "await acomplete or astream, or call the sync verb in a thread, as with asyncio.to_thread"
        )
    # With a factory the runner leaves the thread's current event loop as it is; `asyncio.run` would unset it.
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.run(answer_within(answer, limit))


def _a_loop_is_running() -> bool:
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _wait(seconds: float) -> Iterator[Wait]:
    if seconds > 0:
        yield Wait(seconds)


def _partial(events: list[StreamEvent]) -> AssistantMessage | None:
    builder = ResponseBuilder()
    for event in events:
        builder.add(event)
    return builder.partial() if events else None
