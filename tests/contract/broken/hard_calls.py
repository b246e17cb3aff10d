"""Broken adapters that send tame tool calls and results whole, and lose odd, long, precise or equal ones."""

import re

import attrs

from llm_core import (
    AssistantMessage,
    ChatPort,
    ChatRequest,
    Message,
    ToolMessage,
)
from llm_core.domain.json_values import JsonValue

from .changing_values import ARRIVES, with_arguments, with_calls, with_ids, with_texts, without_nulls
from .mutating import Mutated, in_memory, with_messages


@in_memory(ARRIVES, shows="messages[2].content: from character 49988", name="long result")
def cuts_tool_results_at_50000_characters(chat: ChatPort) -> ChatPort:
    def cut(message: Message) -> Message:
        if isinstance(message, ToolMessage) and isinstance(message.content, str):
            return attrs.evolve(message, content=message.content[:50_000])
        return message

    return with_messages(chat, cut)


@in_memory(ARRIVES, shows="messages[1].tool_calls[0].id: from character", name="long ids")
def cuts_ids_at_40_characters(chat: ChatPort) -> ChatPort:
    return with_ids(chat, lambda id: id[:40])


@in_memory(ARRIVES, shows="messages[1].tool_calls[0].id: from character", name="long ids")
def cuts_ids_at_64_characters(chat: ChatPort) -> ChatPort:
    return with_ids(chat, lambda id: id[:64])


@in_memory(ARRIVES, shows="messages[1].tool_calls[0].name: from character 52", name="call of a too long name")
def cuts_names_of_calls_at_64_characters(chat: ChatPort) -> ChatPort:
    return with_calls(chat, lambda call: attrs.evolve(call, name=call.name[:64]))


@in_memory(ARRIVES, shows="tool_calls[4].id: expected 'functions.get_weather:0'", name="ids of providers")
def removes_colons_from_ids(chat: ChatPort) -> ChatPort:
    return with_ids(chat, lambda id: id.replace(":", "_"))


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
    return with_arguments(chat, without_nulls)


@in_memory(ARRIVES, shows="arguments: the keys stand in another order", name="arguments: order")
def sorts_the_keys_of_nested_arguments(chat: ChatPort) -> ChatPort:
    return with_arguments(chat, lambda value: dict(sorted(value.items())) if isinstance(value, dict) else value)


@in_memory(ARRIVES, shows="arguments.texts[2]: expected 'e", name="arguments: texts")
def escapes_the_texts_of_arguments_twice(chat: ChatPort) -> ChatPort:
    def escape(value: JsonValue) -> JsonValue:
        return (
            re.sub("[^\x00-\x7f]", lambda found: f"\\u{ord(found[0]):04x}", value) if isinstance(value, str) else value
        )

    return with_arguments(chat, escape)


@in_memory(ARRIVES, shows="tool_calls[1].arguments_text: expected", name="text of arguments")
def writes_numbers_of_arguments_anew(chat: ChatPort) -> ChatPort:
    return with_calls(chat, lambda call: attrs.evolve(call, arguments_text=None) if "n" in call.arguments else call)


@in_memory(ARRIVES, shows="content: expected 'Error: not one', seen 'not one'", name="odd results")
def removes_the_error_prefix_of_results(chat: ChatPort) -> ChatPort:
    return with_texts(chat, lambda text: text.removeprefix("Error: "))


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
