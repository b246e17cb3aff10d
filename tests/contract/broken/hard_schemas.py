"""Broken adapters that lose keywords of a JSON schema, or properties that are named like one."""

from llm_core import (
    ChatPort,
)
from llm_core.domain.json_values import JsonValue

from .changing_values import ARRIVES, with_schemas, without
from .mutating import in_memory


@in_memory(
    ARRIVES, shows="tools[0].parameters.title: expected 'Everything', seen nothing", name="tool schema: keywords"
)
def drops_titles_from_schemas(chat: ChatPort) -> ChatPort:
    return with_schemas(chat, without("title"))


@in_memory(ARRIVES, shows="output.schema.properties.default_false.default: expected", name="output schema: keywords")
def drops_false_defaults_from_schemas(chat: ChatPort) -> ChatPort:
    def drop(value: JsonValue) -> JsonValue:
        is_false = isinstance(value, dict) and value.get("default") is False
        return without("default")(value) if is_false else value

    return with_schemas(chat, drop)


@in_memory(ARRIVES, shows="properties.titled.default: expected 'Oslo', seen nothing", name="tool schema: keywords")
def drops_defaults_from_schemas(chat: ChatPort) -> ChatPort:
    return with_schemas(chat, without("default"))


@in_memory(ARRIVES, shows="properties.when.format: expected 'date-time', seen nothing", name="output schema: keywords")
def drops_formats_from_schemas(chat: ChatPort) -> ChatPort:
    return with_schemas(chat, without("format"))


@in_memory(ARRIVES, shows="parameters.properties.old.x-order: expected 3, seen nothing", name="tool schema: keywords")
def drops_unknown_keywords_from_schemas(chat: ChatPort) -> ChatPort:
    return with_schemas(chat, without("x-order"))


@in_memory(ARRIVES, shows="properties.place.description: expected", name="tool schema: keywords")
def drops_what_stands_beside_a_reference(chat: ChatPort) -> ChatPort:
    def drop(value: JsonValue) -> JsonValue:
        return {"$ref": value["$ref"]} if isinstance(value, dict) and isinstance(value.get("$ref"), str) else value

    return with_schemas(chat, drop)


@in_memory(ARRIVES, shows="parameters.properties.choice.enum[0]: expected 'b', seen ''", name="tool schema: keywords")
def sorts_enums(chat: ChatPort) -> ChatPort:
    def order(value: JsonValue) -> JsonValue:
        match value:
            case {"type": "string", "enum": list(names)} if isinstance(value, dict):
                return {**value, "enum": sorted(names, key=str)}
            case _:
                return value

    return with_schemas(chat, order)


@in_memory(ARRIVES, shows="properties.title: expected", name="tool schema: keywords as names, nested")
def drops_properties_named_title(chat: ChatPort) -> ChatPort:
    def drop(value: JsonValue) -> JsonValue:
        match value:
            case {"properties": dict(properties)} if isinstance(value, dict):
                return {**value, "properties": without("title")(properties)}
            case _:
                return value

    return with_schemas(chat, drop)


@in_memory(ARRIVES, shows="schema.properties.default: expected", name="output schema: keywords as names")
def drops_properties_named_like_a_keyword(chat: ChatPort) -> ChatPort:
    return with_schemas(chat, without("default", "format"))


@in_memory(ARRIVES, shows=f"properties.property_{'x' * 20}", name="tool schema: long")
def cuts_names_of_properties_at_64_characters(chat: ChatPort) -> ChatPort:
    def cut(value: JsonValue) -> JsonValue:
        return {key[:64]: item for key, item in value.items()} if isinstance(value, dict) else value

    return with_schemas(chat, cut)
