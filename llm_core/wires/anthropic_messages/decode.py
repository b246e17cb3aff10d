"""Decodes Anthropic's Messages API.

Source: https://docs.anthropic.com/en/api/messages and /en/api/messages-streaming.
"""

from collections.abc import Iterable, Iterator, Mapping

import attrs

from llm_core.domain.errors import BadResponseError
from llm_core.domain.usage import NO_USAGE, Usage
from llm_core.wires.deltas import AnswerDelta, ToolCallChunk
from llm_core.wires.error_places import error_in, error_instead, then_raise
from llm_core.wires.json_access import EMPTY, arguments_text, count_at, object_at, objects_at, sum_of, text_at

from .block_order import REDACTED, SERVER_BLOCKS, THINKING, BlockOrder

JSON_TOOL = "json_tool_call"  # older models are made to call it for JSON output; its arguments are the answer


@attrs.define
class AnthropicMessagesDecoder:
    """Decodes one answer; it keeps the blocks of a stream by index, their order, and the token counts so far."""

    done: bool = False
    _order: BlockOrder = attrs.field(factory=BlockOrder)
    _blocks: dict[int | None, Mapping[str, object]] = attrs.field(factory=dict)
    _counts: dict[str, object] = attrs.field(factory=dict)

    def whole(self, body: Mapping[str, object]) -> Iterable[AnswerDelta]:
        """Return the deltas of a whole answer."""
        error = error_in(body)
        if not isinstance(body.get("content"), list):
            raise error or error_instead(body) or BadResponseError(detail="the answer holds no content")
        return then_raise(self._answer(body), error)

    def _answer(self, body: Mapping[str, object]) -> Iterator[AnswerDelta]:
        for index, block in enumerate(objects_at(body, "content")):
            yield from self._start(index, block)
            if block.get("type") == "tool_use" and not block.get("input"):
                yield self._arguments(index, arguments_text(block.get("input", {})))
        yield AnswerDelta(
            has_content=bool(text_at(body, "stop_reason")),
            finish_reason=text_at(body, "stop_reason") or None,
            usage=self._usage(object_at(body, "usage")),
            id=text_at(body, "id") or None,
            model=text_at(body, "model") or None,
            provider_data=self._order.note(),
        )

    def event(self, event: Mapping[str, object]) -> Iterable[AnswerDelta]:
        """Return the deltas of one event."""
        delta = object_at(event, "delta")
        if delta.get("type") == "text_delta" and event.get("type") == "content_block_delta":  # most events of a stream
            return (self._text(count_at(event, "index"), text_at(delta, "text")),)
        error = error_in(event, delta, object_at(event, "message"))
        return then_raise(self._event(event), error)

    def _event(self, event: Mapping[str, object]) -> Iterator[AnswerDelta]:
        match event.get("type"):
            case "content_block_delta":
                yield from self._delta(count_at(event, "index"), object_at(event, "delta"))
            case "content_block_start":
                yield from self._start(count_at(event, "index"), object_at(event, "content_block"))
            case "message_start":
                message = object_at(event, "message")
                usage = self._usage(object_at(message, "usage"))
                yield AnswerDelta(
                    has_content=message is not EMPTY,
                    id=text_at(message, "id") or None,
                    model=text_at(message, "model") or None,
                    usage=usage,
                )
            case "message_delta":
                reason = text_at(object_at(event, "delta"), "stop_reason")
                yield AnswerDelta(finish_reason=reason or None, usage=self._usage(object_at(event, "usage")))
            case "message_stop" if not self.done:
                self.done = True
                yield AnswerDelta(provider_data=self._order.note())
            case "content_block_stop":
                yield from self._stop(count_at(event, "index"))
            case "error":
                raise error_instead(event) or BadResponseError(detail="an error event without words")

    def _start(self, index: int | None, block: Mapping[str, object]) -> Iterator[AnswerDelta]:
        self._blocks[index] = block
        type_ = text_at(block, "type")
        self._order.start(index, block, as_text=_is_json_tool(block))
        if type_ == "text":
            yield self._text(index, text_at(block, "text"))
        elif type_ in (THINKING, REDACTED):
            yield AnswerDelta(reasoning=text_at(block, "thinking"), thinking_block=block, begins_block=True)
        elif type_ == "tool_use":
            yield self._call(index, block)
            if block.get("input"):  # in a stream it is empty, and deltas follow
                yield self._arguments(index, arguments_text(block["input"]))
        elif type_ in SERVER_BLOCKS:
            yield AnswerDelta(has_content=True)
        elif type_:
            yield AnswerDelta(other_content=f"a block of type {type_}")

    def _stop(self, index: int | None) -> Iterator[AnswerDelta]:
        block = self._blocks.get(index, {})
        if block.get("type") == "tool_use" and not _is_json_tool(block):
            yield AnswerDelta(tool_calls=(ToolCallChunk(index=index, ends=True),))

    def _text(self, index: int | None, text: str) -> AnswerDelta:
        self._order.text(index, text)
        return AnswerDelta(text=text, has_content=True)

    def _call(self, index: int | None, block: Mapping[str, object]) -> AnswerDelta:
        if _is_json_tool(block):
            return AnswerDelta(has_content=True)
        call = ToolCallChunk(index=index, id=text_at(block, "id") or None, name=text_at(block, "name"))
        return AnswerDelta(tool_calls=(call,))

    def _arguments(self, index: int | None, arguments: str) -> AnswerDelta:
        if _is_json_tool(self._blocks.get(index, {})):
            return self._text(index, arguments)
        return AnswerDelta(tool_calls=(ToolCallChunk(index=index, arguments=arguments),))

    def _delta(self, index: int | None, delta: Mapping[str, object]) -> Iterator[AnswerDelta]:
        block = self._blocks.get(index, {})
        self._order.delta(index, delta)
        match delta.get("type"):
            case "thinking_delta":
                text = text_at(delta, "thinking")
                yield AnswerDelta(reasoning=text, thinking_block={"type": THINKING, "thinking": text})
            case "signature_delta":
                yield AnswerDelta(
                    thinking_block={"type": THINKING, "thinking": "", "signature": text_at(delta, "signature")}
                )
            case "input_json_delta" if block.get("type") == "tool_use" and delta.get("partial_json"):
                yield self._arguments(index, text_at(delta, "partial_json"))

    def _usage(self, usage: Mapping[str, object]) -> Usage | None:
        """Return the usage so far: later counts replace earlier ones, and some events carry only some counts."""
        self._counts |= {name: value for name, value in usage.items() if value is not None}
        counts: Mapping[str, object] = self._counts
        read, written = count_at(counts, "cache_read_input_tokens"), count_at(counts, "cache_creation_input_tokens")
        total = Usage(
            input_tokens=sum_of(count_at(counts, "input_tokens"), read, written),
            output_tokens=count_at(counts, "output_tokens"),
            cache_read_tokens=read,
            cache_write_tokens=written,
            reasoning_tokens=count_at(object_at(counts, "output_tokens_details"), "thinking_tokens"),
        )
        return None if total == NO_USAGE else total


def _is_json_tool(block: Mapping[str, object]) -> bool:
    return block.get("type") == "tool_use" and block.get("name") == JSON_TOOL
