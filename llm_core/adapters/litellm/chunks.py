"""From LiteLLM's chunks to stream events: one reader for each stream, the same for both colours."""

from collections.abc import Iterator

import attrs

from llm_core.domain.errors import BadResponseError, StreamInterruptedError
from llm_core.domain.events import Fold, ReasoningDelta, StreamEnd, StreamEvent, TextDelta
from llm_core.domain.messages import AssistantMessage
from llm_core.domain.responses import ChatResponse, FinishReason

from .answers import reason_of, require_something, told_id, usage_of
from .calls import CallAssembly
from .fields import content_of, plain, provider_fields_of, text_or_none
from .thinking import Thinking


@attrs.define
class ChunkReader:
    """Reads one stream; `fold` holds what it has told so far."""

    provider: str
    model: str
    ignored: tuple[str, ...] = ()
    fold: Fold = attrs.field(factory=Fold)
    _calls: CallAssembly = attrs.field(factory=CallAssembly)
    _thinking: Thinking = attrs.field(factory=Thinking)
    _told: bool = False
    _refused: bool = False
    _answered_by: str | None = None
    _id: str | None = None
    _last: object = None

    def read(self, chunk: object) -> list[StreamEvent]:
        """Return the events that *chunk* brings, and take them in."""
        events, self._last = [], chunk
        for event in self._events(chunk):
            self.fold.add(event)
            events.append(event)
        return events

    def end(self, stream: object) -> list[StreamEvent]:
        """Return the last events, once *stream* is exhausted.

        Raises:
            StreamInterruptedError: it broke off: LiteLLM says "stop" all the same, but not that it was told so.
            BadResponseError: nothing came at all, or nothing that says something.
        """
        word = _told_reason(stream)
        if word is None:
            raise StreamInterruptedError if self._began() else BadResponseError(detail="the stream held no event")
        late = self._calls.finish()
        for event in late:
            self.fold.add(event)
        return [*late, StreamEnd(response=self._response(stream, word))]

    def partial(self) -> AssistantMessage:
        """Return what has arrived, calls that were not told yet among it."""
        for event in self._calls.finish():
            self.fold.add(event)
        return self.fold.partial()

    def _began(self) -> bool:
        return self._told or self.partial() != AssistantMessage()

    def _response(self, stream: object, word: str) -> ChatResponse:
        reason = FinishReason.CONTENT_FILTER if self._refused else reason_of(word)
        message = self.fold.message(reason, AssistantMessage(reasoning=self._thinking.parts(self.provider)))
        require_something(message, reason, told=self._told)
        return ChatResponse(
            message=message,
            finish_reason=reason,
            raw_finish_reason=word,
            usage=usage_of(_told_usage(stream), provider=self.provider, model=self.model, cost=self._cost),
            model=self._answered_by,
            id=self._id,
            ignored_settings=self.ignored,
        )

    @property
    def _cost(self) -> object:
        return getattr(getattr(self._last, "usage", None), "cost", None)  # LiteLLM counts at the end

    def _events(self, chunk: object) -> Iterator[StreamEvent]:
        self._note(chunk)
        choices = getattr(chunk, "choices", None) or ()
        for choice in (one for one in map(plain, choices) if not getattr(one, "index", None)):
            delta = plain(getattr(choice, "delta", None))
            for block in getattr(delta, "thinking_blocks", None) or ():
                self._thinking.take(block)
            if reasoning := text_or_none(getattr(delta, "reasoning_content", None)):
                yield ReasoningDelta(reasoning)
            yield from self._words(delta)
            for call in getattr(delta, "tool_calls", None) or ():
                yield from self._calls.take(call)

    def _words(self, delta: object) -> Iterator[StreamEvent]:
        refusal = text_or_none(getattr(delta, "refusal", None)) or text_or_none(
            provider_fields_of(delta).get("refusal")
        )
        self._refused = self._refused or refusal is not None
        self._told = self._told or getattr(delta, "content", None) is not None
        for words in (refusal, content_of(delta)):
            if words:
                yield TextDelta(words)

    def _note(self, chunk: object) -> None:
        if self._id and self._answered_by:
            return
        hidden = getattr(chunk, "_hidden_params", None) or {}
        self._id = self._id or told_id(getattr(chunk, "id", None), self.provider)
        told = hidden.get("provider_response_model") if isinstance(hidden, dict) else None
        self._answered_by = self._answered_by or text_or_none(told) or text_or_none(getattr(chunk, "model", None))


def _told_reason(stream: object) -> str | None:
    """Return the finish reason that the provider told; LiteLLM invents one for a stream that broke off."""
    return text_or_none(getattr(stream, "received_finish_reason", None)) or text_or_none(
        getattr(stream, "intermittent_finish_reason", None)
    )


def _told_usage(stream: object) -> object:
    """Return the usage that the provider told; what LiteLLM gives out at the end may be its own estimate."""
    told = (getattr(chunk, "usage", None) for chunk in reversed(getattr(stream, "chunks", ())))
    return next((usage for usage in told if usage is not None), None)
