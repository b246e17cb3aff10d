"""The pieces of an answer in OpenAI chat completions, as the honest adapter reads them."""

import json
from collections.abc import Iterator

import attrs
import cattrs

from llm_core import (
    AssistantMessage,
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
_WORDS = {word.value: word for word in FinishReason if word is not FinishReason.OTHER}


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
class _CallPiece:
    index: int | None = None
    id: str | None = None
    function: _Function = attrs.field(factory=_Function)


@attrs.frozen
class _Said:
    content: str | None = None
    reasoning_content: str | None = None
    refusal: str | None = None
    tool_calls: list[_CallPiece] | None = None


@attrs.frozen
class _Choice:
    delta: _Said | None = None
    message: _Said | None = None
    finish_reason: str | None = None


@attrs.frozen
class _Chunk:
    id: str | None = None
    model: str | None = None
    choices: list[_Choice] = attrs.field(factory=list)
    usage: _Tokens | None = None


@attrs.define
class Reader:
    """What an answer has told so far; a whole body is a stream of one chunk."""

    told: ResponseBuilder = attrs.field(factory=ResponseBuilder)
    began: bool = False
    _chunk: _Chunk = attrs.field(factory=_Chunk)
    _tokens: _Tokens | None = None
    _word: str | None = None
    _refused: bool = False
    calls: PlainCalls = attrs.field(factory=PlainCalls)
    _chosen: bool = False
    _half: str = ""

    def read(self, chunk: object) -> Iterator[StreamEvent]:
        """Yield what the next *chunk* tells."""
        if isinstance(chunk, dict) and chunk.get("error"):
            raise told_error(chunk["error"])
        seen = self._chunk = cattrs.structure(chunk, _Chunk)
        self._tokens = seen.usage or self._tokens
        for choice in seen.choices:
            self._chosen, self._word = True, choice.finish_reason or self._word
            yield from self._all(self._said(choice.delta or choice.message or _Said()))

    def rest(self) -> Iterator[StreamEvent]:
        """Yield what is left to tell at the end."""
        yield from self._all(self.calls.rest())

    def _all(self, events: Iterator[StreamEvent]) -> Iterator[StreamEvent]:
        for event in events:
            self.told.add(event)
            yield event

    def end(self) -> StreamEnd:
        """Return the end, or raise that there is none."""
        if not self._chosen:
            raise BadResponseError
        if self._word is None:
            raise StreamInterruptedError
        reason = _WORDS.get(self._word, FinishReason.OTHER)
        message = self.told.message(reason)
        if message == AssistantMessage() and reason is FinishReason.STOP:
            raise BadResponseError
        return StreamEnd(
            response=ChatResponse(
                message=message,
                finish_reason=FinishReason.CONTENT_FILTER if self._refused else reason,
                raw_finish_reason=self._word,
                usage=self._tokens.usage() if self._tokens else None,
                model=self._chunk.model,
                id=self._chunk.id,
            )
        )

    def _said(self, said: _Said) -> Iterator[StreamEvent]:
        if said.reasoning_content:
            yield from self._whole(ReasoningDelta, said.reasoning_content)
        if said.refusal:
            self._refused = True
        if said.content or said.refusal:
            yield from self._whole(TextDelta, said.content or said.refusal or "")
        for place, piece in enumerate(said.tool_calls or ()):
            index, function = place if piece.index is None else piece.index, piece.function
            yield from self.calls.take(index, piece.id or "", function.name or "", function.arguments or "")

    def _whole(self, kind: type[TextDelta] | type[ReasoningDelta], text: str) -> Iterator[StreamEvent]:
        """Yield *text*, but for half a character at its end: that waits for the other half."""
        told = self._half + text
        end = len(told) - ("\ud800" <= told[-1:] <= "\udbff")
        self._half = told[end:]
        if end:
            yield kind(join_surrogates([told[:end]]))


def told_error(error: object) -> ChatError:
    """Return what an error that comes with a 200 is, by its code."""
    told = json.dumps(error)
    return next((kind for code, kind in CODES.items() if code in told), ServerError)()
