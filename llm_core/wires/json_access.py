"""Access to the fields of a provider's JSON: any may be missing, null, or of another type than documented."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import cast

from llm_core.domain.errors import BadResponseError
from llm_core.domain.json_values import JsonValue, json_text
from llm_core.ports.valid_text import valid_text

EMPTY: Mapping[str, object] = {}  # stands for an object that is missing: compare it by identity
_MAX_COUNT = 2**53  # what JSON carries exactly; among larger numbers a provider could choose equal hashes


def object_at(holder: Mapping[str, object], key: str) -> Mapping[str, object]:
    """Return the JSON object at *key*, else an empty one."""
    value = holder.get(key)
    return value if isinstance(value, dict) else EMPTY


def objects_at(holder: Mapping[str, object], key: str) -> Sequence[Mapping[str, object]]:
    """Return the JSON objects in the array at *key*; other items are left out."""
    values = holder.get(key)
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else ()


def text_at(holder: Mapping[str, object], key: str) -> str:
    """Return the string at *key*, else an empty one."""
    value = holder.get(key)
    return value if isinstance(value, str) else ""


def valid_text_at(holder: Mapping[str, object], key: str) -> str | None:
    """Return the string at *key* if it is not empty.

    Raises:
        BadResponseError: the string holds half a surrogate pair, which UTF-8 cannot carry.
    """
    return valid_text(holder.get(key))


def count_at(holder: Mapping[str, object], *keys: str) -> int | None:
    """Return the first count at one of *keys*; negative numbers, fractions and numbers beyond 2**53 are ignored."""
    for key in keys:
        value = holder.get(key)
        if type(value) is int and 0 <= value <= _MAX_COUNT:
            return value
        if isinstance(value, float) and 0 <= value <= _MAX_COUNT and value.is_integer():  # some servers send 3.0
            return int(value)
    return None


def price_at(holder: Mapping[str, object], key: str) -> Decimal | None:
    """Return the price in US dollars at *key*; negative and non-finite numbers are ignored."""
    return as_dollars(holder.get(key))


def as_dollars(price: object) -> Decimal | None:
    """Return *price* in US dollars without the residue of float arithmetic; None for a value that cannot be a price.

    A sum of rates such as 0.000024999999999999998 has more digits than any price list: twelve of them are kept.
    """
    if not isinstance(price, int | float) or isinstance(price, bool):
        return None
    dollars = Decimal(price) if isinstance(price, int) else Decimal(f"{price:.12g}")
    return dollars if dollars.is_finite() and dollars >= 0 else None


def sum_of(*counts: int | None) -> int | None:
    """Return the sum of the counts that are not None; None if all are."""
    reported = [count for count in counts if count is not None]
    return sum(reported) if reported else None


def require_text(content: object) -> str:
    """Return *content*, a string or null; an object, as Cloudflare's JSON mode sends it, is its JSON text.

    Raises:
        BadResponseError: it is of another type, so that its content would be lost.
    """
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, dict):
        return json_text(content)
    raise BadResponseError(detail=f"the content is a {type(content).__name__}, not text")


def arguments_text(value: object) -> str:
    """Return a call's arguments as text; some wires send a JSON value, which should be an object."""
    return value if isinstance(value, str) else json_text(value)


def replay_data(value: object) -> JsonValue:
    """Return *value*, which was parsed from JSON, to be replayed unchanged; `ProviderData` checks and copies it."""
    return cast(JsonValue, value)
