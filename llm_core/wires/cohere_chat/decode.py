"""Decodes Cohere's Chat API, version 2.

Source: https://docs.cohere.com/reference/chat and /reference/chat-stream.
"""

from collections.abc import Iterable, Iterator, Mapping

import attrs

from llm_core.domain.errors import BadResponseError, ChatError
from llm_core.domain.usage import Usage
from llm_core.wires.deltas import AnswerDelta, ToolCallChunk
from llm_core.wires.error_payloads import error_from_payload
from llm_core.wires.error_places import error_in, then_raise
from llm_core.wires.json_access import EMPTY, count_at, object_at, objects_at, text_at
from llm_core.wires.openai_chat.decode import tool_call_chunk  # Cohere's calls have OpenAI's form

_PART_TYPES = frozenset({"", "text", "thinking"})  # the deltas of a part have no type


@attrs.define
class CohereChatDecoder:
    """Decodes one answer; it keeps no state between two events."""

    done: bool = False

    def whole(self, body: Mapping[str, object]) -> Iterable[AnswerDelta]:
        """Return the deltas of a whole answer."""
        message = object_at(body, "message")
        error = error_in(body, message)
        if message is EMPTY:
            raise error or _error_body(body) or BadResponseError(detail="the answer holds no message")
        return then_raise(self._answer(body, message), error)

    def _answer(self, body: Mapping[str, object], message: Mapping[str, object]) -> Iterator[AnswerDelta]:
        yield AnswerDelta(has_content=True, reasoning=text_at(message, "tool_plan"), reasoning_field="tool_plan")
        for part in objects_at(message, "content"):
            yield _part(part)
        calls = (tool_call_chunk(call, place) for place, call in enumerate(objects_at(message, "tool_calls")))
        yield AnswerDelta(tool_calls=tuple(calls), id=text_at(body, "id") or None)
        yield _end(body)

    def event(self, event: Mapping[str, object]) -> Iterable[AnswerDelta]:
        """Return the deltas of one event."""
        delta = object_at(event, "delta")
        message = object_at(delta, "message")
        error = error_in(event, delta, message) or _error_body(event)  # a stream has no event of its own for errors
        deltas = self._event(event, delta, message)
        return then_raise(deltas, error)

    def _event(
        self, event: Mapping[str, object], delta: Mapping[str, object], message: Mapping[str, object]
    ) -> Iterator[AnswerDelta]:
        match event.get("type"):
            case "message-start":
                yield AnswerDelta(has_content=True, id=text_at(event, "id") or None)
            case "content-start" | "content-delta":
                yield _part(object_at(message, "content"))
            case "tool-plan-delta":
                yield AnswerDelta(reasoning=text_at(message, "tool_plan"), reasoning_field="tool_plan")
            case "tool-call-start" | "tool-call-delta":
                yield AnswerDelta(tool_calls=(tool_call_chunk(object_at(message, "tool_calls"), event.get("index")),))
            case "tool-call-end":
                yield AnswerDelta(tool_calls=(ToolCallChunk(index=event.get("index"), ends=True),))
            case "message-end":
                self.done = True
                yield _end(delta)


def _error_body(body: Mapping[str, object]) -> ChatError | None:
    """Return the error that *body* is, as Cohere writes it: a text as its ``message``."""
    return error_from_payload(body) if text_at(body, "message") else None


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
