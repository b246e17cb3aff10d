"""Decodes Cohere's Chat API, version 2.

Source: https://docs.cohere.com/reference/chat and /reference/chat-stream.
"""

from collections.abc import Iterator, Mapping

import attrs

from llm_core.domain.errors import BadResponseError
from llm_core.domain.usage import Usage
from llm_core.wires.deltas import AnswerDelta
from llm_core.wires.error_payloads import raise_for_error
from llm_core.wires.json_access import EMPTY, count_at, object_at, objects_at, text_at
from llm_core.wires.openai_chat.decode import tool_call_chunk  # Cohere's calls have OpenAI's form

_PART_TYPES = frozenset({"", "text", "thinking"})  # the deltas of a part have no type


@attrs.define
class CohereChatDecoder:
    """Decodes one answer; it keeps no state between two events."""

    done: bool = False

    def whole(self, body: Mapping[str, object]) -> Iterator[AnswerDelta]:
        """Yield the deltas of a whole answer."""
        raise_for_error(body)
        message = object_at(body, "message")
        if message is EMPTY:
            raise BadResponseError(detail="the answer holds no message")
        yield AnswerDelta(has_content=True, reasoning=text_at(message, "tool_plan"), reasoning_field="tool_plan")
        for part in objects_at(message, "content"):
            yield _part(part)
        calls = (tool_call_chunk(call, place) for place, call in enumerate(objects_at(message, "tool_calls")))
        yield AnswerDelta(tool_calls=tuple(calls), id=text_at(body, "id") or None)
        yield _end(body)

    def event(self, event: Mapping[str, object]) -> Iterator[AnswerDelta]:
        """Yield the deltas of one event."""
        raise_for_error(event)
        delta = object_at(event, "delta")
        message = object_at(delta, "message")
        match event.get("type"):
            case "message-start":
                yield AnswerDelta(has_content=True, id=text_at(event, "id") or None)
            case "content-start" | "content-delta":
                yield _part(object_at(message, "content"))
            case "tool-plan-delta":
                yield AnswerDelta(reasoning=text_at(message, "tool_plan"), reasoning_field="tool_plan")
            case "tool-call-start" | "tool-call-delta":
                yield AnswerDelta(tool_calls=(tool_call_chunk(object_at(message, "tool_calls"), event.get("index")),))
            case "message-end":
                raise_for_error(delta)  # an error within a stream has no event of its own
                self.done = True
                yield _end(delta)


def _part(part: Mapping[str, object]) -> AnswerDelta:
    type_ = text_at(part, "type")
    return AnswerDelta(
        other_content=f"a part of type {type_}" if type_ not in _PART_TYPES else None,
        text=text_at(part, "text"),
        has_content="text" in part,
        reasoning=text_at(part, "thinking"),
        reasoning_field="content",
    )


def _end(body: Mapping[str, object]) -> AnswerDelta:
    return AnswerDelta(finish_reason=text_at(body, "finish_reason") or None, usage=_usage(object_at(body, "usage")))


def _usage(usage: Mapping[str, object]) -> Usage | None:
    tokens = object_at(usage, "tokens") or object_at(usage, "billed_units")
    total = Usage(
        input_tokens=count_at(tokens, "input_tokens"),
        output_tokens=count_at(tokens, "output_tokens"),
        cache_read_tokens=count_at(usage, "cached_tokens"),
        reasoning_tokens=count_at(tokens, "reasoning_tokens"),  # within the output
    )
    return None if total == Usage() else total
