"""From LiteLLM's chunks to pieces: one reader for each stream, the same for both colours."""

from collections.abc import Iterator

import attrs

from llm_core.domain.events import StreamEvent
from llm_core.domain.messages import AssistantMessage
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.deltas import AnswerDelta

from .attr_access import content_of, plain, provider_fields_of, text_of, text_or_none
from .litellm_module import litellm
from .litellm_response import call_piece, told_id, usage_of


@attrs.define
class ChunkReader:
    """Reads one stream."""

    provider: str
    model: str
    ignored: tuple[str, ...] = ()
    _answer: ResponseAccumulator = attrs.field(init=False)
    _last: object = None
    _reason: object = None
    _is_named: bool = False  # each look at a chunk's fields takes microseconds

    def __attrs_post_init__(self) -> None:
        """Begin with nothing."""
        self._answer = ResponseAccumulator(provider=self.provider, ignored=self.ignored)

    def read(self, chunk: object) -> list[StreamEvent]:
        """Return the events that *chunk* brings, and take them in."""
        self._last = chunk
        return [event for piece in self._pieces(chunk) for event in self._answer.add(piece)]

    def end(self, stream: object) -> list[StreamEvent]:
        """Return the last events, once *stream* is exhausted.

        Raises:
            StreamInterruptedError: it broke off: LiteLLM says "stop" all the same, but not that it was told so.
            BadResponseError: nothing came at all, or nothing that says something.
        """
        usage = usage_of(_told_usage(stream), provider=self.provider, model=self.model, cost=self._cost)
        reason = text_or_none(self._reason) if _is_routers(stream) else _told_reason(stream)
        self._answer.add(AnswerDelta(finish_reason=reason, usage=usage))
        return self._answer.end()

    def partial(self) -> AssistantMessage:
        """Return what has arrived, calls that were not told yet among it."""
        return self._answer.partial()

    @property
    def _cost(self) -> object:
        return getattr(getattr(self._last, "usage", None), "cost", None)  # LiteLLM counts at the end

    def _pieces(self, chunk: object) -> Iterator[AnswerDelta]:
        if not self._is_named:
            yield self._name(chunk)
        choices = getattr(chunk, "choices", None) or ()
        for choice in choices:
            told = plain(choice)
            if not getattr(told, "index", None):
                self._reason = getattr(told, "finish_reason", None) or self._reason
                yield from _told(plain(getattr(told, "delta", None)))

    def _name(self, chunk: object) -> AnswerDelta:
        hidden = getattr(chunk, "_hidden_params", None) or {}
        answered_by = text_or_none(hidden.get("provider_response_model")) if isinstance(hidden, dict) else None
        id, model = told_id(getattr(chunk, "id", None), self.provider), text_or_none(getattr(chunk, "model", None))
        self._is_named = bool(id and (answered_by or model))
        return AnswerDelta(id=id, model=answered_by or model)


def _told(delta: object) -> Iterator[AnswerDelta]:
    for block in getattr(delta, "thinking_blocks", None) or ():
        yield AnswerDelta(thinking_block=block)
    calls = getattr(delta, "tool_calls", None) or ()
    refusal = text_of(getattr(delta, "refusal", None)) or text_of(provider_fields_of(delta).get("refusal"))
    yield AnswerDelta(
        reasoning=text_of(getattr(delta, "reasoning_content", None)),
        text=refusal + content_of(delta),
        refused=bool(refusal),
        has_content=getattr(delta, "content", None) is not None,
    )
    for call in calls:  # one by one: what came before one that cannot be read is kept
        yield AnswerDelta(tool_calls=(call_piece(call, getattr(call, "index", None)),))


def _is_routers(stream: object) -> bool:
    """Return whether a Router has wrapped the stream that knows what was told: what it says itself has to do."""
    wrapper = litellm().CustomStreamWrapper
    return isinstance(stream, wrapper) and type(stream) is not wrapper


def _told_reason(stream: object) -> str | None:
    """Return the finish reason that the provider told; LiteLLM invents one for a stream that broke off."""
    return text_or_none(getattr(stream, "received_finish_reason", None)) or text_or_none(
        getattr(stream, "intermittent_finish_reason", None)
    )


def _told_usage(stream: object) -> object:
    """Return the usage that the provider told; what LiteLLM gives out at the end may be its own estimate."""
    told = (getattr(chunk, "usage", None) for chunk in reversed(getattr(stream, "chunks", ())))
    return next((usage for usage in told if usage is not None), None)
