"""Decodes Ollama's /api/chat, whose stream is one JSON object a line.

Source: https://github.com/ollama/ollama/blob/main/docs/api.md.
"""

from collections.abc import Iterable, Iterator, Mapping

import attrs

from llm_core.domain.errors import BadResponseError
from llm_core.domain.usage import Usage
from llm_core.wires.deltas import AnswerDelta, ToolCallChunk
from llm_core.wires.error_places import error_in, error_instead, then_raise
from llm_core.wires.json_access import (
    EMPTY,
    arguments_text,
    count_at,
    object_at,
    objects_at,
    require_text,
    text_at,
)


@attrs.define
class OllamaChatDecoder:
    """Decodes one answer; it numbers the calls, which have no index."""

    done: bool = False
    _calls: int = 0

    def whole(self, body: Mapping[str, object]) -> Iterable[AnswerDelta]:
        """Return the deltas of a whole answer."""
        if not isinstance(body.get("message"), dict):
            raise error_in(body) or error_instead(body) or BadResponseError(detail="the answer holds no message")
        return self.event(body)

    def event(self, event: Mapping[str, object]) -> Iterable[AnswerDelta]:
        """Return the deltas of one line."""
        message = object_at(event, "message")
        error = error_in(event, message)
        if error is None and not message:
            error = error_instead(event)
        deltas = self._line(event, message)
        return then_raise(deltas, error)

    def _line(self, event: Mapping[str, object], message: Mapping[str, object]) -> Iterator[AnswerDelta]:
        self.done = event.get("done") is True
        yield AnswerDelta(
            text=require_text(message.get("content")),
            has_content=message is not EMPTY,
            reasoning=text_at(message, "thinking"),
            reasoning_field="thinking",
            tool_calls=tuple(
                self._call(object_at(call, "function"), call) for call in objects_at(message, "tool_calls")
            ),
            other_content="images" if message.get("images") else None,
            finish_reason=(text_at(event, "done_reason") or "stop") if self.done else None,
            usage=_usage(event) if self.done else None,
            model=text_at(event, "model") or None,
        )

    def _call(self, function: Mapping[str, object], call: Mapping[str, object]) -> ToolCallChunk:
        self._calls += 1
        return ToolCallChunk(
            index=self._calls,
            id=text_at(call, "id") or None,
            name=text_at(function, "name"),
            arguments=arguments_text(function.get("arguments", EMPTY)),
        )


def _usage(event: Mapping[str, object]) -> Usage | None:
    usage = Usage(input_tokens=count_at(event, "prompt_eval_count"), output_tokens=count_at(event, "eval_count"))
    return None if usage == Usage() else usage
