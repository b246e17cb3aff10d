"""Makes further calls of an adapter, many at once, and requires an answer to each of them."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

import attrs

from llm_core.domain.errors import ChatError
from llm_core.domain.messages import UserMessage
from llm_core.domain.requests import ChatRequest
from llm_core.domain.response_builder import response_from_events
from llm_core.ports.chat import ChatPort
from llm_core.testing.expectations import expected_events
from llm_core.testing.fake_provider.server import FakeProvider
from llm_core.testing.scenarios import Replies, Scenario

from .deadlock_guard import in_time

AT_ONCE = 16  # calls: more than most pools and semaphores have slots
NEXT_REQUEST = ChatRequest(messages=[UserMessage("Still here?")])
_ANSWER = Replies(text="Yes, still here.")


@attrs.frozen
class Arranged:
    """A chat that `arrange` returned for *scenario*, and the fake providers that it started for it."""

    chat: ChatPort
    scenario: Scenario
    providers: tuple[FakeProvider, ...]

    def let_answer(self) -> str:
        """Make every fake provider answer from now on; return the text, or the error, that each next call must give.

        An adapter without one plays its scenario again.
        """
        for provider in self.providers:
            provider.play(_ANSWER)
        return _outcome(_ANSWER if self.providers else self.scenario)


def _outcome(scenario: Scenario) -> str:
    try:
        return response_from_events(expected_events(scenario, NEXT_REQUEST)).text
    except ChatError as error:
        return outcome_of(error)


def require_answers(arranged: Arranged, modes: Sequence[str], count: int, seconds: float) -> None:
    """Make *count* calls at once, in turn in each of *modes*. AssertionError unless each is answered.

    DeadlockError if they are not done within *seconds*.
    """
    expected = arranged.let_answer()
    chosen = [modes[number % len(modes)] for number in range(count)]
    works: list[Callable[[], list[str]]] = [
        partial(_sync, arranged.chat, mode) for mode in chosen if not mode.startswith("a")
    ]
    if in_loop := [mode for mode in chosen if mode.startswith("a")]:
        works.append(lambda: asyncio.run(_all(arranged.chat, in_loop)))
    require_all(expected, [text for texts in in_time(seconds, *works) for text in texts])


async def require_answers_in_loop(arranged: Arranged, modes: Sequence[str], count: int) -> None:
    """As `require_answers`, with the async *modes*, in the running loop."""
    expected = arranged.let_answer()
    require_all(expected, await _all(arranged.chat, [modes[number % len(modes)] for number in range(count)]))


def require_all(expected: str, outcomes: Sequence[str]) -> None:
    """Raise AssertionError unless each of *outcomes* is *expected*."""
    wrong = [outcome for outcome in outcomes if outcome != expected]
    if wrong:
        raise AssertionError(
            f"{len(wrong)} of {len(outcomes)} further calls, made at once after the clause, were not answered by "
            f"{expected!r}; the first of them: {wrong[0]!r}"
        )


def _sync(chat: ChatPort, mode: str) -> list[str]:
    try:
        if mode == "complete":
            return [chat.complete(NEXT_REQUEST).text]
        with chat.stream(NEXT_REQUEST) as stream:
            return [response_from_events(stream).text]
    except Exception as error:  # noqa: BLE001 -- whatever it is, `require_all` reports it
        return [outcome_of(error)]


async def _all(chat: ChatPort, modes: Sequence[str]) -> list[str]:
    return await asyncio.gather(*(_async(chat, mode) for mode in modes))


async def _async(chat: ChatPort, mode: str) -> str:
    try:
        if mode == "acomplete":
            return (await chat.acomplete(NEXT_REQUEST)).text
        async with chat.astream(NEXT_REQUEST) as stream:
            return response_from_events([event async for event in stream]).text
    except Exception as error:  # noqa: BLE001 -- as above
        return outcome_of(error)


def outcome_of(error: Exception) -> str:
    """Return the class of a ChatError, and the whole of any other exception."""
    return type(error).__name__ if isinstance(error, ChatError) else repr(error)
