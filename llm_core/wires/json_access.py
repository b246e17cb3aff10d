"""How a field of a provider's JSON is read: any may be missing, null, or of another type than it should be."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from llm_core.domain.errors import BadResponseError
from llm_core.domain.json_values import JsonValue, json_text, json_value

EMPTY: Mapping[str, object] = {}


def object_at(holder: Mapping[str, object], key: str) -> Mapping[str, object]:
    """Return the JSON object there; an empty one if there is none."""
    value = holder.get(key)
    return value if isinstance(value, dict) else EMPTY


def objects_at(holder: Mapping[str, object], key: str) -> Sequence[Mapping[str, object]]:
    """Return the JSON objects of the array there; none if there is none."""
    values = holder.get(key)
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else ()


def text_at(holder: Mapping[str, object], key: str) -> str:
    """Return the text there; empty if there is none."""
    value = holder.get(key)
    return value if isinstance(value, str) else ""


def count_at(holder: Mapping[str, object], *keys: str) -> int | None:
    """Return the first figure that is told there; a negative one, or what is no whole number, is not told."""
    for key in keys:
        value = holder.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        if isinstance(value, float) and value >= 0 and value.is_integer():  # as some servers write it
            return int(value)
    return None


def price_at(holder: Mapping[str, object], key: str) -> Decimal | None:
    """Return the price in US dollars that is told there; a negative one, or what is no number, is not told."""
    value = holder.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    price = Decimal(str(value))
    return price if price.is_finite() and price >= 0 else None


def sum_of(*counts: int | None) -> int | None:
    """Return the sum of what is told; None if nothing is."""
    told = [count for count in counts if count is not None]
    return sum(told) if told else None


def require_text(content: object) -> str:
    """Return content that must be text, or null.

    Raises:
        BadResponseError: it is neither: what it says would be lost.
    """
    if content is None or isinstance(content, str):
        return content or ""
    raise BadResponseError(detail=f"the content is a {type(content).__name__}, not text")


def arguments_text(value: object) -> str:
    """Return a call's arguments as text: some wires send them as a JSON object."""
    if isinstance(value, str):
        return value
    return json_text({} if not isinstance(value, dict) else value)


def replay_data(value: object) -> JsonValue:
    """Return *value* as our own copy of it, to go back as it came."""
    return json_value(value, "provider_data")
