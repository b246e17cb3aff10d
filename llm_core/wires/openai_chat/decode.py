"""OpenAI's chat completions, and what its many relatives make of them.

Source: https://platform.openai.com/docs/api-reference/chat, and the relatives' own pages where they differ.
"""

from collections.abc import Iterable, Mapping

import attrs

from llm_core.domain.errors import BadResponseError
from llm_core.domain.usage import Usage
from llm_core.wires.deltas import AnswerDelta, ToolCallChunk
from llm_core.wires.error_payloads import raise_for_error
from llm_core.wires.json_access import (
    EMPTY,
    arguments_text,
    count_at,
    object_at,
    objects_at,
    price_at,
    replay_data,
    require_text,
    text_at,
)


@attrs.define
class OpenAIChatDecoder:
    """Reads one answer; it keeps nothing between two events."""

    done: bool = False

    def whole(self, body: Mapping[str, object]) -> Iterable[AnswerDelta]:
        """Return the answer."""
        raise_for_error(body)
        choice = _choice(body)
        if choice is None:
            raise BadResponseError(detail="the answer holds no choices")
        message = object_at(choice, "message")
        calls = tuple(tool_call_chunk(call, place) for place, call in enumerate(objects_at(message, "tool_calls")))
        return *_parts(message), _piece(body, choice, message, calls or _legacy_function_call(message))

    def event(self, event: Mapping[str, object]) -> Iterable[AnswerDelta]:
        """Return what one event tells."""
        raise_for_error(event)
        choice = _choice(event) or EMPTY
        delta = object_at(choice, "delta")
        calls: tuple[ToolCallChunk, ...] = ()
        if "tool_calls" in delta:
            calls = tuple(tool_call_chunk(call, call.get("index")) for call in objects_at(delta, "tool_calls"))
        piece = _piece(event, choice, delta, calls or _legacy_function_call(delta))
        return (*_parts(delta), piece) if isinstance(delta.get("content"), list) else (piece,)


def _choice(body: Mapping[str, object]) -> Mapping[str, object] | None:
    """Return the first answer of those that were asked for."""
    choices = body.get("choices")
    for choice in choices if isinstance(choices, list) else ():
        if isinstance(choice, dict) and not choice.get("index"):
            return choice
    return None


def _piece(
    body: Mapping[str, object],
    choice: Mapping[str, object],
    message: Mapping[str, object],
    calls: tuple[ToolCallChunk, ...],
) -> AnswerDelta:
    content, refusal = message.get("content"), message.get("refusal")
    usage, id, model = body.get("usage"), body.get("id"), body.get("model")
    field = "reasoning_content" if message.get("reasoning_content") else "reasoning"
    reasoning, details = message.get(field), message.get("reasoning_details")
    words = "" if isinstance(content, list) else require_text(content)
    return AnswerDelta(
        text=f"{refusal}{words}" if refusal else words,
        has_content=content is not None,
        refused=bool(refusal),
        reasoning=reasoning if isinstance(reasoning, str) else "",
        reasoning_field=field if reasoning else None,
        reasoning_details=objects_at(message, "reasoning_details") if details else (),
        tool_calls=calls,
        finish_reason=_reason(choice),
        usage=decode_usage(usage) if isinstance(usage, dict) else _usage_of_groq(body),
        id=id if isinstance(id, str) and id else None,
        model=model if isinstance(model, str) and model else None,
    )


def _reason(choice: Mapping[str, object]) -> str | None:
    told = choice.get("finish_reason")
    if told is None and "finish_details" in choice:  # as some models wrote it before they were released
        told = object_at(choice, "finish_details").get("type")
    return told if isinstance(told, str) and told else None


def _usage_of_groq(body: Mapping[str, object]) -> Usage | None:
    return decode_usage(object_at(object_at(body, "x_groq"), "usage")) if "x_groq" in body else None


def _parts(message: Mapping[str, object]) -> Iterable[AnswerDelta]:
    """Content in parts, as Mistral sends what was thought and what was said."""
    content = message.get("content")
    if isinstance(content, list) and not all(isinstance(part, dict) for part in content):
        raise BadResponseError(detail="the content is a list of something else than parts")
    return map(_part, objects_at(message, "content"))


def _part(part: Mapping[str, object]) -> AnswerDelta:
    if text_at(part, "type") == "thinking":
        return AnswerDelta(
            reasoning="".join(text_at(words, "text") for words in objects_at(part, "thinking")),
            reasoning_field="content",
        )
    return AnswerDelta(text=text_at(part, "text"), has_content=True)


def _legacy_function_call(message: Mapping[str, object]) -> tuple[ToolCallChunk, ...]:
    """Return the one call that there could be before there were tools; some relatives still send it."""
    function = message.get("function_call")
    return (tool_call_chunk({"function": function}, "function_call"),) if isinstance(function, dict) else ()


def tool_call_chunk(call: Mapping[str, object], index: object) -> ToolCallChunk:
    """Return what a call, or the next of one, tells; *index* is what it is told apart by."""
    function = object_at(call, "function")
    arguments = function.get("arguments")
    return ToolCallChunk(
        index=index,
        id=text_at(call, "id") or None,
        name=text_at(function, "name") or None,
        arguments="" if arguments is None else arguments_text(arguments),
        provider_data=replay_data(call["extra_content"]) if call.get("extra_content") else None,
    )


def decode_usage(usage: Mapping[str, object]) -> Usage | None:
    """Return the figures; None where there are none."""
    prompt, completion = object_at(usage, "prompt_tokens_details"), object_at(usage, "completion_tokens_details")
    told = Usage(
        input_tokens=count_at(usage, "prompt_tokens"),
        output_tokens=count_at(usage, "completion_tokens"),
        cache_read_tokens=_or(
            count_at(prompt, "cached_tokens"), count_at(usage, "prompt_cache_hit_tokens", "cached_tokens")
        ),
        cache_write_tokens=count_at(prompt, "cache_write_tokens", "cache_creation_tokens"),
        reasoning_tokens=count_at(completion, "reasoning_tokens"),
        cost_usd=price_at(usage, "cost"),  # as OpenRouter tells it
    )
    return None if told == Usage() else told


def _or(one: int | None, other: int | None) -> int | None:
    return other if one is None else one
