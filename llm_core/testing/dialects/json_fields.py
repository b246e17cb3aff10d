"""Fields of a request's body, checked as a provider checks them: every failure is a ValueError that names the field."""

import base64
from collections.abc import Mapping
from typing import TypeAlias, get_args

from llm_core.domain.json_values import JsonValue
from llm_core.domain.settings import ReasoningEffort

Json: TypeAlias = Mapping[str, JsonValue]

_EFFORT_BUDGETS: tuple[tuple[int, ReasoningEffort], ...] = ((1, "none"), (1024, "minimal"), (2048, "low"), (4096, "medium"))


def text(body: Json, key: str) -> str:
    """Return a text that must be there."""
    value = body.get(key)
    if not isinstance(value, str):
        raise ValueError(f"{key}: expected text")
    return value


def items(body: Json, key: str) -> list[JsonValue]:
    """Return an array; none where there is no field."""
    value = body.get(key) or []
    if not isinstance(value, list):
        raise ValueError(f"{key}: expected an array")
    return value


def texts(body: Json, key: str) -> list[str]:
    """Return an array of texts."""
    return [item for item in items(body, key) if isinstance(item, str)]


def fields(body: Json, key: str) -> dict[str, JsonValue]:
    """Return an object; an empty one where there is no field."""
    value = body.get(key) or {}
    if not isinstance(value, dict):
        raise ValueError(f"{key}: expected an object")
    return value


def number(body: Json, key: str) -> float | None:
    """Return a number, or None where there is no field."""
    value = body.get(key)
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise ValueError(f"{key}: expected a number")


def integer(body: Json, key: str) -> int | None:
    """Return a whole number, or None where there is no field."""
    value = body.get(key)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise ValueError(f"{key}: expected a whole number")


def boolean(body: Json, key: str) -> bool | None:
    """Return true or false, or None where there is no field."""
    value = body.get(key)
    if value is None or isinstance(value, bool):
        return value
    raise ValueError(f"{key}: expected true or false")


def decode_base64(data: str) -> bytes:
    """Return the bytes that *data* is in base64."""
    return base64.b64decode(data, validate=True)


def effort(value: JsonValue) -> ReasoningEffort | None:
    """Return the effort that goes by this word, in any case; None where none does."""
    efforts: tuple[ReasoningEffort, ...] = get_args(ReasoningEffort)
    word = value.lower() if isinstance(value, str) else None
    return next((known for known in efforts if known == word), None)


def effort_of_budget(tokens: int) -> ReasoningEffort | None:
    """Return the effort that a budget of thinking tokens stands for: "low" is 1,024 to 2,047, as clients spend it."""
    if tokens < 0:
        return None  # the model shall choose
    return next((known for least, known in _EFFORT_BUDGETS if tokens < least), "high")
