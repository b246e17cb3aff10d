"""Broken in what reaches the far side."""

from collections.abc import Callable
from typing import TypeAlias

import attrs

from llm_core import (
    ChatPort,
    ChatRequest,
    ImagePart,
    JsonOutput,
    Message,
    NamedTool,
    TextPart,
    Tool,
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


def _offers(chat: ChatPort, change: Callable[[Tool], Tool]) -> ChatPort:
    """Return *chat*, asked with every tool changed."""
    return Bent(chat, asks=lambda request: attrs.evolve(request, tools=[change(tool) for tool in request.tools]))


@in_memory("request.tool-strict", shows="('get_rain', True) != ('get_rain', False)")
def drops_the_strictness_of_tools(chat: ChatPort) -> ChatPort:
    return _offers(chat, lambda tool: attrs.evolve(tool, strict=False))


@in_memory("request.tool-strict", shows="('get_storms', False) != ('get_storms', True)")
def makes_every_tool_strict(chat: ChatPort) -> ChatPort:
    return _offers(chat, lambda tool: attrs.evolve(tool, strict=True))


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
