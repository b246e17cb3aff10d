"""The JSON body of a request: the caller's `extra` fields are merged into it."""

from collections.abc import Collection, Mapping

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.json_values import JsonObject, JsonValue


def merge_extra(
    body: JsonObject, extra: Mapping[str, JsonValue], reserved: Collection[str], path: str = ""
) -> JsonObject:
    """Return *body* with *extra* merged into it, nested objects key by key. Neither is changed.

    *reserved* are the fields that the encoder writes, if not in every request: names, or paths with dots. *path* leads
    to *body*; it ends with a dot.

    Raises:
        UnsupportedFeatureError: a key of *extra*, at any depth, that the encoder writes.
    """
    merged = dict(body)
    for key, value in extra.items():
        existing = merged.get(key, {})
        if f"{path}{key}" in reserved:
            raise UnsupportedFeatureError(feature=f"settings.extra.{path}{key}")
        if isinstance(value, dict) and isinstance(existing, dict):
            merged[key] = merge_extra(existing, value, reserved, f"{path}{key}.")
        elif key in merged:
            raise UnsupportedFeatureError(feature=f"settings.extra.{path}{key}")
        else:
            merged[key] = value
    return merged
