"""What makes two requests equal for a tape or a store: their JSON without the timeout, in one canonical form."""

import json

import attrs

from llm_core.domain.messages import AssistantMessage, Message
from llm_core.domain.requests import ChatRequest


def request_text(request: ChatRequest) -> str:
    """Return the JSON text of *request* without its timeout, and without the spelling of tool-call arguments."""
    from llm_core.serialization import to_json

    messages = tuple(map(_without_spelling, request.messages))
    settings = attrs.evolve(request.settings, timeout=None)
    return to_json(attrs.evolve(request, messages=messages, settings=settings))


def canonical(document: object) -> str:
    """Return the parsed JSON *document* as text that is the same for equal values: 1 and 1.0, and any order of keys."""
    return json.dumps(_normal(document), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _without_spelling(message: Message) -> Message:
    """Return *message* without the `arguments_text` of its calls, which comparisons ignore."""
    if not isinstance(message, AssistantMessage) or not message.tool_calls:
        return message
    return attrs.evolve(
        message, tool_calls=tuple(attrs.evolve(call, arguments_text=None) for call in message.tool_calls)
    )


def _normal(value: object) -> object:
    match value:
        case float():
            return int(value) if value.is_integer() else value
        case dict():
            return {key: _normal(member) for key, member in value.items()}
        case list():
            return [_normal(member) for member in value]
        case _:
            return value
