"""The strict form of a JSON Schema, which providers enforce, and the way back from a value in that form.

Providers demand an object as root and closed objects whose properties are all required; they know neither tuples nor
open objects: https://platform.openai.com/docs/guides/structured-outputs,
https://platform.claude.com/docs/en/build-with-claude/structured-outputs.
"""

import re
from collections.abc import Collection, Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any, TypeAlias

from llm_core.domain.json_values import json_text
from llm_core.domain.model_description import SCHEMA_LIMITS

Schema: TypeAlias = dict[str, Any]
KEY_SCHEMA = "x-key"  # the schema of a dict's keys, for which JSON Schema has no keyword
_FORMATS = ("date-time", "date", "time", "duration", "email", "hostname", "ipv4", "ipv6", "uuid")
_ANY: Schema = {"anyOf": [{"type": name} for name in ("string", "number", "boolean", "null")]}
_TYPES: dict[type, str] = {str: "string", int: "integer", bool: "boolean", float: "number", type(None): "null"}
_TYPES |= {list: "array", dict: "object"}
_LEVELS = 4  # of a value that choose the member of a union: with no bound, unions in unions take exponential time
_SIZES = {"minProperties": "minItems", "maxProperties": "maxItems"}


class Shape:
    """A JSON Schema of pydantic's, its strict form, and the way from a value in that form to one that it accepts."""

    def __init__(self, schema: Schema) -> None:
        self._schemas: dict[str, Schema] = schema.get("$defs", {})
        self._root: Schema = self._schemas[_name(schema["$ref"])] if "$ref" in schema else schema
        self._form, self._forms = self._strict(SCHEMA_LIMITS)
        self.is_wrapped: bool = self._form.get("type") != "object" or isinstance(self._form, _Tuple)
        """Whether the strict form is an object whose only property, ``value``, holds the value."""

    def _strict(self, limits: Collection[str]) -> tuple[Schema, dict[str, Schema]]:
        forms = {name: _strict(schema, limits) for name, schema in self._schemas.items()}
        return _strict(self._root, limits), forms

    def strict(self, limits: frozenset[str] | None) -> Schema:
        """Return the strict form; a limit whose keyword is none of *limits* stands in the description alone."""
        form, forms = self._strict(SCHEMA_LIMITS if limits is None else limits)
        root = _closed({"value": form}) if self.is_wrapped else form
        return root | {"$defs": forms} if any(_references(root)) else root

    @property
    def is_recursive(self) -> bool:
        """Whether a value can hold another one of its own type."""
        try:
            TopologicalSorter({name: _references(form) for name, form in self._forms.items()}).prepare()
        except CycleError:
            return True
        return False

    def loose(self, value: Any, *, is_whole: bool = True) -> Any:  # noqa: ANN401 -- JSON
        """Return *value* as pydantic reads it; what has another form than the strict one is kept."""
        value = value["value"] if self.is_wrapped and _has_keys(value, ["value"]) else value
        return self._loose(value, self._form, is_whole)

    def _loose(self, value: Any, form: Schema, is_whole: bool) -> Any:  # noqa: ANN401, FBT001 -- JSON; passed on
        form = self._resolved(form)
        if members := form.get("anyOf"):
            for member in [member for member in members if self._fits(value, member, _LEVELS)][:1] or members:
                value = self._loose(value, member, is_whole)
            return value
        items = form.get("items", {})
        if isinstance(value, list):
            value = [self._loose(each, items, is_whole) for each in value]
            pairs = [pair for pair in value if isinstance(form, _Dict) and _has_keys(pair, ["key", "value"])]
            is_dict = isinstance(form, _Dict) and (len(pairs) == len(value) or not is_whole)
            return {str(pair["key"]): pair["value"] for pair in pairs} if is_dict else value
        if isinstance(value, dict):
            inner = items["properties"]["value"] if isinstance(form, _Dict) else {}
            properties = form.get("properties", {})
            value = {name: self._loose(each, properties.get(name, inner), is_whole) for name, each in value.items()}
            if isinstance(form, _Tuple) and (_has_keys(value, properties) or not is_whole):
                return [value[name] for name in properties if name in value]
        return value

    def _fits(self, value: Any, form: Schema, levels: int) -> bool:  # noqa: ANN401 -- JSON
        """Return whether *value* has the strict *form*, as far as its first *levels* show."""
        form = self._resolved(form)
        if not levels or "anyOf" in form:
            return not levels or any(self._fits(value, member, levels - 1) for member in form["anyOf"])
        if "enum" in form:
            return value in form["enum"]
        if isinstance(value, list) and "items" in form:
            return all(self._fits(each, form["items"], levels - 1) for each in value)
        if isinstance(value, dict) and (properties := form.get("properties")) is not None:
            fits_each = (self._fits(value[name], each, levels - 1) for name, each in properties.items())
            return _has_keys(value, properties) and all(fits_each)
        return form["type"] in (_TYPES[type(value)], "number" if isinstance(value, int) else None)

    def _resolved(self, form: Schema) -> Schema:
        while "$ref" in form:
            form = self._forms[_name(form["$ref"])]
        return form


class _Dict(Schema):
    """The strict form of a dict: a list of its keys and values."""


class _Tuple(Schema):
    """The strict form of a tuple: an object, with the names of a NamedTuple's fields."""


def _strict(schema: Schema, limits: Collection[str]) -> Schema:
    form = _form(schema, limits)
    lost = ("default",) if "prefixItems" in schema else ("default", "format", *sorted(SCHEMA_LIMITS))
    notes = [schema["description"]] if "description" in schema else []
    notes += [f"{name}: {json_text(schema[name])}." for name in lost if name in schema and name not in form]
    if notes and "$ref" in form:  # a reference stands alone
        form = {"anyOf": [form]}
    if notes:
        form["description"] = " ".join(notes)
    return form


def _form(schema: Schema, limits: Collection[str]) -> Schema:
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    if members := schema.get("anyOf") or schema.get("oneOf"):
        return {"anyOf": [_strict(member, limits) for member in members]}
    if items := schema.get("prefixItems"):
        names = [re.sub(r"\W+", "_", item.get("title", "").lower()) for item in items]
        if "" in names or len({*names}) < len(names):
            names = [f"item_{index}" for index in range(len(items))]
        return _Tuple(_closed({name: _strict(item, limits) for name, item in zip(names, items, strict=True)}))
    if "properties" in schema:
        return _closed({name: _strict(member, limits) for name, member in schema["properties"].items()})
    if schema.get("type") == "object":
        keys, values = schema.get(KEY_SCHEMA, {}), schema.get("additionalProperties", {})
        keys = keys if "$ref" in keys else {"type": "string", **keys}
        pair = _closed({"key": _strict(keys, limits), "value": _strict(values if values is not True else {}, limits)})
        sizes = {size: schema[name] for name, size in _SIZES.items() if name in schema and size in limits}
        return _Dict(type="array", items=pair, **sizes)
    form = {name: schema[name] for name in ("type", *sorted(limits)) if name in schema}
    if values := schema.get("enum", [schema["const"]] if "const" in schema else []):
        types = sorted({_TYPES[type(value)] for value in values})
        form |= {"type": types[0] if len(types) == 1 else types, "enum": values}
    if schema.get("format") in _FORMATS:
        form["format"] = schema["format"]
    if form.get("type") == "array":
        form["items"] = _strict(schema.get("items", {}), limits)
    return form if "type" in form else {**_ANY}


def _closed(properties: dict[str, Schema]) -> Schema:
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


def _references(form: object) -> Iterator[str]:
    if isinstance(form, dict):
        yield from [_name(form["$ref"])] if isinstance(form.get("$ref"), str) else []
        form = list(form.values())
    for member in form if isinstance(form, list) else ():
        yield from _references(member)


def _name(reference: str) -> str:
    return reference.removeprefix("#/$defs/")


def _has_keys(value: object, keys: Collection[str]) -> bool:
    return isinstance(value, dict) and value.keys() == {*keys}
