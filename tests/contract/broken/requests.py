"""Broken in what reaches the far side."""

from collections.abc import Callable
from typing import TypeAlias

import attrs

from llm_core import (
    AssistantMessage,
    ChatPort,
    ChatRequest,
    ImagePart,
    JsonOutput,
    Message,
    NamedTool,
    SystemMessage,
    TextPart,
    ToolCall,
    ToolMessage,
    UserMessage,
    from_async,
)
from llm_core.testing.clauses.requests import SCHEMA

from .bending import Bent, in_memory, over_http
from .plain_chat import PlainChat

Change: TypeAlias = Callable[[Message], Message]


def _each(chat: ChatPort, change: Change) -> ChatPort:
    """Return *chat*, asked with every message changed."""
    return Bent(chat, asks=lambda request: attrs.evolve(request, messages=[change(one) for one in request.messages]))


@in_memory("request.messages-whole", shows="SystemMessage(content='You are terse.\\n') !=")
def drops_the_system_message(chat: ChatPort) -> ChatPort:
    return Bent(
        chat,
        asks=lambda request: attrs.evolve(
            request, messages=[one for one in request.messages if not isinstance(one, SystemMessage)]
        ),
    )


@in_memory("request.messages-whole", shows="SystemMessage(content='You are terse.\\n') !=")
def moves_the_system_message_to_the_end(chat: ChatPort) -> ChatPort:
    return Bent(
        chat,
        asks=lambda request: attrs.evolve(
            request, messages=sorted(request.messages, key=lambda one: isinstance(one, SystemMessage))
        ),
    )


@in_memory("request.messages-whole", shows="!= UserMessage(content='Thanks.')")
def drops_the_history(chat: ChatPort) -> ChatPort:
    return Bent(chat, asks=lambda request: attrs.evolve(request, messages=request.messages[-1:]))


@in_memory("request.messages-whole", shows="!= UserMessage(content='a \\t line")
def strips_white_space(chat: ChatPort) -> ChatPort:
    def strip(message: Message) -> Message:
        if isinstance(message, UserMessage) and isinstance(message.content, str):
            return UserMessage(message.content.strip())
        return message

    return _each(chat, strip)


@in_memory("request.messages-whole", shows="!= ToolMessage(content='rain'")
def strips_the_results_of_tools(chat: ChatPort) -> ChatPort:
    def strip(message: Message) -> Message:
        if isinstance(message, ToolMessage) and isinstance(message.content, str):
            return attrs.evolve(message, content=message.content.strip())
        return message

    return _each(chat, strip)


@in_memory("request.messages-whole", shows="At index 5 diff: AssistantMessage(content='Looking. '")
def drops_the_words_beside_a_call(chat: ChatPort) -> ChatPort:
    def silence(message: Message) -> Message:
        if isinstance(message, AssistantMessage) and message.tool_calls:
            return attrs.evolve(message, content="")
        return message

    return _each(chat, silence)


@in_memory("request.messages-whole", shows="!= UserMessage(content='first second ')")
def joins_parts_into_one_text(chat: ChatPort) -> ChatPort:
    def join(message: Message) -> Message:
        return UserMessage(message.text) if isinstance(message, UserMessage) else message

    return _each(chat, join)


@in_memory("request.messages-whole", shows="At index 3 diff: AssistantMessage")
def asks_in_ascii(chat: ChatPort) -> ChatPort:
    def plain(message: Message) -> Message:
        if isinstance(message, AssistantMessage):
            return attrs.evolve(message, content=message.content.encode("ascii", "replace").decode())
        return message

    return _each(chat, plain)


@in_memory("request.call-text-verbatim", shows='\'{"city": "Oslo"}\' != \'{"city" :  "Oslo"}\'')
def spaces_the_text_of_calls_anew(chat: ChatPort) -> ChatPort:
    def respace(message: Message) -> Message:
        if isinstance(message, AssistantMessage):
            return attrs.evolve(
                message, tool_calls=[attrs.evolve(one, arguments_text=None) for one in message.tool_calls]
            )
        return message

    return _each(chat, respace)


@in_memory("request.invalid-call-goes-back", shows='[] == [\'{"city": "Os\']')
def makes_a_valid_call_of_an_invalid_one(chat: ChatPort) -> ChatPort:
    def mend(message: Message) -> Message:
        if isinstance(message, AssistantMessage):
            mended = [ToolCall(id=one.id, name=one.name, arguments={}) for one in message.invalid_tool_calls]
            return attrs.evolve(message, tool_calls=[*message.tool_calls, *mended], invalid_tool_calls=[])
        return message

    return _each(chat, mend)


@in_memory("request.invalid-call-goes-back", shows="[False] == [True]")
def forgets_that_a_tool_failed(chat: ChatPort) -> ChatPort:
    def forget(message: Message) -> Message:
        return attrs.evolve(message, is_error=False) if isinstance(message, ToolMessage) else message

    return _each(chat, forget)


@in_memory("request.tools", shows="== ()")
def drops_the_tools(chat: ChatPort) -> ChatPort:
    return Bent(chat, asks=lambda request: attrs.evolve(request, tools=[]))


@in_memory("request.tools", shows="At index 0 diff: Tool(name='get_weather', description='The weather in a city.'")
def drops_the_descriptions_of_tools(chat: ChatPort) -> ChatPort:
    return Bent(
        chat,
        asks=lambda request: attrs.evolve(
            request, tools=[attrs.evolve(tool, description="") for tool in request.tools]
        ),
    )


@in_memory("request.tool-choice", shows="== 'auto'")
def ignores_the_tool_choice(chat: ChatPort) -> ChatPort:
    return Bent(chat, asks=lambda request: attrs.evolve(request, tool_choice="auto"))


@in_memory("request.tool-choice", shows="NamedTool(name='get_time') == 'required'", choice=NamedTool("get_time"))
def takes_a_named_tool_for_any(chat: ChatPort) -> ChatPort:
    def loosen(request: ChatRequest) -> ChatRequest:
        return attrs.evolve(request, tool_choice="required") if isinstance(request.tool_choice, NamedTool) else request

    return Bent(chat, asks=loosen)


@in_memory("request.output", shows="== None")
def ignores_the_output_format(chat: ChatPort) -> ChatPort:
    return Bent(chat, asks=lambda request: attrs.evolve(request, output=None))


@in_memory("request.output", shows="== JsonOutput()", output=SCHEMA)
def takes_a_schema_for_any_object(chat: ChatPort) -> ChatPort:
    return Bent(chat, asks=lambda request: attrs.evolve(request, output=request.output and JsonOutput()))


@in_memory("request.media", shows="!= UserMessage(content='Look:  What is it?')")
def keeps_the_words_of_a_message_alone(chat: ChatPort) -> ChatPort:
    def join(message: Message) -> Message:
        return UserMessage(message.text) if isinstance(message, UserMessage) else message

    return _each(chat, join)


@in_memory("request.media", shows="ImagePart(data=<36 bytes>", kind="image-bytes")
def sends_half_of_a_picture(chat: ChatPort) -> ChatPort:
    def halve(message: Message) -> Message:
        if not isinstance(message, UserMessage):
            return message
        return UserMessage([_half(part) if isinstance(part, ImagePart) else part for part in message.parts])

    return _each(chat, halve)


def _half(part: ImagePart) -> ImagePart:
    return attrs.evolve(part, data=part.data[: len(part.data) // 2]) if part.data else part


@in_memory("request.media", shows="!= UserMessage(content=(TextPart(text='Look: '), TextPart(")
def puts_pictures_after_the_words(chat: ChatPort) -> ChatPort:
    def sort(message: Message) -> Message:
        if not isinstance(message, UserMessage):
            return message
        return UserMessage(sorted(message.parts, key=lambda part: not isinstance(part, TextPart)))

    return _each(chat, sort)


@over_http("request.key", shows="True is False")
def forgets_the_key(chat: PlainChat) -> ChatPort:
    return from_async(attrs.evolve(chat, key="nobody"))
