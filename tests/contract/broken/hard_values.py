"""Broken adapters that send tame messages and tools whole, and lose those that are long, empty, repeated or odd."""

import re
import unicodedata
from collections.abc import Sequence
from itertools import groupby

import attrs

from llm_core import (
    AssistantMessage,
    ChatPort,
    ChatRequest,
    Message,
    SystemMessage,
    ToolMessage,
    UserMessage,
)

from .changing_values import ARRIVES, with_history, with_texts, with_tools
from .mutating import Mutated, in_memory, with_messages, with_settings


@in_memory(ARRIVES, shows="messages: expected 8 items, seen 4", name="repeated messages")
def sends_identical_consecutive_messages_once(chat: ChatPort) -> ChatPort:
    return with_history(chat, lambda messages: [message for message, _ in groupby(messages)])


@in_memory(ARRIVES, shows="messages: expected 7 items, seen 2", name="repeated turns")
def sends_equal_messages_once(chat: ChatPort) -> ChatPort:
    return with_history(
        chat, lambda messages: [one for index, one in enumerate(messages) if one not in messages[:index]]
    )


@in_memory(ARRIVES, shows="messages: expected 3 items, seen 2", name="empty system message")
def drops_empty_system_messages(chat: ChatPort) -> ChatPort:
    return with_history(chat, lambda messages: [one for one in messages if one != SystemMessage("")])


@in_memory(ARRIVES, shows="messages: expected 3 items, seen 1", name="empty messages")
def drops_messages_without_content(chat: ChatPort) -> ChatPort:
    def drop(messages: Sequence[Message]) -> Sequence[Message]:
        return [one for one in messages if one.content or not isinstance(one, UserMessage | AssistantMessage)]

    return with_history(chat, drop)


@in_memory(ARRIVES, shows="messages: expected 300 items, seen 100", name="many messages")
def sends_the_last_hundred_messages(chat: ChatPort) -> ChatPort:
    return with_history(chat, lambda messages: messages[-100:])


@in_memory(ARRIVES, shows="messages[0].content: from character 65524", name="long texts")
def cuts_texts_at_65536_characters(chat: ChatPort) -> ChatPort:
    return with_texts(chat, lambda text: text[:65_536])


@in_memory(ARRIVES, shows="messages[0].content[0].text: from character 65524", name="long parts")
def cuts_text_parts_at_65536_characters(chat: ChatPort) -> ChatPort:
    return with_texts(chat, lambda text: text[:65_536])


@in_memory(ARRIVES, shows="expected 'e\u0301", name="odd texts")
def normalises_unicode(chat: ChatPort) -> ChatPort:
    return with_texts(chat, lambda text: unicodedata.normalize("NFC", text))


@in_memory(ARRIVES, shows="expected '\\ufeffA byte", name="odd texts")
def removes_byte_order_marks(chat: ChatPort) -> ChatPort:
    return with_texts(chat, lambda text: text.replace("\ufeff", ""))


@in_memory(ARRIVES, shows=r"expected '\x00\x07\x1b[31m', seen '[31m'", name="odd texts")
def removes_control_characters(chat: ChatPort) -> ChatPort:
    return with_texts(chat, lambda text: re.sub("[\x00-\x08\x0e-\x1f]", "", text))


@in_memory(ARRIVES, shows="tools[0].description: from character 1012", name="long descriptions")
def cuts_descriptions_at_1024_characters(chat: ChatPort) -> ChatPort:
    return with_tools(chat, lambda tools: [attrs.evolve(tool, description=tool.description[:1_024]) for tool in tools])


@in_memory(ARRIVES, shows="tools[1].description: from character 0, expected ' 000000", name="long descriptions")
def strips_descriptions(chat: ChatPort) -> ChatPort:
    return with_tools(chat, lambda tools: [attrs.evolve(tool, description=tool.description.strip()) for tool in tools])


@in_memory(ARRIVES, shows="tools: expected 3 items, seen 1", name="same descriptions")
def offers_tools_of_one_description_once(chat: ChatPort) -> ChatPort:
    return with_tools(chat, lambda tools: [*{tool.description: tool for tool in reversed(tools)}.values()][::-1])


@in_memory(ARRIVES, shows="tools[0].description: expected '', seen 'book'", name="empty description")
def describes_a_tool_by_its_name(chat: ChatPort) -> ChatPort:
    return with_tools(
        chat, lambda tools: [attrs.evolve(tool, description=tool.description or tool.name) for tool in tools]
    )


@in_memory(ARRIVES, shows="tools[0].name: from character 52", name="too long names")
def cuts_names_of_tools_at_64_characters(chat: ChatPort) -> ChatPort:
    return with_tools(chat, lambda tools: [attrs.evolve(tool, name=tool.name[:64]) for tool in tools])


@in_memory(ARRIVES, shows="tools: expected 150 items, seen 64", name="many tools")
def offers_the_first_64_tools(chat: ChatPort) -> ChatPort:
    return with_tools(chat, lambda tools: tools[:64])


@in_memory(ARRIVES, shows="tools: expected 150 items, seen 128", name="many tools")
def offers_the_first_128_tools(chat: ChatPort) -> ChatPort:
    return with_tools(chat, lambda tools: tools[:128])


@in_memory(ARRIVES, shows="settings.stop: expected 150 items, seen 16", name="many stops")
def sends_the_first_16_stop_sequences(chat: ChatPort) -> ChatPort:
    return with_settings(chat, lambda settings: attrs.evolve(settings, stop=settings.stop[:16]))


@in_memory(ARRIVES, shows="messages[0].content: expected 150 items, seen 100", name="many parts")
def sends_the_first_100_parts_of_a_message(chat: ChatPort) -> ChatPort:
    def cut(message: Message) -> Message:
        return UserMessage(message.parts[:100]) if isinstance(message, UserMessage) and message.parts[1:] else message

    return with_messages(chat, cut)


@in_memory(ARRIVES, shows="messages[1].tool_calls: expected 150 items, seen 128", name="many calls")
def sends_the_last_results_and_their_calls(chat: ChatPort) -> ChatPort:
    def cut(request: ChatRequest) -> ChatRequest:
        kept = [one for one in request.messages if isinstance(one, ToolMessage)][-128:]
        ids = {one.tool_call_id for one in kept}
        messages = [
            attrs.evolve(one, tool_calls=[call for call in one.tool_calls if call.id in ids])
            if isinstance(one, AssistantMessage)
            else one
            for one in request.messages
            if not isinstance(one, ToolMessage) or one in kept
        ]
        return attrs.evolve(request, messages=messages)

    return Mutated(chat, on_request=cut)


@in_memory(ARRIVES, shows="tools[1].name: expected 'Get-Weather', seen 'Get_Weather'", name="odd names")
def replaces_hyphens_in_names(chat: ChatPort) -> ChatPort:
    return with_tools(chat, lambda tools: [attrs.evolve(tool, name=tool.name.replace("-", "_")) for tool in tools])
