"""The strict form of a JSON Schema, which providers enforce, and the way back from a value in that form.

Providers demand an object as root and closed objects whose properties are all required; they know neither tuples nor
open objects: https://platform.openai.com/docs/guides/structured-outputs,
https://platform.claude.com/docs/en/build-with-claude/structured-outputs.
"""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, TypeAlias

from llm_core.domain.json_values import json_text
from llm_core.domain.model_description import SCHEMA_LIMITS

Schema: TypeAlias = dict[str, Any]
KEY_SCHEMA = "x-key"  # the schema of a dict's keys, for which JSON Schema has no keyword
_FORMATS = ("date-time", "date", "time", "duration", "email", "hostname", "ipv4", "ipv6", "uuid")
_ANY: Schema = {"anyOf": [{"type": name} for name in ("string", "number", "boolean", "null")]}
_TYPES = {str: "string", int: "integer", bool: "boolean", float: "number", type(None): "null"}
_CLASSES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float, Decimal),
    "boolean": (bool,),
    "null": (type(None),),
    "array": (list,),
    "object": (dict,),
}
_CONVERTED = (dict, list, Decimal)
_LEVELS = 4  # of a value that choose the member of a union: with no bound, unions in unions take exponential time
_SIZES = (("minProperties", "minItems"), ("maxProperties", "maxItems"))


class Shape:
    """A JSON Schema of pydantic's, its strict form, and the way from a value in that form to one that it accepts."""

    def __init__(self, schema: Schema) -> None:
        self._definitions: dict[str, Schema] = schema.get("$defs", {})
        self._root = self._resolved(schema)
        self.is_wrapped: bool = self._root.get("type") != "object" or _is_dict(self._root)
        """Whether the strict form is an object whose only property, ``value``, holds the value."""

    def strict(self, limits: frozenset[str] | None) -> Schema:
        """Return the strict form; a limit whose keyword is none of *limits* stands in the description alone."""
        kept = SCHEMA_LIMITS if limits is None else limits
        root = _strict(self._root, kept)
        root = _closed({"value": root}) if self.is_wrapped else root
        definitions = {name: _strict(schema, kept) for name, schema in self._definitions.items()}
        return root | {"$defs": definitions} if any(_references(root)) else root

    @property
    def is_recursive(self) -> bool:
        """Whether a value can hold another one of its own type."""
        inner = {name: set(_references(schema)) for name, schema in self._definitions.items()}
        for between, further in inner.items():
            for names in inner.values():
                names.update(further if between in names else ())
        return any(name in names for name, names in inner.items())

    def loose(self, value: Any, *, is_whole: bool = True) -> Any:  # noqa: ANN401 -- JSON
        """Return *value* as pydantic reads it; what has another form than the strict one is kept."""
        value = value["value"] if self.is_wrapped and _has_keys(value, ["value"]) else value
        return self._loose(value, self._root, is_whole)

    def _resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self._definitions[_name(schema["$ref"])]
        return schema

    def _loose(self, value: Any, schema: Schema, is_whole: bool) -> Any:  # noqa: ANN401, FBT001 -- JSON; passed on
        if not isinstance(value, _CONVERTED):
            return value
        schema = self._resolved(schema)
        if members := _union(schema):
            for member in [member for member in members if self._fits(value, member, _LEVELS)][:1] or members:
                value = self._loose(value, member, is_whole)
            return value
        if isinstance(value, Decimal):  # pydantic reads a number as float
            return float(value) if Decimal(repr(float(value))) == value else str(value)
        inner, items = _value_schema(schema), _tuple_items(schema)
        if isinstance(value, list) and _is_dict(schema):
            pairs = [pair for pair in value if _has_keys(pair, ["key", "value"])]
            if len(pairs) == len(value) or not is_whole:
                return {str(pair["key"]): self._loose(pair["value"], inner, is_whole) for pair in pairs}
        if isinstance(value, list):
            return [self._loose(each, schema.get("items", {}), is_whole) for each in value]
        if items and (_has_keys(value, items) or not is_whole):
            return [self._loose(value[name], item, is_whole) for name, item in items.items() if name in value]
        properties = schema.get("properties", {})
        return {name: self._loose(member, properties.get(name, inner), is_whole) for name, member in value.items()}

    def _fits(self, value: Any, schema: Schema, levels: int) -> bool:  # noqa: ANN401 -- JSON
        """Return whether *value* has the strict form of *schema*, as far as its first *levels* show."""
        schema = self._resolved(schema)
        if not levels or _union(schema):
            return not levels or any(self._fits(value, member, levels - 1) for member in _union(schema))
        if _is_dict(schema):
            pair = {"properties": {"key": _key_schema(schema), "value": _value_schema(schema)}}
            schema = {"type": "array", "items": pair}
        properties = _tuple_items(schema) or schema.get("properties")
        if properties is not None:
            fits_each = (self._fits(value[name], schema, levels - 1) for name, schema in properties.items())
            return _has_keys(value, properties) and all(fits_each)
        if value not in schema.get("enum", [schema.get("const", value)]):
            return False
        if isinstance(value, list) and "items" in schema:
            return all(self._fits(each, schema["items"], levels - 1) for each in value)
        return isinstance(value, _CLASSES.get(str(schema.get("type")), object))


def _strict(schema: Schema, limits: frozenset[str]) -> Schema:
    form = _form(schema, limits)
    lost = ("default",) if "prefixItems" in schema else ("default", "format", *sorted(SCHEMA_LIMITS))
    notes = [schema["description"]] if "description" in schema else []
    notes += [f"{name}: {json_text(schema[name])}." for name in lost if name in schema and name not in form]
    if notes and "$ref" in form:  # a reference stands alone
        form = {"anyOf": [form]}
    return form | {"description": " ".join(notes)} if notes else form


def _form(schema: Schema, limits: frozenset[str]) -> Schema:
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    if members := _union(schema):
        return {"anyOf": [_strict(member, limits) for member in members]}
    if _is_dict(schema):
        pair = _closed({"key": _strict(_key_schema(schema), limits), "value": _strict(_value_schema(schema), limits)})
        sizes = {size: schema[name] for name, size in _SIZES if name in schema and size in limits}
        return {"type": "array", "items": pair, **sizes}
    properties = _tuple_items(schema) or schema.get("properties", {})
    if properties or schema.get("type") == "object":
        return _closed({name: _strict(member, limits) for name, member in properties.items()})
    form = {name: schema[name] for name in ("type", *sorted(limits)) if name in schema}
    if values := schema.get("enum", [schema["const"]] if "const" in schema else []):
        types = sorted({_TYPES.get(type(value), "object") for value in values})
        form |= {"type": types[0] if len(types) == 1 else types, "enum": values}
    if schema.get("format") in _FORMATS:
        form["format"] = schema["format"]
    if form.get("type") == "array":
        form["items"] = _strict(schema.get("items", {}), limits)
    return form if "type" in form else _ANY


def _closed(properties: dict[str, Schema]) -> Schema:
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


def _references(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from [_name(schema["$ref"])] if isinstance(schema.get("$ref"), str) else []
        schema = list(schema.values())
    for member in schema if isinstance(schema, list) else ():
        yield from _references(member)


def _name(reference: str) -> str:
    return reference.removeprefix("#/$defs/")


def _union(schema: Schema) -> list[Schema]:
    return schema.get("anyOf") or schema.get("oneOf") or []


def _is_dict(schema: Schema) -> bool:
    """Return whether the names of an object's properties are data."""
    return schema.get("type") == "object" and "properties" not in schema


def _key_schema(schema: Schema) -> Schema:
    keys = schema.get(KEY_SCHEMA) or schema.get("propertyNames") or {}
    return keys if "$ref" in keys else {"type": "string", **keys}


def _value_schema(schema: Schema) -> Schema:
    value = next(iter(schema.get("patternProperties", {}).values()), schema.get("additionalProperties"))
    return value if isinstance(value, dict) else {}


def _tuple_items(schema: Schema) -> dict[str, Schema]:
    """Return the items of a tuple by name: the strict form is an object, with the names of a NamedTuple's fields."""
    items = schema.get("prefixItems", [])
    names = [re.sub(r"\W+", "_", item.get("title", "").lower()) for item in items]
    if "" in names or len({*names}) < len(names):
        names = [f"item_{index}" for index in range(len(items))]
    return dict(zip(names, items, strict=True))


def _has_keys(value: object, keys: Iterable[str]) -> bool:
    return isinstance(value, dict) and value.keys() == {*keys}
