"""Schemas that a strict provider enforces: every object must say ``additionalProperties: false``.

Sources: Anthropic's and OpenAI's pages about structured outputs.
"""

from llm_core.domain.json_values import JsonValue

from .json_fields import Json

_OPEN = "additionalProperties"


def closed_object(schema: Json) -> dict[str, JsonValue]:
    """Return *schema* with ``additionalProperties: false`` in every object that does not say so."""
    closed: dict[str, JsonValue] = {name: _closed_items(value) for name, value in schema.items()}
    return {_OPEN: False, **closed} if closed.get("type") == "object" else closed


def require_closed(value: JsonValue, field: str) -> None:
    """Raise ValueError, which names *field*, where an object of a schema takes other properties than it names."""
    match value:
        case dict():
            if value.get("type") == "object" and value.get(_OPEN) is not False:
                raise ValueError(f"{field}: for objects, additionalProperties must be false")
            for item in value.values():
                require_closed(item, field)
        case list():
            for item in value:
                require_closed(item, field)


def _closed_items(value: JsonValue) -> JsonValue:
    match value:
        case dict():
            return closed_object(value)
        case list():
            return [_closed_items(item) for item in value]
        case _:
            return value
