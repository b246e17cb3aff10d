"""Google's generateContent; an event is the next of an answer. Source: https://ai.google.dev/api/generate-content."""

from collections.abc import Iterator, Mapping

import attrs

from llm_core.domain.errors import ContentPolicyError
from llm_core.domain.usage import Usage
from llm_core.wires.deltas import AnswerDelta, ToolCallChunk
from llm_core.wires.error_payloads import raise_for_error
from llm_core.wires.json_access import arguments_text, count_at, object_at, objects_at, replay_data, sum_of, text_at

_SIGNED = "thoughtSignature"
_RUN_THERE = frozenset({"toolCall", "toolResponse", "executableCode", "codeExecutionResult"})


@attrs.define
class GeminiDecoder:
    """Reads one answer; it counts the calls, which come without a place, and the characters of what was said."""

    done: bool = False  # the wire has no last event
    _calls: int = 0
    _said: int = 0

    def whole(self, body: Mapping[str, object]) -> Iterator[AnswerDelta]:
        """Yield the answer."""
        yield from self.event(body)

    def event(self, event: Mapping[str, object]) -> Iterator[AnswerDelta]:
        """Yield what one event tells."""
        raise_for_error(event)
        blocked = text_at(object_at(event, "promptFeedback"), "blockReason")
        if blocked:
            raise ContentPolicyError(detail=f"the prompt was blocked: {blocked}")
        candidate = next(iter(objects_at(event, "candidates")), {})
        for part in objects_at(object_at(candidate, "content"), "parts"):
            yield from self._part(part)
        yield AnswerDelta(
            finish_reason=text_at(candidate, "finishReason") or None,
            usage=_usage(object_at(event, "usageMetadata")),
            id=text_at(event, "responseId") or None,
            model=text_at(event, "modelVersion") or None,
        )

    def _part(self, part: Mapping[str, object]) -> Iterator[AnswerDelta]:
        signed = {_SIGNED: part[_SIGNED]} if isinstance(part.get(_SIGNED), str) else None
        if "functionCall" in part:
            yield AnswerDelta(tool_calls=(self._call(object_at(part, "functionCall"), signed),))
        elif part.get("thought") is True:
            yield AnswerDelta(reasoning=text_at(part, "text"), thinking_block=_thought(part))
        elif "text" in part:
            said = text_at(part, "text")
            self._said += len(said)
            alone = {} if said else {"text": ""}  # a stream may sign a part of its own, after all words
            yield AnswerDelta(
                text=said, has_content=True, provider_data=replay_data({**alone, **signed}) if signed else None
            )
        elif not _RUN_THERE.isdisjoint(part):  # by Google itself, and it wants to see it again
            yield AnswerDelta(provider_data={"part": replay_data(part), "at": self._said})

    def _call(self, call: Mapping[str, object], signed: Mapping[str, object] | None) -> ToolCallChunk:
        self._calls += 1
        id = text_at(call, "id")
        named = {"id": id} if id else {}  # the result wants it too, where Google made it
        return ToolCallChunk(
            index=self._calls,
            id=id or None,
            name=text_at(call, "name"),
            arguments=arguments_text(call.get("args")),
            provider_data=replay_data({**named, **(signed or {})}) or None,
        )


def _thought(part: Mapping[str, object]) -> Mapping[str, object]:
    signed = {"signature": part[_SIGNED]} if isinstance(part.get(_SIGNED), str) else {}
    return {"type": "thinking", "thinking": text_at(part, "text"), **signed}


def _usage(told: Mapping[str, object]) -> Usage | None:
    input_tokens = sum_of(count_at(told, "promptTokenCount"), count_at(told, "toolUsePromptTokenCount"))
    output_tokens = sum_of(count_at(told, "candidatesTokenCount"), count_at(told, "thoughtsTokenCount"))
    total = count_at(told, "totalTokenCount")
    if output_tokens is None and total is not None and total == input_tokens:
        output_tokens = 0  # Google leaves out a count of zero
    usage = Usage(
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        cache_read_tokens=count_at(told, "cachedContentTokenCount"),
        reasoning_tokens=count_at(told, "thoughtsTokenCount"),
    )
    return None if usage == Usage() else usage
