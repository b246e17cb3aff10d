"""Reads the fields of a request body and checks their types; every ValueError names the field."""

import base64
from collections.abc import Mapping
from typing import TypeAlias, get_args

from llm_core.domain.json_values import JsonValue
from llm_core.domain.settings import ReasoningEffort

Json: TypeAlias = Mapping[str, JsonValue]

_EFFORT_BUDGETS: tuple[tuple[int, ReasoningEffort], ...] = (
    (1, "none"),
    (1024, "minimal"),
    (2048, "low"),
    (4096, "medium"),
)


def require_path(path: str, *served: str) -> None:
    """Raise a ValueError that names the *path* and the *served* ones, unless it ends like one of them."""
    if not path.partition("?")[0].endswith(served):
        raise ValueError(f"path: {path} is not served; the paths served end with {', '.join(served)}")


def text(body: Json, key: str) -> str:
    """Return the text of a required field."""
    value = body.get(key)
    if not isinstance(value, str):
        raise ValueError(f"{key}: expected text")
    return value


def optional_text(body: Json, key: str) -> str | None:
    """Return a text, or None where the field is absent."""
    value = body.get(key)
    if value is None or isinstance(value, str):
        return value
    raise ValueError(f"{key}: expected text")


def items(body: Json, key: str) -> list[JsonValue]:
    """Return an array; empty where the field is absent."""
    value = body.get(key) or []
    if not isinstance(value, list):
        raise ValueError(f"{key}: expected an array")
    return value


def texts(body: Json, key: str) -> list[str]:
    """Return the strings of an array."""
    return [item for item in items(body, key) if isinstance(item, str)]


def fields(body: Json, key: str) -> dict[str, JsonValue]:
    """Return an object; empty where the field is absent."""
    value = body.get(key) or {}
    if not isinstance(value, dict):
        raise ValueError(f"{key}: expected an object")
    return value


def number(body: Json, key: str) -> float | None:
    """Return a number, or None where the field is absent."""
    value = body.get(key)
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise ValueError(f"{key}: expected a number")


def integer(body: Json, key: str) -> int | None:
    """Return an integer, or None where the field is absent."""
    value = body.get(key)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise ValueError(f"{key}: expected an integer")


def boolean(body: Json, key: str) -> bool | None:
    """Return a boolean, or None where the field is absent."""
    value = body.get(key)
    if value is None or isinstance(value, bool):
        return value
    raise ValueError(f"{key}: expected true or false")


def decode_base64(data: str) -> bytes:
    """Return the bytes of base64 *data*."""
    return base64.b64decode(data, validate=True)


def effort(value: JsonValue) -> ReasoningEffort | None:
    """Return the reasoning effort of that name, in any case; None if *value* is not one."""
    efforts: tuple[ReasoningEffort, ...] = get_args(ReasoningEffort)
    name = value.lower() if isinstance(value, str) else None
    return next((known for known in efforts if known == name), None)


def effort_of_budget(tokens: int) -> ReasoningEffort | None:
    """Return the effort that a budget of thinking tokens stands for: clients send 1,024 to 2,047 tokens for "low"."""
    if tokens < 0:
        return None  # the model chooses
    return next((known for least, known in _EFFORT_BUDGETS if tokens < least), "high")
