"""Broken adapters that send tame requests whole, and lose values that are long, precise, empty, repeated or odd."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

import attrs

from llm_core import (
    AssistantMessage,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatSettings,
    JsonSchemaOutput,
    Message,
    SystemMessage,
    TextPart,
    Tool,
    ToolCall,
    ToolMessage,
    UnsupportedFeatureError,
    UserMessage,
)
from llm_core.domain.json_values import JsonValue

from .mutating import Mutated, in_memory, with_messages, with_settings

Json = Mapping[str, JsonValue]
ARRIVES = "law.hard-values-arrive"


def _changed(value: JsonValue, change: Callable[[JsonValue], JsonValue]) -> JsonValue:
    """Return *value* with *change* applied to each value within, innermost first."""
    match value:
        case dict():
            return change({key: _changed(item, change) for key, item in value.items()})
        case list():
            return change([_changed(item, change) for item in value])
        case _:
            return change(value)


def _changed_object(value: Json, change: Callable[[JsonValue], JsonValue]) -> Json:
    changed = _changed(dict(value), change)
    assert isinstance(changed, dict)
    return changed


def _without(*keys: str) -> Callable[[JsonValue], JsonValue]:
    """Return a change that removes *keys* from every object."""

    def remove(value: JsonValue) -> JsonValue:
        return {key: item for key, item in value.items() if key not in keys} if isinstance(value, dict) else value

    return remove


def _with_schemas(chat: ChatPort, change: Callable[[JsonValue], JsonValue]) -> ChatPort:
    """Wrap *chat* so that the schemas of tools and output are changed."""

    def change_schemas(request: ChatRequest) -> ChatRequest:
        tools = [attrs.evolve(tool, parameters=_changed_object(tool.parameters, change)) for tool in request.tools]
        output = request.output
        if isinstance(output, JsonSchemaOutput):
            output = attrs.evolve(output, schema=_changed_object(output.schema, change))
        return attrs.evolve(request, tools=tools, output=output)

    return Mutated(chat, on_request=change_schemas)


def _with_extra(chat: ChatPort, change: Callable[[JsonValue], JsonValue]) -> ChatPort:
    return with_settings(chat, lambda settings: attrs.evolve(settings, extra=_changed_object(settings.extra, change)))


def _with_tools(chat: ChatPort, change: Callable[[Sequence[Tool]], Sequence[Tool]]) -> ChatPort:
    return Mutated(chat, on_request=lambda request: attrs.evolve(request, tools=change(request.tools)))


def _with_history(chat: ChatPort, change: Callable[[Sequence[Message]], Sequence[Message]]) -> ChatPort:
    return Mutated(chat, on_request=lambda request: attrs.evolve(request, messages=change(request.messages)))


def _with_calls(chat: ChatPort, change: Callable[[ToolCall], ToolCall]) -> ChatPort:
    def change_calls(message: Message) -> Message:
        if not isinstance(message, AssistantMessage):
            return message
        return attrs.evolve(message, tool_calls=[change(call) for call in message.tool_calls])

    return with_messages(chat, change_calls)


def _with_arguments(chat: ChatPort, change: Callable[[JsonValue], JsonValue]) -> ChatPort:
    return _with_calls(
        chat,
        lambda call: attrs.evolve(call, arguments=_changed_object(call.arguments, change), arguments_text=None),
    )


def _with_texts(chat: ChatPort, change: Callable[[str], str]) -> ChatPort:
    """Wrap *chat* so that the text of every message is changed."""

    def change_text(message: Message) -> Message:
        match message:
            case SystemMessage(content) | AssistantMessage(content):
                return attrs.evolve(message, content=change(content))
            case UserMessage(str(text)) | ToolMessage(str(text)):
                return attrs.evolve(message, content=change(text))
            case UserMessage():
                parts = [TextPart(change(part.text)) if isinstance(part, TextPart) else part for part in message.parts]
                return UserMessage(parts)
            case _:
                return message

    return with_messages(chat, change_text)


@in_memory(ARRIVES, shows="messages: expected 8 items, seen 4", name="repeated messages")
def sends_identical_consecutive_messages_once(chat: ChatPort) -> ChatPort:
    return _with_history(chat, lambda messages: [message for message, _ in groupby(messages)])


@in_memory(ARRIVES, shows="messages: expected 7 items, seen 2", name="repeated turns")
def sends_equal_messages_once(chat: ChatPort) -> ChatPort:
    return _with_history(
        chat, lambda messages: [one for index, one in enumerate(messages) if one not in messages[:index]]
    )


@in_memory(ARRIVES, shows="messages: expected 3 items, seen 2", name="empty system message")
def drops_empty_system_messages(chat: ChatPort) -> ChatPort:
    return _with_history(chat, lambda messages: [one for one in messages if one != SystemMessage("")])


@in_memory(ARRIVES, shows="messages: expected 3 items, seen 1", name="empty messages")
def drops_messages_without_content(chat: ChatPort) -> ChatPort:
    def drop(messages: Sequence[Message]) -> Sequence[Message]:
        return [one for one in messages if one.content or not isinstance(one, UserMessage | AssistantMessage)]

    return _with_history(chat, drop)


@in_memory(ARRIVES, shows="messages: expected 300 items, seen 100", name="many messages")
def sends_the_last_hundred_messages(chat: ChatPort) -> ChatPort:
    return _with_history(chat, lambda messages: messages[-100:])


@in_memory(ARRIVES, shows="messages[0].content: from character 65524", name="long texts")
def cuts_texts_at_65536_characters(chat: ChatPort) -> ChatPort:
    return _with_texts(chat, lambda text: text[:65_536])


@in_memory(ARRIVES, shows="messages[0].content[0].text: from character 65524", name="long parts")
def cuts_text_parts_at_65536_characters(chat: ChatPort) -> ChatPort:
    return _with_texts(chat, lambda text: text[:65_536])


@in_memory(ARRIVES, shows="messages[2].content: from character 49988", name="long result")
def cuts_tool_results_at_50000_characters(chat: ChatPort) -> ChatPort:
    def cut(message: Message) -> Message:
        if isinstance(message, ToolMessage) and isinstance(message.content, str):
            return attrs.evolve(message, content=message.content[:50_000])
        return message

    return with_messages(chat, cut)


@in_memory(ARRIVES, shows="expected 'e\u0301", name="odd texts")
def normalises_unicode(chat: ChatPort) -> ChatPort:
    return _with_texts(chat, lambda text: unicodedata.normalize("NFC", text))


@in_memory(ARRIVES, shows="expected '\\ufeffA byte", name="odd texts")
def removes_byte_order_marks(chat: ChatPort) -> ChatPort:
    return _with_texts(chat, lambda text: text.replace("\ufeff", ""))


@in_memory(ARRIVES, shows=r"expected '\x00\x07\x1b[31m', seen '[31m'", name="odd texts")
def removes_control_characters(chat: ChatPort) -> ChatPort:
    return _with_texts(chat, lambda text: re.sub("[\x00-\x08\x0e-\x1f]", "", text))


@in_memory(
    ARRIVES, shows="tools[0].parameters.title: expected 'Everything', seen nothing", name="tool schema: keywords"
)
def drops_titles_from_schemas(chat: ChatPort) -> ChatPort:
    return _with_schemas(chat, _without("title"))


@in_memory(ARRIVES, shows="output.schema.properties.default_false.default: expected", name="output schema: keywords")
def drops_false_defaults_from_schemas(chat: ChatPort) -> ChatPort:
    def drop(value: JsonValue) -> JsonValue:
        is_false = isinstance(value, dict) and value.get("default") is False
        return _without("default")(value) if is_false else value

    return _with_schemas(chat, drop)


@in_memory(ARRIVES, shows="properties.titled.default: expected 'Oslo', seen nothing", name="tool schema: keywords")
def drops_defaults_from_schemas(chat: ChatPort) -> ChatPort:
    return _with_schemas(chat, _without("default"))


@in_memory(ARRIVES, shows="properties.when.format: expected 'date-time', seen nothing", name="output schema: keywords")
def drops_formats_from_schemas(chat: ChatPort) -> ChatPort:
    return _with_schemas(chat, _without("format"))


@in_memory(ARRIVES, shows="parameters.properties.old.x-order: expected 3, seen nothing", name="tool schema: keywords")
def drops_unknown_keywords_from_schemas(chat: ChatPort) -> ChatPort:
    return _with_schemas(chat, _without("x-order"))


@in_memory(ARRIVES, shows="properties.place.description: expected", name="tool schema: keywords")
def drops_what_stands_beside_a_reference(chat: ChatPort) -> ChatPort:
    def drop(value: JsonValue) -> JsonValue:
        return {"$ref": value["$ref"]} if isinstance(value, dict) and isinstance(value.get("$ref"), str) else value

    return _with_schemas(chat, drop)


@in_memory(ARRIVES, shows="parameters.properties.choice.enum[0]: expected 'b', seen ''", name="tool schema: keywords")
def sorts_enums(chat: ChatPort) -> ChatPort:
    def order(value: JsonValue) -> JsonValue:
        match value:
            case {"type": "string", "enum": list(names)} if isinstance(value, dict):
                return {**value, "enum": sorted(names, key=str)}
            case _:
                return value

    return _with_schemas(chat, order)


@in_memory(ARRIVES, shows="properties.title: expected", name="tool schema: keywords as names, nested")
def drops_properties_named_title(chat: ChatPort) -> ChatPort:
    def drop(value: JsonValue) -> JsonValue:
        match value:
            case {"properties": dict(properties)} if isinstance(value, dict):
                return {**value, "properties": _without("title")(properties)}
            case _:
                return value

    return _with_schemas(chat, drop)


@in_memory(ARRIVES, shows="schema.properties.default: expected", name="output schema: keywords as names")
def drops_properties_named_like_a_keyword(chat: ChatPort) -> ChatPort:
    return _with_schemas(chat, _without("default", "format"))


@in_memory(ARRIVES, shows="tools[0].description: from character 1012", name="long descriptions")
def cuts_descriptions_at_1024_characters(chat: ChatPort) -> ChatPort:
    return _with_tools(chat, lambda tools: [attrs.evolve(tool, description=tool.description[:1_024]) for tool in tools])


@in_memory(ARRIVES, shows="tools[1].description: from character 0, expected ' 000000", name="long descriptions")
def strips_descriptions(chat: ChatPort) -> ChatPort:
    return _with_tools(chat, lambda tools: [attrs.evolve(tool, description=tool.description.strip()) for tool in tools])


@in_memory(ARRIVES, shows="tools: expected 3 items, seen 1", name="same descriptions")
def offers_tools_of_one_description_once(chat: ChatPort) -> ChatPort:
    return _with_tools(chat, lambda tools: [*{tool.description: tool for tool in reversed(tools)}.values()][::-1])


@in_memory(ARRIVES, shows="tools[0].description: expected '', seen 'book'", name="empty description")
def describes_a_tool_by_its_name(chat: ChatPort) -> ChatPort:
    return _with_tools(
        chat, lambda tools: [attrs.evolve(tool, description=tool.description or tool.name) for tool in tools]
    )


@in_memory(ARRIVES, shows="tools: expected 100 items, seen 64", name="many tools")
def offers_the_first_64_tools(chat: ChatPort) -> ChatPort:
    return _with_tools(chat, lambda tools: tools[:64])


@in_memory(ARRIVES, shows="tools[1].name: expected 'Get-Weather', seen 'Get_Weather'", name="odd names")
def replaces_hyphens_in_names(chat: ChatPort) -> ChatPort:
    return _with_tools(chat, lambda tools: [attrs.evolve(tool, name=tool.name.replace("-", "_")) for tool in tools])


def _with_ids(chat: ChatPort, change: Callable[[str], str]) -> ChatPort:
    def change_ids(message: Message) -> Message:
        match message:
            case AssistantMessage():
                calls = [attrs.evolve(call, id=change(call.id)) for call in message.tool_calls]
                return attrs.evolve(message, tool_calls=calls)
            case ToolMessage():
                return attrs.evolve(message, tool_call_id=change(message.tool_call_id))
            case _:
                return message

    return with_messages(chat, change_ids)


@in_memory(ARRIVES, shows="messages[1].tool_calls[0].id: from character", name="long ids")
def cuts_ids_at_40_characters(chat: ChatPort) -> ChatPort:
    return _with_ids(chat, lambda id: id[:40])


@in_memory(ARRIVES, shows="messages[1].tool_calls[0].id: from character", name="long ids")
def cuts_ids_at_64_characters(chat: ChatPort) -> ChatPort:
    return _with_ids(chat, lambda id: id[:64])


@in_memory(ARRIVES, shows="tool_calls[4].id: expected 'functions.get_weather:0'", name="ids of providers")
def removes_colons_from_ids(chat: ChatPort) -> ChatPort:
    return _with_ids(chat, lambda id: id.replace(":", "_"))


@in_memory(ARRIVES, shows="messages[1].tool_calls: expected 3 items, seen 1", name="equal calls")
def sends_equal_calls_once(chat: ChatPort) -> ChatPort:
    def once(message: Message) -> Message:
        if not isinstance(message, AssistantMessage):
            return message
        return attrs.evolve(message, tool_calls=[*{call.arguments_json: call for call in message.tool_calls}.values()])

    def keep_results(request: ChatRequest) -> ChatRequest:
        messages = [once(message) for message in request.messages]
        kept = {call.id for one in messages if isinstance(one, AssistantMessage) for call in one.all_tool_calls}
        return attrs.evolve(
            request,
            messages=[one for one in messages if not isinstance(one, ToolMessage) or one.tool_call_id in kept],
        )

    return Mutated(chat, on_request=keep_results)


@in_memory(ARRIVES, shows="tool_calls[0].arguments.a: expected None, seen nothing", name="arguments: nulls")
def drops_nulls_from_arguments(chat: ChatPort) -> ChatPort:
    return _with_arguments(chat, _without_nulls)


@in_memory(ARRIVES, shows="arguments: the keys stand in another order", name="arguments: order")
def sorts_the_keys_of_arguments(chat: ChatPort) -> ChatPort:
    return _with_arguments(chat, lambda value: dict(sorted(value.items())) if isinstance(value, dict) else value)


@in_memory(ARRIVES, shows="arguments.texts[2]: expected 'e", name="arguments: texts")
def escapes_the_texts_of_arguments_twice(chat: ChatPort) -> ChatPort:
    def escape(value: JsonValue) -> JsonValue:
        return (
            re.sub("[^\x00-\x7f]", lambda found: f"\\u{ord(found[0]):04x}", value) if isinstance(value, str) else value
        )

    return _with_arguments(chat, escape)


@in_memory(ARRIVES, shows="tool_calls[1].arguments_text: expected", name="text of arguments")
def writes_numbers_of_arguments_anew(chat: ChatPort) -> ChatPort:
    return _with_calls(chat, lambda call: attrs.evolve(call, arguments_text=None) if "n" in call.arguments else call)


@in_memory(ARRIVES, shows="content: expected 'Error: not one', seen 'not one'", name="odd results")
def removes_the_error_prefix_of_results(chat: ChatPort) -> ChatPort:
    return _with_texts(chat, lambda text: text.removeprefix("Error: "))


@in_memory(ARRIVES, shows="messages[2].content: expected 'Error: ', seen 'Error: failed'", name="empty failed result")
def replaces_an_empty_failed_result(chat: ChatPort) -> ChatPort:
    def replace(message: Message) -> Message:
        is_empty = isinstance(message, ToolMessage) and message.is_error and not message.content
        return attrs.evolve(message, content="failed") if is_empty else message

    return with_messages(chat, replace)


@in_memory(ARRIVES, shows="invalid_tool_calls[4].arguments_text: expected", name="invalid calls")
def repairs_the_quotes_of_invalid_calls(chat: ChatPort) -> ChatPort:
    def repair(message: Message) -> Message:
        if not isinstance(message, AssistantMessage):
            return message
        invalid = [
            attrs.evolve(call, arguments_text=call.arguments_text.replace("'", '"'))
            for call in message.invalid_tool_calls
        ]
        return attrs.evolve(message, invalid_tool_calls=invalid)

    return with_messages(chat, repair)


def _without_nulls(value: JsonValue) -> JsonValue:
    return {key: item for key, item in value.items() if item is not None} if isinstance(value, dict) else value


@in_memory(ARRIVES, shows="settings.extra.service_note: expected None, seen nothing", name="extra: null")
def drops_null_from_extra(chat: ChatPort) -> ChatPort:
    return with_settings(chat, lambda settings: attrs.evolve(settings, extra=_object_without_nulls(settings.extra)))


def _object_without_nulls(value: Json) -> Json:
    return {key: item for key, item in value.items() if item is not None}


@in_memory(ARRIVES, shows="settings.extra.service_note.b.c: expected None, seen nothing", name="extra: nulls")
def drops_nested_nulls_from_extra(chat: ChatPort) -> ChatPort:
    return _with_extra(chat, _without_nulls)


@in_memory(ARRIVES, shows="settings.extra.service_note.a.list: expected [], seen nothing", name="extra: empty")
def drops_empty_lists_from_extra(chat: ChatPort) -> ChatPort:
    def drop(value: JsonValue) -> JsonValue:
        return {key: item for key, item in value.items() if item != []} if isinstance(value, dict) else value

    return _with_extra(chat, drop)


@in_memory(ARRIVES, shows="service_note.a: expected 0.30000000000000004, seen 0.3", name="extra: numbers")
def rounds_numbers_of_extra_to_six_digits(chat: ChatPort) -> ChatPort:
    return _with_extra(chat, lambda value: round(value, 6) if isinstance(value, float) else value)


@in_memory(ARRIVES, shows="service_note.c: expected 9007199254740993, seen 9007199254740992", name="extra: numbers")
def reads_integers_of_extra_as_floats(chat: ChatPort) -> ChatPort:
    return _with_extra(chat, lambda value: int(float(value)) if type(value) is int else value)


@in_memory(ARRIVES, shows="settings.extra.service_note.f: expected True, seen 1", name="extra: numbers")
def sends_true_as_one_in_extra(chat: ChatPort) -> ChatPort:
    return _with_extra(chat, lambda value: int(value) if isinstance(value, bool) else value)


@in_memory(ARRIVES, shows="service_note.e: expected 1.0, seen 1", name="extra: numbers")
def sends_whole_floats_as_integers_in_extra(chat: ChatPort) -> ChatPort:
    return _with_extra(chat, lambda value: int(value) if isinstance(value, float) and value.is_integer() else value)


@in_memory(ARRIVES, shows="settings.extra.X_a: expected 4, seen nothing", name="extra: odd keys")
def lowers_the_keys_of_extra(chat: ChatPort) -> ChatPort:
    def lower(value: JsonValue) -> JsonValue:
        return {key.lower(): item for key, item in value.items()} if isinstance(value, dict) else value

    return _with_extra(chat, lower)


@in_memory(
    ARRIVES, shows="temperature: expected 0.30000000000000004, seen 0.3", name="temperature: 0.30000000000000004"
)
def rounds_the_temperature(chat: ChatPort) -> ChatPort:
    def round_it(settings: ChatSettings) -> ChatSettings:
        temperature = settings.temperature
        return attrs.evolve(settings, temperature=None if temperature is None else round(temperature, 6))

    return with_settings(chat, round_it)


@in_memory(
    ARRIVES, shows="settings.seed: expected 9007199254740993, seen 9007199254740992", name="seed: 9007199254740993"
)
def sends_the_seed_as_a_float(chat: ChatPort) -> ChatPort:
    def as_float(settings: ChatSettings) -> ChatSettings:
        return attrs.evolve(settings, seed=None if settings.seed is None else int(float(settings.seed)))

    return with_settings(chat, as_float)


@in_memory(ARRIVES, shows="settings.stop[1]: expected ' END', seen 'END'", name="stops")
def strips_spaces_from_stop_sequences(chat: ChatPort) -> ChatPort:
    return with_settings(
        chat, lambda settings: attrs.evolve(settings, stop=[stop.strip(" ") for stop in settings.stop])
    )


@in_memory("law.foreign-history-arrives", shows="messages[1].reasoning: expected")
def drops_the_reasoning_of_earlier_answers(chat: ChatPort) -> ChatPort:
    def drop(message: Message) -> Message:
        return attrs.evolve(message, reasoning=()) if isinstance(message, AssistantMessage) else message

    return with_messages(chat, drop)


@in_memory("law.foreign-history-arrives", shows="messages[1].tool_calls: expected")
def drops_calls_of_other_providers(chat: ChatPort) -> ChatPort:
    def drop(request: ChatRequest) -> ChatRequest:
        messages = [
            attrs.evolve(one, tool_calls=[call for call in one.tool_calls if not call.provider_data])
            if isinstance(one, AssistantMessage)
            else one
            for one in request.messages
        ]
        kept = {call.id for one in messages if isinstance(one, AssistantMessage) for call in one.all_tool_calls}
        return attrs.evolve(
            request,
            messages=[one for one in messages if not isinstance(one, ToolMessage) or one.tool_call_id in kept],
        )

    return Mutated(chat, on_request=drop)


@in_memory("law.answer-goes-back", shows="messages[1].content: ")
def strips_earlier_answers(chat: ChatPort) -> ChatPort:
    def strip(message: Message) -> Message:
        if isinstance(message, AssistantMessage):
            return attrs.evolve(message, content=message.content.strip())
        return message

    return with_messages(chat, strip)


@in_memory("request.together", shows="settings.temperature: expected nothing, seen 0.25", what="settings")
def names_a_setting_as_ignored_that_it_sends(chat: ChatPort) -> ChatPort:
    def name_it(response: ChatResponse) -> ChatResponse:
        return attrs.evolve(response, ignored_settings=("temperature",))

    return Mutated(chat, on_response=name_it)


@in_memory("law.request-arrives", shows="ignored_settings names what the request does not set: ['seed']")
def names_a_setting_as_ignored_that_is_not_set(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_response=lambda response: attrs.evolve(response, ignored_settings=("seed",)))


@in_memory("law.request-arrives", shows="were refused: see Capabilities")
def refuses_most_requests(chat: ChatPort) -> ChatPort:
    def refuse(request: ChatRequest) -> ChatRequest:
        if len(request.messages) > 1 or request.tools or request.settings != ChatSettings():
            raise UnsupportedFeatureError
        return request

    return Mutated(chat, on_request=refuse)
