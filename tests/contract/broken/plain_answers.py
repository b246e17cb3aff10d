"""Decodes the chunks of an OpenAI chat completion, for `PlainChat`."""

import json
from collections.abc import Iterator

import attrs
import cattrs

from llm_core import (
    BadResponseError,
    ChatError,
    ChatResponse,
    ContentPolicyError,
    ContextWindowExceededError,
    FinishReason,
    QuotaExceededError,
    RateLimitError,
    ReasoningDelta,
    ServerError,
    StreamEnd,
    StreamEvent,
    StreamInterruptedError,
    TextDelta,
    Usage,
)
from llm_core.domain.response_builder import ResponseBuilder
from llm_core.domain.surrogates import join_surrogates

from .plain_calls import PlainCalls

CODES: dict[str, type[ChatError]] = {
    "context_length_exceeded": ContextWindowExceededError,
    "content_policy_violation": ContentPolicyError,
    "insufficient_quota": QuotaExceededError,
    "rate_limit_exceeded": RateLimitError,
}
_FINISH_REASONS = {reason.value: reason for reason in FinishReason if reason is not FinishReason.OTHER}


@attrs.frozen
class _Details:
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None


@attrs.frozen
class _Tokens:
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _Details = attrs.field(factory=_Details)
    completion_tokens_details: _Details = attrs.field(factory=_Details)

    def usage(self) -> Usage:
        return Usage(
            input_tokens=self.prompt_tokens,
            output_tokens=self.completion_tokens,
            cache_read_tokens=self.prompt_tokens_details.cached_tokens,
            reasoning_tokens=self.completion_tokens_details.reasoning_tokens,
        )


@attrs.frozen
class _Function:
    name: str | None = None
    arguments: str | None = None


@attrs.frozen
class _ToolCallDelta:
    index: int | None = None
    id: str | None = None
    function: _Function = attrs.field(factory=_Function)


@attrs.frozen
class _Delta:
    content: str | None = None
    reasoning_content: str | None = None
    refusal: str | None = None
    tool_calls: list[_ToolCallDelta] | None = None


@attrs.frozen
class _Choice:
    delta: _Delta | None = None
    message: _Delta | None = None
    finish_reason: str | None = None


@attrs.frozen
class _Chunk:
    id: str | None = None
    model: str | None = None
    choices: list[_Choice] = attrs.field(factory=list)
    usage: _Tokens | None = None


@attrs.define
class Reader:
    """Builds a response from its chunks; a body that is not streamed is a stream of one chunk."""

    builder: ResponseBuilder = attrs.field(factory=ResponseBuilder)
    started: bool = False
    request_id: str | None = None  # that the head of an answer has
    calls: PlainCalls = attrs.field(factory=PlainCalls)
    _chunk: _Chunk = attrs.field(factory=_Chunk)
    _tokens: _Tokens | None = None
    _raw_finish_reason: str | None = None
    _refused: bool = False
    _has_choice: bool = False
    _pending_surrogate: str = ""

    def read(self, chunk: object) -> Iterator[StreamEvent]:
        """Yield the events of the next *chunk*, or raise the error that it holds."""
        if isinstance(chunk, dict) and chunk.get("error"):
            raise error_in_payload(chunk["error"])
        parsed = self._chunk = cattrs.structure(chunk, _Chunk)
        self._tokens = parsed.usage or self._tokens
        for choice in parsed.choices:
            self._has_choice = True
            self._raw_finish_reason = choice.finish_reason or self._raw_finish_reason
            yield from self._recorded(self._delta_events(choice.delta or choice.message or _Delta()))
        match chunk:
            case {"choices": [{"error": error}]}:
                raise error_in_payload(error)

    def usage(self) -> Usage | None:
        """Return what has been reported so far."""
        return self._tokens.usage() if self._tokens else None

    def remaining_events(self) -> Iterator[StreamEvent]:
        """Yield the events that are still due when the stream ends."""
        yield from self._recorded(self.calls.remaining_events())

    def end(self) -> StreamEnd:
        """Return the end; BadResponseError or StreamInterruptedError if there is no response, or an incomplete one."""
        if not self._has_choice:
            raise BadResponseError
        if self._raw_finish_reason is None:
            raise StreamInterruptedError
        if self._raw_finish_reason == "error":
            raise ServerError
        reason = _FINISH_REASONS.get(self._raw_finish_reason, FinishReason.OTHER)
        message = self.builder.message(reason)
        return StreamEnd(
            response=ChatResponse(
                message=message,
                finish_reason=FinishReason.CONTENT_FILTER if self._refused else reason,
                raw_finish_reason=self._raw_finish_reason,
                usage=self.usage(),
                model=self._chunk.model,
                id=self._chunk.id,
            )
        )

    def _recorded(self, events: Iterator[StreamEvent]) -> Iterator[StreamEvent]:
        for event in events:
            self.builder.add(event)
            yield event

    def _delta_events(self, delta: _Delta) -> Iterator[StreamEvent]:
        if delta.reasoning_content:
            yield from self._text_events(ReasoningDelta, delta.reasoning_content)
        if delta.refusal:
            self._refused = True
        if delta.content or delta.refusal:
            yield from self._text_events(TextDelta, delta.content or delta.refusal or "")
        for position, call in enumerate(delta.tool_calls or ()):
            index, function = position if call.index is None else call.index, call.function
            yield from self.calls.add_delta(index, call.id or "", function.name or "", function.arguments or "")

    def _text_events(self, event_class: type[TextDelta] | type[ReasoningDelta], text: str) -> Iterator[StreamEvent]:
        """Yield *text*; a high surrogate at its end is kept until the low surrogate arrives."""
        pending = self._pending_surrogate + text
        end = len(pending) - ("\ud800" <= pending[-1:] <= "\udbff")
        self._pending_surrogate = pending[end:]
        if end:
            yield event_class(join_surrogates([pending[:end]]))


def error_in_payload(error: object) -> ChatError:
    """Return the error that arrived with status 200, its class chosen by its code."""
    payload = json.dumps(error)
    return next((error_class for code, error_class in CODES.items() if code in payload), ServerError)()
