"""Broken adapters that mishandle an answer that breaks off."""

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

from .mutating import Mutated, in_memory, over_http
from .plain_chat import PlainChat
from .wrappers import AsyncStreamWrapper, StreamWrapper, WrappedStreams


def _truncated(error: ChatError) -> ChatResponse:
    return ChatResponse(message=error.partial or AssistantMessage("A rather"))


def _ends_at_a_break(chat: ChatPort) -> ChatPort:
    """Wrap *chat* so that a response that breaks off ends normally."""

    def end_at_a_break(events: Iterable[StreamEvent]) -> Iterator[StreamEvent]:
        try:
            yield from events
        except ChatError as error:
            yield StreamEnd(response=_truncated(error))

    return Mutated(chat, on_events=end_at_a_break, on_error=_truncated)


@in_memory("stream.break-is-an-error", shows="DID NOT RAISE ChatError", how="cut")
def treats_a_dropped_connection_as_the_end(chat: ChatPort) -> ChatPort:
    return _ends_at_a_break(chat)


@in_memory("stream.break-is-an-error", shows="DID NOT RAISE ChatError", how="end")
def treats_a_stream_without_a_finish_reason_as_complete(chat: ChatPort) -> ChatPort:
    return _ends_at_a_break(chat)


def _with_stop_reason(chunk: object) -> object:
    match chunk:
        case {"choices": [dict(choice)]} if choice.get("finish_reason", "") is None:
            choice["finish_reason"] = "stop"
    return chunk


@over_http("stream.break-is-an-error", shows="DID NOT RAISE ChatError", how="unfinished")
def reports_stop_in_streams_without_a_finish_reason(chat: PlainChat) -> ChatPort:
    return from_async(attrs.evolve(chat, on_chunk=_with_stop_reason))


@over_http("complete.break-is-an-error", shows="no ChatError was raised", how="unfinished")
def reports_stop_without_a_finish_reason(chat: PlainChat) -> ChatPort:
    return from_async(attrs.evolve(chat, on_chunk=_with_stop_reason))


def _without_inner_error(chunk: object) -> object:
    match chunk:
        case {"choices": [dict(choice)]}:
            choice.pop("error", None)
    return chunk


def _without_failed_reason(chunk: object) -> object:
    match chunk:
        case {"choices": [dict(choice)]} if choice.get("finish_reason") == "error":
            choice["finish_reason"] = "stop"
    return chunk


def _without_text_beside_error(chunk: object) -> object:
    match chunk:
        case {"choices": [dict(choice)]} if choice.get("error"):
            choice.pop("message", None)
    return chunk


@over_http(
    "stream.break-is-an-error", shows="class: expected ServerError, got StreamInterruptedError", how="inner_error"
)
def finds_no_error_in_a_choice_of_a_stream(chat: PlainChat) -> ChatPort:
    return from_async(attrs.evolve(chat, on_chunk=_without_inner_error))


@over_http(
    "complete.break-is-an-error",
    shows="no ChatError was raised: the call returned AssistantMessage(",
    how="inner_error",
)
def finds_no_error_in_a_choice(chat: PlainChat) -> ChatPort:
    return from_async(attrs.evolve(chat, on_chunk=_without_inner_error))


@over_http("stream.break-is-an-error", shows="DID NOT RAISE ChatError", how="failed_finish")
def treats_a_failure_as_the_end_of_a_stream(chat: PlainChat) -> ChatPort:
    return from_async(attrs.evolve(chat, on_chunk=_without_failed_reason))


@over_http(
    "complete.error-beside-text",
    shows="no ChatError was raised: the call returned AssistantMessage(",
    how="failed_finish",
)
def returns_an_answer_that_failed(chat: PlainChat) -> ChatPort:
    return from_async(attrs.evolve(chat, on_chunk=_without_failed_reason))


@over_http("complete.error-beside-text", shows="assert ''", how="inner_error")
def drops_the_text_beside_an_error(chat: PlainChat) -> ChatPort:
    return from_async(attrs.evolve(chat, on_chunk=_without_text_beside_error))


@in_memory(
    "complete.break-is-an-error", shows="class: expected StreamInterruptedError, got BadResponseError", how="unfinished"
)
def raises_bad_response_error_for_an_unfinished_answer(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_error=lambda _: BadResponseError())


@in_memory("stream.break-is-an-error", shows="DID NOT RAISE ChatError", how="error")
def swallows_an_error_in_the_stream(chat: ChatPort) -> ChatPort:
    return _ends_at_a_break(chat)


@in_memory("stream.break-is-an-error", shows="DID NOT RAISE ChatError", how="bad_json")
def skips_an_event_that_is_not_json(chat: ChatPort) -> ChatPort:
    return _ends_at_a_break(chat)


@in_memory(
    "complete.break-is-an-error", shows="no ChatError was raised: the call returned AssistantMessage(", how="cut"
)
def returns_a_partial_body_as_an_answer(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_error=_truncated)


@in_memory(
    "stream.break-is-an-error",
    shows="class: expected ChatTimeoutError, got StreamInterruptedError",
    how="silence",
)
def raises_stream_interrupted_error_for_a_timeout(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_error=lambda error: StreamInterruptedError(partial=error.partial))


@in_memory("stream.break-is-an-error", shows="class: expected ServerError, got BadResponseError", how="error")
def raises_bad_response_error_for_every_break(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_error=lambda error: BadResponseError(partial=error.partial))


def _with_partial(chat: ChatPort, partial: AssistantMessage | None) -> ChatPort:
    """Wrap *chat* so that each error holds *partial*."""

    def set_partial(error: ChatError) -> ChatError:
        error.partial = partial
        return error

    return Mutated(chat, on_error=set_partial)


@in_memory("stream.break-is-an-error", shows="got ''")
def drops_the_partial_message(chat: ChatPort) -> ChatPort:
    return _with_partial(chat, None)


@in_memory("stream.break-is-an-error", shows="got 'A ra'", how="cut")
def drops_the_last_characters_of_the_partial_text(chat: ChatPort) -> ChatPort:
    return _with_partial(chat, AssistantMessage("A ra"))


@in_memory("stream.break-is-an-error", shows="'A rather long story.'", how="cut")
def invents_the_remainder_of_the_partial_text(chat: ChatPort) -> ChatPort:
    return _with_partial(chat, AssistantMessage("A rather long story."))


@in_memory("stream.break-is-an-error", shows="1 == 2", how="cut")
def retries_when_a_stream_breaks_off(chat: ChatPort) -> ChatPort:
    def retry(error: ChatError) -> ChatError:
        with suppress(ChatError):
            chat.complete(SIMPLE_REQUEST)
        return error

    return Mutated(chat, on_error=retry)


@in_memory(
    "stream.unfinished-call",
    shows="not a beginning of what the provider sent: AssistantMessage(",
)
def returns_an_unfinished_call_as_valid(chat: ChatPort) -> ChatPort:
    return _with_partial(chat, AssistantMessage(tool_calls=[ToolCall(id="call_1", name="get_weather", arguments={})]))


@in_memory("stream.unfinished-call", shows="invalid_tool_calls of `partial`[0]: expected 'get_weather'")
def drops_an_unfinished_call(chat: ChatPort) -> ChatPort:
    return _with_partial(chat, AssistantMessage())


@attrs.define
class _ContinuesAfterError(StreamWrapper):
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
class _AsyncContinuesAfterError(AsyncStreamWrapper):
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
def yields_events_after_an_error(chat: ChatPort) -> ChatPort:
    return WrappedStreams(chat=chat, wrap=_ContinuesAfterError, wrap_async=_AsyncContinuesAfterError)


@in_memory("close.break", shows="no answer in time", raises=ChatTimeoutError)
def waits_for_the_whole_answer_before_the_first_event(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_events=lambda events: iter(list(events)))
