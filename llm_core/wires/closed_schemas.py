"""JSON Schemas whose objects are closed, as providers demand that enforce them while the model writes."""

from collections.abc import Mapping

from llm_core.domain.errors import UnsupportedFeatureError

_OPEN = "additionalProperties"
_BY_NAME = ("properties", "$defs", "definitions", "patternProperties", "dependentSchemas")
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_SINGLE = ("items", "not", "if", "then", "else", "contains")


def closed_schema(schema: Mapping[str, object], path: str) -> dict[str, object]:
    """Return *schema* with ``additionalProperties: false`` in every object that does not say so; *path* leads to it.

    Raises:
        UnsupportedFeatureError: an object takes other properties than those that it names.
    """
    closed = {name: _closed_member(name, value, f"{path}.{name}") for name, value in schema.items()}
    if schema.get(_OPEN, False) is not False:
        raise UnsupportedFeatureError(feature=f"{path}.{_OPEN}: an open object")
    types = schema.get("type")
    if types == "object" or (isinstance(types, list) and "object" in types):
        closed.setdefault(_OPEN, False)
    return closed


def _closed_member(keyword: str, value: object, path: str) -> object:
    if keyword in _BY_NAME and isinstance(value, dict):
        return {name: _closed(item, f"{path}.{name}") for name, item in value.items()}
    if keyword in _LISTS and isinstance(value, list):
        return [_closed(item, f"{path}[{index}]") for index, item in enumerate(value)]
    return _closed(value, path) if keyword in _SINGLE else value


def _closed(value: object, path: str) -> object:
    return closed_schema(value, path) if isinstance(value, dict) else value
