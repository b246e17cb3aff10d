"""Broken in what it makes of an answer that breaks off."""

from collections.abc import Iterable, Iterator
from contextlib import suppress

import attrs

from llm_core import (
    AssistantMessage,
    BadResponseError,
    ChatError,
    ChatPort,
    ChatResponse,
    ChatTimeoutError,
    StreamEnd,
    StreamEvent,
    StreamInterruptedError,
    TextDelta,
    ToolCall,
    from_async,
)
from llm_core.testing.clauses.sample_requests import SIMPLE_REQUEST

from .mutating import Bent, in_memory, over_http
from .plain_chat import PlainChat
from .wrappers import AsyncShell, Shell, Shelled


def _short(error: ChatError) -> ChatResponse:
    return ChatResponse(message=error.partial or AssistantMessage("A rather"))


def _ends_short(chat: ChatPort) -> ChatPort:
    """Return *chat*, for which every break is an end."""

    def tells(events: Iterable[StreamEvent]) -> Iterator[StreamEvent]:
        try:
            yield from events
        except ChatError as error:
            yield StreamEnd(response=_short(error))

    return Bent(chat, tells=tells, fails=_short)


@in_memory("stream.break-is-an-error", shows="DID NOT RAISE ChatError", how="cut")
def takes_a_cut_for_the_end(chat: ChatPort) -> ChatPort:
    return _ends_short(chat)


@in_memory("stream.break-is-an-error", shows="DID NOT RAISE ChatError", how="end")
def takes_an_end_without_a_finish_for_the_end(chat: ChatPort) -> ChatPort:
    return _ends_short(chat)


def _finishes(chunk: object) -> object:
    match chunk:
        case {"choices": [dict(choice)]} if choice.get("finish_reason", "") is None:
            choice["finish_reason"] = "stop"
    return chunk


@over_http("stream.break-is-an-error", shows="DID NOT RAISE ChatError", how="unfinished")
def takes_no_reason_for_stop_in_streams(chat: PlainChat) -> ChatPort:
    return from_async(attrs.evolve(chat, looks_at=_finishes))


@over_http("complete.break-is-an-error", shows="DID NOT RAISE ChatError", how="unfinished")
def takes_no_reason_for_stop(chat: PlainChat) -> ChatPort:
    return from_async(attrs.evolve(chat, looks_at=_finishes))


@in_memory(
    "complete.break-is-an-error", shows="{<class 'llm_core.domain.errors.StreamInterruptedError'>}", how="unfinished"
)
def takes_an_unfinished_answer_for_a_bad_one(chat: ChatPort) -> ChatPort:
    return Bent(chat, fails=lambda _: BadResponseError())


@in_memory("stream.break-is-an-error", shows="DID NOT RAISE ChatError", how="error")
def swallows_an_error_in_mid_stream(chat: ChatPort) -> ChatPort:
    return _ends_short(chat)


@in_memory("stream.break-is-an-error", shows="DID NOT RAISE ChatError", how="bad_json")
def skips_what_is_no_json(chat: ChatPort) -> ChatPort:
    return _ends_short(chat)


@in_memory("complete.break-is-an-error", shows="DID NOT RAISE ChatError", how="cut")
def takes_half_a_body_for_an_answer(chat: ChatPort) -> ChatPort:
    return Bent(chat, fails=_short)


@in_memory(
    "stream.break-is-an-error",
    shows="ChatTimeoutError'> is <class 'llm_core.domain.errors.StreamInterruptedError'>",
    how="silence",
)
def takes_silence_for_a_cut(chat: ChatPort) -> ChatPort:
    return Bent(chat, fails=lambda error: StreamInterruptedError(partial=error.partial))


@in_memory(
    "stream.break-is-an-error", shows="ServerError'> is <class 'llm_core.domain.errors.BadResponseError'>", how="error"
)
def takes_every_break_for_a_bad_response(chat: ChatPort) -> ChatPort:
    return Bent(chat, fails=lambda error: BadResponseError(partial=error.partial))


def _knows(chat: ChatPort, partial: AssistantMessage | None) -> ChatPort:
    """Return *chat*, whose errors hold *partial*."""

    def fails(error: ChatError) -> ChatError:
        error.partial = partial
        return error

    return Bent(chat, fails=fails)


@in_memory("stream.break-is-an-error", shows="isinstance(None, AssistantMessage)")
def forgets_what_had_arrived(chat: ChatPort) -> ChatPort:
    return _knows(chat, None)


@in_memory("stream.break-is-an-error", shows="= 'A ra'.startswith")
def forgets_the_last_of_what_had_arrived(chat: ChatPort) -> ChatPort:
    return _knows(chat, AssistantMessage("A ra"))


@in_memory("stream.break-is-an-error", shows="('A rather long story.')", how="cut")
def makes_up_what_had_not_arrived(chat: ChatPort) -> ChatPort:
    return _knows(chat, AssistantMessage("A rather long story."))


@in_memory("stream.break-is-an-error", shows="1 == 2", how="cut")
def asks_again_in_mid_stream(chat: ChatPort) -> ChatPort:
    def again(error: ChatError) -> ChatError:
        with suppress(ChatError):
            chat.complete(SIMPLE_REQUEST)
        return error

    return Bent(chat, fails=again)


@in_memory("stream.unfinished-call", shows="== ([], (ToolCal")
def would_carry_out_an_unfinished_call(chat: ChatPort) -> ChatPort:
    return _knows(chat, AssistantMessage(tool_calls=[ToolCall(id="call_1", name="get_weather", arguments={})]))


@in_memory("stream.unfinished-call", shows="== ([], ())")
def forgets_an_unfinished_call(chat: ChatPort) -> ChatPort:
    return _knows(chat, AssistantMessage())


@attrs.define
class _Tireless(Shell):
    failed: bool = False

    def until_done(self) -> ChatResponse:
        try:
            return self.inner.until_done()
        finally:
            self.failed = True

    def __next__(self) -> StreamEvent:
        if self.failed:
            self.failed = False
            return TextDelta("Where was I?")
        return next(self.inner)


@attrs.define
class _AsyncTireless(AsyncShell):
    failed: bool = False

    async def until_done(self) -> ChatResponse:
        try:
            return await self.inner.until_done()
        finally:
            self.failed = True

    async def __anext__(self) -> StreamEvent:
        if self.failed:
            self.failed = False
            return TextDelta("Where was I?")
        return await anext(aiter(self.inner))


@in_memory("stream.over-after-break", shows="TextDelta(text='Where was I?')")
def goes_on_after_an_error(chat: ChatPort) -> ChatPort:
    return Shelled(chat=chat, around=_Tireless, around_async=_AsyncTireless)


@in_memory("close.break", shows="no answer in time", escapes=ChatTimeoutError)
def waits_for_the_whole_answer_before_the_first_event(chat: ChatPort) -> ChatPort:
    return Bent(chat, tells=lambda events: iter(list(events)))
