"""Broken adapters whose fault shows in a later call, or in a value of a call that has ended."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Generator
from threading import Timer
from typing import Self

import attrs

from llm_core import (
    AsyncChatStream,
    ChatError,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatStream,
    InvalidRequestError,
    RateLimitError,
    StreamEnd,
    StreamEvent,
    Usage,
    from_async,
)
from llm_core.ports.streams import EventStream, UsageReport
from llm_core.testing import SETTINGS, Capabilities

from .aftermath import PassingChat
from .mutating import Mutated, in_memory, over_http
from .plain_chat import PlainChat
from .wrappers import AsyncStreamWrapper, StreamWrapper

Change = Callable[[ChatError], None]


@in_memory(
    "request.nothing-sticks",
    shows="ignored_settings[1][0]: expected nothing, got 'seed'",
    claims=Capabilities(http=False, settings=SETTINGS - {"seed"}),
)
def names_a_setting_as_ignored_in_all_later_answers(chat: ChatPort) -> ChatPort:
    ignored: set[str] = set()

    def leave_out(request: ChatRequest) -> ChatRequest:
        ignored.update([] if request.settings.seed is None else ["seed"])
        return attrs.evolve(request, settings=attrs.evolve(request.settings, seed=None))

    return Mutated(
        chat, on_request=leave_out, on_response=lambda response: attrs.evolve(response, ignored_settings=[*ignored])
    )


@attrs.frozen
class _StopsCounting(PlainChat):
    """Streams request no usage once a request was refused, as some servers refuse `stream_options`."""

    refused: list[bool] = attrs.field(factory=list)
    status: int | None = None  # of the refusals that count; None: all

    async def _events_in_time(self, request: ChatRequest, usage: UsageReport) -> AsyncGenerator[StreamEvent, None]:
        chat = attrs.evolve(self, streaming_fields={"stream": True}) if self.refused else self
        try:
            async for event in PlainChat._events_in_time(chat, request, usage):
                yield event
        except InvalidRequestError as error:
            self.refused.extend([True] if self.status in (None, error.status_code) else [])
            raise


@over_http("error.own", shows="usage: expected", mode="stream")
def reports_no_usage_of_streams_after_a_refusal(chat: PlainChat) -> ChatPort:
    return from_async(_StopsCounting(chat.url, chat.key))


@over_http("error.status", shows="the first wrong one: text 'Yes, still here.'", status=400, mode="stream")
def reports_no_usage_of_streams_after_a_400(chat: PlainChat) -> ChatPort:
    return from_async(_StopsCounting(chat.url, chat.key, status=400))


@over_http("error.status", shows="the first wrong one: text 'Yes, still here.'", status=429, mode="complete")
def reports_no_usage_after_a_rate_limit(chat: PlainChat) -> ChatPort:
    limited: list[ChatError] = []

    def note(error: ChatError) -> ChatError:
        limited.extend([error] if isinstance(error, RateLimitError) else [])
        return error

    def forget(response: ChatResponse) -> ChatResponse:
        return attrs.evolve(response, usage=None) if limited else response

    return Mutated(from_async(chat), on_error=note, on_response=forget)


@attrs.define
class _LatestUsage(StreamWrapper):
    """Shows the usage that any stream of its adapter has reported last."""

    latest: list[Usage]

    def __next__(self) -> StreamEvent:
        event = next(self.inner)
        self.latest.extend([] if self.inner.usage is None else [self.inner.usage])
        return event

    @property
    def usage(self) -> Usage | None:
        return self.latest[-1] if self.latest else None


@attrs.frozen
class _SharesUsage(PassingChat):
    latest: list[Usage] = attrs.field(factory=list, init=False)

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return _LatestUsage(self.chat.stream(request), self.latest)


@over_http("stream.break-is-an-error", shows="of a stream of a call was changed", how="cut", mode="stream")
def shows_the_usage_of_the_latest_stream_in_all(chat: PlainChat) -> ChatPort:
    return _SharesUsage(from_async(chat))


@attrs.define
class _BeginsAgain(StreamWrapper):
    begin: Callable[[], ChatStream]
    has_ended: bool = False

    def __next__(self) -> StreamEvent:
        event = next(self.inner)
        self.has_ended = isinstance(event, StreamEnd)
        return event

    def __enter__(self) -> Self:
        if self.has_ended:
            self.inner = self.begin()
        self.inner.__enter__()
        return self


@attrs.define
class _AsyncBeginsAgain(AsyncStreamWrapper):
    begin: Callable[[], AsyncChatStream]
    has_ended: bool = False

    async def __anext__(self) -> StreamEvent:
        event = await anext(aiter(self.inner))
        self.has_ended = isinstance(event, StreamEnd)
        return event

    async def __aenter__(self) -> Self:
        if self.has_ended:
            self.inner = self.begin()
        await self.inner.__aenter__()
        return self


@attrs.frozen
class _Begins(PassingChat):
    def stream(self, request: ChatRequest, /) -> ChatStream:
        return _BeginsAgain(self.chat.stream(request), lambda: self.chat.stream(request))

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return _AsyncBeginsAgain(self.chat.astream(request), lambda: self.chat.astream(request))


@in_memory("stream.once", shows="events after the end[0]: expected nothing")
def begins_again_when_a_stream_that_has_ended_is_entered(chat: ChatPort) -> ChatPort:
    return _Begins(chat)


@in_memory("stream.slow-reader", shows="a stream that was left, entered again, yielded", mode="stream")
def begins_again_when_it_is_entered_after_whatever_clause(chat: ChatPort) -> ChatPort:
    return _Begins(chat)


@attrs.define
class _SendsAgain(StreamWrapper):
    """Sends the request again when it is entered after its end, and yields nothing."""

    chat: ChatPort
    request: ChatRequest
    has_ended: bool = False

    def __next__(self) -> StreamEvent:
        event = next(self.inner)
        self.has_ended = isinstance(event, StreamEnd)
        return event

    def __enter__(self) -> Self:
        if self.has_ended:
            self.chat.complete(self.request)
        self.inner.__enter__()
        return self


@attrs.frozen
class _Sends(PassingChat):
    def stream(self, request: ChatRequest, /) -> ChatStream:
        return _SendsAgain(self.chat.stream(request), self.chat, request)


@in_memory("stream.slow-reader", shows="a stream that was left, entered again, sent a request", mode="stream")
def sends_again_when_a_stream_that_has_ended_is_entered(chat: ChatPort) -> ChatPort:
    return _Sends(chat)


@attrs.define
class _FailsToEnter(StreamWrapper):
    has_ended: bool = False

    def __next__(self) -> StreamEvent:
        event = next(self.inner)
        self.has_ended = isinstance(event, StreamEnd)
        return event

    def __enter__(self) -> Self:
        if self.has_ended:
            raise OSError("the connection is closed")
        self.inner.__enter__()
        return self


@attrs.frozen
class _Fails(PassingChat):
    def stream(self, request: ChatRequest, /) -> ChatStream:
        return _FailsToEnter(self.chat.stream(request))


@in_memory("stream.slow-reader", shows="a stream that was left, entered again, raised OSError", mode="stream")
def raises_the_clients_error_when_a_stream_that_has_ended_is_entered(chat: ChatPort) -> ChatPort:
    return _Fails(chat)


@in_memory("share.no-memory", shows="16 of 16 answers or errors are still in memory after calls that failed")
def keeps_each_error_for_its_statistics(chat: ChatPort) -> ChatPort:
    errors: list[ChatError] = []

    def keep(error: ChatError) -> ChatError:
        errors.append(error)
        return error

    return Mutated(chat, on_error=keep)


@in_memory("share.no-memory", shows="16 of 16 answers or errors are still in memory after calls", mode="acomplete")
def keeps_each_answer(chat: ChatPort) -> ChatPort:
    answers: list[ChatResponse] = []

    def keep(response: ChatResponse) -> ChatResponse:
        answers.append(response)
        return response

    return Mutated(chat, on_response=keep)


@over_http("error.one-attempt-later", shows="id answer-1", how="close", mode="acomplete")
def reports_the_id_of_its_first_answer_in_all(chat: PlainChat) -> ChatPort:
    ids: list[str | None] = []

    def keep(response: ChatResponse) -> ChatResponse:
        ids.append(response.id)
        return attrs.evolve(response, id=ids[0])

    return Mutated(from_async(chat), on_response=keep)


def _keeping(chat: PlainChat, change: Change) -> ChatPort:
    def on_error(error: ChatError) -> ChatError:
        change(error)
        return error

    return Mutated(from_async(chat), on_error=on_error)


@over_http("error.own", shows="retry_after: expected None, got 7.0", mode="complete")
def keeps_the_wait_of_an_earlier_failure(chat: PlainChat) -> ChatPort:
    waits: list[float] = []

    def change(error: ChatError) -> None:
        waits.extend([] if error.retry_after is None else [error.retry_after])
        error.retry_after = waits[-1]

    return _keeping(chat, change)


@over_http("error.own", shows="request_id: expected None, got 'request-1'", mode="acomplete")
def keeps_the_request_id_of_an_earlier_failure(chat: PlainChat) -> ChatPort:
    ids: list[str] = []

    def change(error: ChatError) -> None:
        ids.extend([] if error.request_id is None else [error.request_id])
        error.request_id = ids[-1]

    return _keeping(chat, change)


@over_http("error.own", shows="detail: expected 'It went wrong again.' in it", mode="complete")
def keeps_the_detail_of_the_first_failure(chat: PlainChat) -> ChatPort:
    details: list[str | None] = []

    def change(error: ChatError) -> None:
        details.append(error.detail)
        error.detail = details[0]

    return _keeping(chat, change)


class _WakesLate(EventStream):
    """Its reader polls each half second whether it was closed."""

    def close(self) -> None:
        is_read = self._started and self._abort is not None
        abort, self._abort = self._abort, (lambda: Timer(0.5, self._end).start()) if is_read else None
        self._end_wait = abort
        super().close()

    def _end(self) -> None:
        if self._end_wait is not None:
            self._end_wait()


@attrs.frozen
class _Polls(PassingChat):
    def stream(self, request: ChatRequest, /) -> ChatStream:
        inner, usage = self.chat.stream(request), UsageReport()
        usage.read = lambda: inner.usage
        return _WakesLate(_closing(inner), usage, inner.close)


def _closing(stream: ChatStream) -> Generator[StreamEvent, None, None]:
    try:
        yield from stream
    finally:
        stream.close()


@over_http("close.other-thread", shows="the call went on for 0.5 seconds after the close", wait="for the next event")
def polls_whether_a_stream_was_closed(chat: PlainChat) -> ChatPort:
    return _Polls(from_async(chat))


@attrs.define
class _Drains(StreamWrapper):
    """Waits for the rest of the answer for a while, to use the connection again."""

    def close(self) -> None:
        time.sleep(0.5)
        self.inner.close()


@attrs.define
class _AsyncDrains(AsyncStreamWrapper):
    async def aclose(self) -> None:
        await asyncio.sleep(0.5)
        await self.inner.aclose()


@attrs.frozen
class _DrainsFirst(PassingChat):
    def stream(self, request: ChatRequest, /) -> ChatStream:
        return _Drains(self.chat.stream(request))

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        return _AsyncDrains(self.chat.astream(request))


@over_http("close.break", shows="leaving took 0.5 seconds until the connection was free")
def drains_for_a_while_before_it_closes(chat: PlainChat) -> ChatPort:
    return _DrainsFirst(from_async(chat))


@over_http("aclose.break", shows="leaving took 0.5 seconds until the connection was free")
def drains_for_a_while_before_it_acloses(chat: PlainChat) -> ChatPort:
    return _DrainsFirst(from_async(chat))


@over_http("timeout.bounds", shows="seconds: too late", phase="before the head", mode="complete")
def adds_a_grace_to_the_timeout(chat: PlainChat) -> ChatPort:
    def longer(request: ChatRequest) -> ChatRequest:
        seconds = request.settings.timeout or 120
        return attrs.evolve(request, settings=attrs.evolve(request.settings, timeout=seconds + 0.3))

    return Mutated(from_async(chat), on_request=longer)
