"""Decodes OpenAI's Chat Completions API, as OpenAI and the compatible providers send it.

Source: https://platform.openai.com/docs/api-reference/chat, and the other providers' own pages where they differ.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs

from llm_core.domain.errors import BadResponseError
from llm_core.wires.deltas import CUSTOM_CALL, AnswerDelta, ToolCallChunk
from llm_core.wires.error_places import error_in, error_instead, then_raise
from llm_core.wires.json_access import (
    EMPTY,
    arguments_text,
    object_at,
    objects_at,
    replay_data,
    require_text,
    text_at,
)

from .usage import reported_usage

# The fields of events that carry text alone; those that no decoder reads are among them.
_PLAIN_EVENT = frozenset(
    {
        *("id", "model", "choices", "usage", "object", "created", "service_tier", "system_fingerprint"),
        *("obfuscation", "provider", "timings"),
    }
)
_PLAIN_CHOICE = frozenset({"index", "delta", "finish_reason", "native_finish_reason", "logprobs"})
_EMPTY_PARTS = frozenset({"text", "reference"})  # those that may hold no text; a reference cites a source
_PLAIN_DELTA = frozenset({"role", "content"})


@attrs.define(eq=False, repr=False)
class OpenAIChatDecoder:
    """Decodes one answer; it keeps no state between two events."""

    done: bool = False

    def whole(self, body: Mapping[str, object]) -> Iterable[AnswerDelta]:
        """Return the deltas of a whole answer."""
        choice = _choice(body)
        if choice is None:
            raise error_in(body) or error_instead(body) or BadResponseError(detail="the answer holds no choices")
        message = object_at(choice, "message")
        error, deltas = error_in(body, choice, message), _answer(body, choice, message)
        return then_raise(deltas, error)

    def event(self, event: Mapping[str, object]) -> Iterable[AnswerDelta]:
        """Return the deltas of one event."""
        plain = _plain_text(event)
        if plain is not None:
            return (plain,)
        choice = _choice(event) or EMPTY
        delta = object_at(choice, "delta")
        error = error_in(event, choice, delta, object_at(choice, "message"))
        if error is None and not event.get("choices"):
            error = error_instead(event)
        deltas = _next(event, choice, delta)
        return then_raise(deltas, error)


def _answer(
    body: Mapping[str, object], choice: Mapping[str, object], message: Mapping[str, object]
) -> Iterator[AnswerDelta]:
    yield from _parts(message)
    calls: tuple[ToolCallChunk, ...] = ()
    if "tool_calls" in message:
        calls = tuple(tool_call_chunk(call, index) for index, call in enumerate(objects_at(message, "tool_calls")))
    yield _delta(body, choice, message, calls or _legacy_function_call(message))


def _next(
    event: Mapping[str, object], choice: Mapping[str, object], delta: Mapping[str, object]
) -> Iterator[AnswerDelta]:
    calls: tuple[ToolCallChunk, ...] = ()
    if "tool_calls" in delta:
        calls = tuple(_calls(objects_at(delta, "tool_calls")))
    if isinstance(delta.get("content"), list):
        yield from _parts(delta)
    yield _delta(event, choice, delta, calls or _legacy_function_call(delta))


def _plain_text(event: Mapping[str, object]) -> AnswerDelta | None:
    """Return the delta of *event* if it carries text alone, as most events of a stream do; else None."""
    choices = event.get("choices")
    if not isinstance(choices, list) or len(choices) != 1 or not event.keys() <= _PLAIN_EVENT or event.get("usage"):
        return None
    choice = choices[0]
    if not isinstance(choice, dict) or not choice.keys() <= _PLAIN_CHOICE or choice.get("index"):
        return None
    message, id, model = choice.get("delta"), event.get("id"), event.get("model")
    if not isinstance(message, dict) or not message.keys() <= _PLAIN_DELTA or choice.get("finish_reason") is not None:
        return None
    content = message.get("content")
    if not (isinstance(content, str) and isinstance(id, str) and isinstance(model, str)):
        return None
    return AnswerDelta(text=content, has_content=True, id=id or None, model=model or None)


def _choice(body: Mapping[str, object]) -> Mapping[str, object] | None:
    """Return the first choice, the one with index 0."""
    choices = body.get("choices")
    for choice in choices if isinstance(choices, list) else ():
        if isinstance(choice, dict) and not choice.get("index"):
            return choice
    return None


def _delta(
    body: Mapping[str, object],
    choice: Mapping[str, object],
    message: Mapping[str, object],
    calls: tuple[ToolCallChunk, ...],
) -> AnswerDelta:
    content, refusal = message.get("content"), message.get("refusal") or _relayed_refusal(message)
    id, model = body.get("id"), body.get("model")
    field = "reasoning_content" if message.get("reasoning_content") else "reasoning"
    reasoning, details = message.get(field), message.get("reasoning_details")
    text = "" if isinstance(content, list) else require_text(content)
    return AnswerDelta(
        text=f"{refusal}{text}" if refusal else text,
        has_content=message is not EMPTY,
        refused=bool(refusal),
        reasoning=reasoning if isinstance(reasoning, str) else "",
        reasoning_field=field if reasoning else None,
        reasoning_details=objects_at(message, "reasoning_details") if details else (),
        tool_calls=calls,
        other_content=_other_content(message),
        finish_reason=_reason(choice),
        usage=reported_usage(body),
        id=id if isinstance(id, str) and id else None,
        model=model if isinstance(model, str) and model else None,
    )


def _relayed_refusal(message: Mapping[str, object]) -> str:
    """Return the refusal where LiteLLM's gateway puts it; empty if there is none."""
    fields = message.get("provider_specific_fields")
    return text_at(fields, "refusal") if isinstance(fields, dict) else ""


def _other_content(message: Mapping[str, object]) -> str | None:
    """Return what *message* holds that is neither text nor a call of a function."""
    if "tool_calls" in message and any("custom" in call for call in objects_at(message, "tool_calls")):
        return CUSTOM_CALL
    return "audio" if message.get("audio") else "images" if message.get("images") else None


def _reason(choice: Mapping[str, object]) -> str | None:
    reason = choice.get("finish_reason")
    if reason is None and "finish_details" in choice:  # some models sent this form before their release
        reason = object_at(choice, "finish_details").get("type")
    return reason if isinstance(reason, str) and reason else None


def _parts(message: Mapping[str, object]) -> Iterable[AnswerDelta]:
    """Return the deltas of content in parts, as Mistral sends reasoning and text."""
    content = message.get("content")
    if isinstance(content, list) and not all(isinstance(part, dict) for part in content):
        raise BadResponseError(detail="the content is a list with items that are not objects")
    return map(_part, objects_at(message, "content"))


def _part(part: Mapping[str, object]) -> AnswerDelta:
    if text_at(part, "type") == "thinking":
        return AnswerDelta(
            reasoning="".join(text_at(chunk, "text") for chunk in objects_at(part, "thinking")),
            reasoning_field="content",
        )
    text, type_ = text_at(part, "text"), text_at(part, "type")
    is_other = not text and type_ not in _EMPTY_PARTS
    return AnswerDelta(text=text, has_content=True, other_content=f"a part of type {type_}" if is_other else None)


def _legacy_function_call(message: Mapping[str, object]) -> tuple[ToolCallChunk, ...]:
    """Return the single call of the API before `tool_calls`; some compatible providers still send it."""
    function = message.get("function_call")
    return (tool_call_chunk({"function": function}, "function_call"),) if isinstance(function, dict) else ()


def _calls(calls: Sequence[Mapping[str, object]]) -> Iterator[ToolCallChunk]:
    """Yield the calls of one delta; without an index, each after the first begins another call if it has a name."""
    for position, call in enumerate(calls):
        index = call.get("index")
        yield tool_call_chunk(call, index, may_begin=index is None and position > 0)


def tool_call_chunk(call: Mapping[str, object], index: object, *, may_begin: bool = False) -> ToolCallChunk:
    """Return a call, or the next part of one; *index* identifies the call. *may_begin*: it begins one with its name."""
    function = object_at(call, "function")
    arguments = function.get("arguments")
    return ToolCallChunk(
        index=index,
        id=text_at(call, "id") or None,
        name=text_at(function, "name") or None,
        arguments="" if arguments is None else arguments_text(arguments),
        begins=may_begin and bool(function.get("name")),
        provider_data=replay_data(call["extra_content"]) if call.get("extra_content") else None,
    )
