"""Decodes Google's generateContent, whose stream events have the form of whole answers.

Source: https://ai.google.dev/api/generate-content.
"""

from collections.abc import Iterable, Iterator, Mapping

import attrs

from llm_core.domain.errors import ContentPolicyError
from llm_core.domain.json_values import JsonValue
from llm_core.domain.usage import NO_USAGE, Usage
from llm_core.wires.deltas import AnswerDelta, ToolCallChunk
from llm_core.wires.error_places import error_in, error_instead, then_raise
from llm_core.wires.json_access import (
    EMPTY,
    arguments_text,
    count_at,
    object_at,
    objects_at,
    replay_data,
    sum_of,
    text_at,
)

from .part_order import SIGNED_TEXT, SIGNED_THOUGHT, TEXT, THOUGHT, PartOrder
from .server_parts import SIGNATURE, server_part

_MAX_RECORDS = 16  # of the order; a server that repeats the finish reason with every event does not get one for each


@attrs.define
class GeminiDecoder:
    """Decodes one answer; it numbers the calls, which have no index, and notes the order of the parts."""

    done: bool = False  # always: the wire has no last event
    _calls: int = 0
    _characters: int = 0
    _is_in_thought: bool = False
    _order: PartOrder = attrs.field(factory=PartOrder)
    _records: int = 0

    def whole(self, body: Mapping[str, object]) -> Iterable[AnswerDelta]:
        """Return the deltas of a whole answer."""
        return self.event(body)

    def event(self, event: Mapping[str, object]) -> Iterable[AnswerDelta]:
        """Return the deltas of one event."""
        candidate = next(iter(objects_at(event, "candidates")), EMPTY)
        error = error_in(event, candidate)
        if error is None and not candidate:
            error = error_instead(event)
        deltas = self._event(event, candidate)
        return then_raise(deltas, error)

    def _event(self, event: Mapping[str, object], candidate: Mapping[str, object]) -> Iterator[AnswerDelta]:
        blocked = text_at(object_at(event, "promptFeedback"), "blockReason")
        if blocked:
            raise ContentPolicyError(detail=f"the prompt was blocked: {blocked}")
        parts = objects_at(object_at(candidate, "content"), "parts")
        plain = self._plain_text(parts[0]) if len(parts) == 1 else None  # the usual event
        for part in parts if plain is None else ():
            yield from self._part(part)
        finish_reason = text_at(candidate, "finishReason") or None
        yield AnswerDelta(
            text=plain or "",
            has_content=candidate is not EMPTY,
            finish_reason=finish_reason,
            usage=_usage(object_at(event, "usageMetadata")),
            id=text_at(event, "responseId") or None,
            model=text_at(event, "modelVersion") or None,
            provider_data=self._record() if finish_reason else None,
        )

    def _record(self) -> JsonValue:
        self._records += 1
        return self._order.record() if self._records <= _MAX_RECORDS else None

    def _plain_text(self, part: Mapping[str, object]) -> str | None:
        """Return the text of *part*, if it holds nothing else."""
        text = part.get("text")
        if len(part) != 1 or not isinstance(text, str):
            return None
        self._add_text(TEXT, text)
        return text

    def _add_text(self, kind: str, text: str) -> None:
        self._characters += len(text)
        self._is_in_thought = self._is_in_thought and not text
        self._order.add_text(kind, text)

    def _thought(self, part: Mapping[str, object], signature: str) -> AnswerDelta:
        """Return the next delta of a part of the reasoning, which ends where text, a call or another part follows."""
        begins, self._is_in_thought = not self._is_in_thought, True
        text = text_at(part, "text")
        self._order.add_text(SIGNED_THOUGHT if signature else THOUGHT, text)
        block = {"type": "thinking", "thinking": text, **({"signature": signature} if signature else {})}
        return AnswerDelta(reasoning=text, thinking_block=block, begins_block=begins)

    def _part(self, part: Mapping[str, object]) -> Iterator[AnswerDelta]:
        signature = text_at(part, SIGNATURE)
        signed = {SIGNATURE: signature} if signature else None
        if "functionCall" in part:
            self._is_in_thought = False
            yield AnswerDelta(tool_calls=(self._call(object_at(part, "functionCall"), signed),))
        elif part.get("thought") is True:
            yield self._thought(part, signature)
        elif "text" in part:
            text = text_at(part, "text")
            self._add_text(SIGNED_TEXT if signed else TEXT, text)
            empty = {} if text else {"text": ""}  # a stream may end with an empty part that carries the signature
            yield AnswerDelta(
                text=text, has_content=True, provider_data=replay_data({**empty, **signed}) if signed else None
            )
        elif data := object_at(part, "inlineData") or object_at(part, "fileData"):
            yield AnswerDelta(other_content=f"data of type {text_at(data, 'mimeType')}")
        elif (replayed := server_part(part)) is not None:
            self._is_in_thought = False
            self._order.add_part()
            yield AnswerDelta(provider_data={"part": replay_data(replayed), "at": self._characters})

    def _call(self, call: Mapping[str, object], signed: Mapping[str, object] | None) -> ToolCallChunk:
        self._calls += 1
        id, name, arguments = text_at(call, "id"), text_at(call, "name"), arguments_text(call.get("args", EMPTY))
        self._order.add_call(name, arguments, signed=signed is not None)
        named = {"id": id} if id else {}  # the tool result must repeat an id that Google made
        return ToolCallChunk(
            index=self._calls,
            id=id or None,
            name=name,
            arguments=arguments,
            provider_data=replay_data({**named, **(signed or {})}) or None,
        )


def _usage(metadata: Mapping[str, object]) -> Usage | None:
    if not metadata:
        return None
    thoughts = count_at(metadata, "thoughtsTokenCount")
    input_tokens = sum_of(count_at(metadata, "promptTokenCount"), count_at(metadata, "toolUsePromptTokenCount"))
    output_tokens = sum_of(count_at(metadata, "candidatesTokenCount"), thoughts)
    total = count_at(metadata, "totalTokenCount")
    if output_tokens is None and total is not None and total == input_tokens:
        output_tokens = 0  # Google leaves out a count of zero
    usage = Usage(
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        cache_read_tokens=count_at(metadata, "cachedContentTokenCount"),
        reasoning_tokens=thoughts,
    )
    return None if usage == NO_USAGE else usage
