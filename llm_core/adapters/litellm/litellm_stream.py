"""From LiteLLM's stream chunks to stream events: one reader for each stream, the same for sync and async."""

from collections.abc import Iterator, Mapping

import attrs

from llm_core.domain.events import StreamEvent
from llm_core.domain.messages import AssistantMessage
from llm_core.domain.usage import Usage
from llm_core.ports.valid_text import valid_text
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.deltas import AnswerDelta

from .attr_access import content_of, plain, provider_fields_of, text_of
from .litellm_module import litellm
from .litellm_response import decode_usage, native_reason, new_accumulator, reported_id, tool_call_chunk
from .model_info import ModelInfo


@attrs.define
class ChunkReader:
    """Reads one stream of *model*. `is_priced`: the call has the listed price."""

    model: ModelInfo
    ignored: tuple[str, ...] = ()
    is_priced: bool = True
    has_read: bool = attrs.field(default=False, init=False)
    """Whether a chunk has arrived."""
    _accumulator: ResponseAccumulator = attrs.field(init=False, repr=False)
    _stream: object = attrs.field(default=None, repr=False)  # LiteLLM's stream holds the key
    _finish_reason: object = None
    _native_reason: str | None = None
    _has_id_and_model: bool = False  # id and model are known: each look at a chunk's fields takes microseconds

    def __attrs_post_init__(self) -> None:
        """Start empty."""
        self._accumulator = new_accumulator(self.model, self.ignored)

    def begin(self, stream: object) -> None:
        """Take the stream that was opened."""
        self._stream = stream

    @property
    def began(self) -> bool:
        """Whether the stream was opened."""
        return self._stream is not None

    def read(self, chunk: object) -> list[StreamEvent]:
        """Add *chunk*, and return the events that it completes."""
        self.has_read = True
        return [event for delta in self._deltas(chunk) for event in self._accumulator.add(delta)]

    def end(self) -> list[StreamEvent]:
        """Return the last events, once the stream is exhausted.

        Raises:
            StreamInterruptedError: it broke off. LiteLLM reports "stop" then too, but keeps what the provider sent.
            BadResponseError: nothing arrived at all.
        """
        finish_reason = self._native_reason or (
            valid_text(self._finish_reason)
            if _is_router_stream(self._stream)
            else _reported_finish_reason(self._stream)
        )
        self._accumulator.add(AnswerDelta(finish_reason=finish_reason, usage=self.usage()))
        return self._accumulator.end()

    def usage(self) -> Usage | None:
        """Return what has been reported so far."""
        return decode_usage(_reported_usage(self._stream), self.model, is_priced=self.is_priced)

    def partial(self) -> AssistantMessage:
        """Return what has arrived, unfinished tool calls included."""
        return self._accumulator.partial()

    def _deltas(self, chunk: object) -> Iterator[AnswerDelta]:
        if not self._has_id_and_model:
            yield self._id_and_model(chunk)
        choices = getattr(chunk, "choices", None) or ()
        for choice in choices:
            fields = plain(choice)
            if not getattr(fields, "index", None):
                self._finish_reason = getattr(fields, "finish_reason", None) or self._finish_reason
                delta = plain(getattr(fields, "delta", None))
                self._native_reason = native_reason(delta) or self._native_reason
                yield from _content_deltas(delta)

    def _id_and_model(self, chunk: object) -> AnswerDelta:
        hidden = getattr(chunk, "_hidden_params", None) or {}
        answered_by = valid_text(hidden.get("provider_response_model")) if isinstance(hidden, dict) else None
        id = reported_id(getattr(chunk, "id", None), self.model)
        model = valid_text(getattr(chunk, "model", None))
        self._has_id_and_model = bool(id and (answered_by or model))
        return AnswerDelta(id=id, model=answered_by or model)


def _content_deltas(delta: object) -> Iterator[AnswerDelta]:
    for block in getattr(delta, "thinking_blocks", None) or ():
        if isinstance(block, Mapping):
            own = {name: value for name, value in block.items() if name != "index"}  # LiteLLM 1.110 adds it in streams
            yield AnswerDelta(thinking_block=own)
    calls = getattr(delta, "tool_calls", None) or ()
    refusal = text_of(getattr(delta, "refusal", None)) or text_of(provider_fields_of(delta).get("refusal"))
    yield AnswerDelta(
        reasoning=text_of(getattr(delta, "reasoning_content", None)),
        text=refusal + content_of(delta),
        refused=bool(refusal),
        has_content=getattr(delta, "content", None) is not None,  # LiteLLM makes up the end of a stream
    )
    for call in calls:  # one by one: the calls before a malformed one are kept
        yield AnswerDelta(tool_calls=(tool_call_chunk(call, getattr(call, "index", None)),))


def _is_router_stream(stream: object) -> bool:
    """Return whether a Router has wrapped the stream: the provider's own finish reason is then out of reach."""
    wrapper = litellm().CustomStreamWrapper
    return isinstance(stream, wrapper) and type(stream) is not wrapper


def _reported_finish_reason(stream: object) -> str | None:
    """Return the finish reason that the provider sent; LiteLLM invents one for a stream that broke off."""
    return valid_text(getattr(stream, "received_finish_reason", None)) or valid_text(
        getattr(stream, "intermittent_finish_reason", None)
    )


def _reported_usage(stream: object) -> object:
    """Return the usage that the provider sent; the one that LiteLLM yields at the end may be its own estimate."""
    usages = (getattr(chunk, "usage", None) for chunk in reversed(getattr(stream, "chunks", ())))
    return next((usage for usage in usages if usage is not None), None)
