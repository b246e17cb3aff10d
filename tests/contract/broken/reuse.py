"""Broken adapters that send what they encoded for an earlier request with the same names, ids or lengths."""

from collections.abc import Callable, Hashable
from typing import TypeVar

import attrs
import httpx

from llm_core import (
    AssistantMessage,
    ChatPort,
    ChatRequest,
    ImagePart,
    JsonSchemaOutput,
    Message,
    Tool,
    ToolMessage,
    UserMessage,
    from_async,
)

from .mutating import Mutated, in_memory, over_http, with_messages
from .plain_chat import PlainChat, make_client

Value = TypeVar("Value")


def _cached(key: Callable[[Value], Hashable]) -> Callable[[Value], Value]:
    """Return a function that answers with the first value of the same *key*."""
    kept: dict[Hashable, Value] = {}
    return lambda value: kept.setdefault(key(value), value)


def _with_tools(chat: ChatPort, key: Callable[[tuple[Tool, ...]], Hashable]) -> ChatPort:
    cached = _cached(key)
    return Mutated(chat, on_request=lambda request: attrs.evolve(request, tools=cached(request.tools)))


@in_memory("request.nothing-is-reused", shows="tools[0].parameters", part="tool")
def caches_tools_by_their_names(chat: ChatPort) -> ChatPort:
    return _with_tools(chat, lambda tools: tuple(tool.name for tool in tools))


@in_memory("request.nothing-is-reused", shows="tools[0].description", part="tool description", mode="astream")
def caches_tools_by_their_names_and_schemas(chat: ChatPort) -> ChatPort:
    return _with_tools(chat, lambda tools: tuple((tool.name, str(tool.parameters)) for tool in tools))


@in_memory("request.nothing-is-reused", shows="output.schema", part="output")
def caches_schemas_by_their_names(chat: ChatPort) -> ChatPort:
    cached: Callable[[JsonSchemaOutput], JsonSchemaOutput] = _cached(lambda output: output.name)

    def reuse(request: ChatRequest) -> ChatRequest:
        output = request.output
        return attrs.evolve(request, output=cached(output)) if isinstance(output, JsonSchemaOutput) else request

    return Mutated(chat, on_request=reuse)


def _with_cached_messages(chat: ChatPort, key: Callable[[Message], Hashable]) -> ChatPort:
    return with_messages(chat, _cached(key))


@in_memory("request.nothing-is-reused", shows="messages[0].content: expected 'Be ", part="system")
def caches_messages_by_their_lengths(chat: ChatPort) -> ChatPort:
    return _with_cached_messages(chat, lambda message: (type(message), len(str(message))))


@in_memory("request.nothing-is-reused", shows="messages[1].content: expected 'Be ", part="user")
def caches_user_messages_by_their_lengths(chat: ChatPort) -> ChatPort:
    return _with_cached_messages(
        chat, lambda message: len(message.text) if isinstance(message, UserMessage) else message
    )


@in_memory("request.nothing-is-reused", shows="messages[2].content", part="result")
def caches_results_by_their_call_ids(chat: ChatPort) -> ChatPort:
    return _with_cached_messages(
        chat, lambda message: message.tool_call_id if isinstance(message, ToolMessage) else str(message)
    )


@in_memory("request.nothing-is-reused", shows="messages[1].tool_calls[0].arguments", part="call")
def caches_calls_by_their_ids(chat: ChatPort) -> ChatPort:
    def key(message: Message) -> Hashable:
        calls = message.all_tool_calls if isinstance(message, AssistantMessage) else ()
        return tuple(call.id for call in calls) or str(message)

    return _with_cached_messages(chat, key)


@in_memory("request.nothing-is-reused", shows="messages[0].content", part="image")
def caches_images_by_their_sizes(chat: ChatPort) -> ChatPort:
    def key(message: Message) -> Hashable:
        parts = message.parts if isinstance(message, UserMessage) else ()
        return tuple(len(part.data or b"") for part in parts if isinstance(part, ImagePart)) or str(message)

    return _with_cached_messages(chat, key)


@over_http("request.no-cookie", shows="the cookie of an earlier answer was sent: __session=")
def keeps_the_cookies_of_answers(chat: PlainChat) -> ChatPort:
    cookies = httpx.Cookies()

    async def keep(response: httpx.Response) -> None:
        cookies.update(response.cookies)

    def new_client() -> httpx.AsyncClient:
        client = make_client()
        client.cookies, client.event_hooks = cookies, {"response": [keep]}
        return client

    return from_async(attrs.evolve(chat, new_client=new_client))
