"""`LiteLLMChat`; the variant is the lane."""

import json
from collections.abc import Awaitable, Callable
from typing import Literal, cast

from benchmarks.measuring.asking import KEY, MODEL, Ask, Fields
from llm_core import (
    AssistantMessage,
    ChatRequest,
    ChatResponse,
    Message,
    SystemMessage,
    TextDelta,
    Tool,
    ToolCall,
    ToolCallDelta,
    ToolMessage,
    UserMessage,
)
from llm_core.adapters.litellm import LiteLLMChat

_MODELS = {
    "openai": (f"openai/{MODEL}", "/v1"),
    "anthropic": ("anthropic/claude-sonnet-4-5", ""),
    "gemini": ("gemini/gemini-2.5-flash", "/v1beta"),
}


def complete(ask: Ask) -> Callable[[], str]:
    """Return a call: a request is made of the messages at hand, and asked."""
    chat, messages, tools = _given(ask)
    return lambda: _told(chat.complete(ChatRequest(messages=messages, tools=tools)), ask)


def acomplete(ask: Ask) -> Callable[[], Awaitable[str]]:
    """Return a call, as above."""
    chat, messages, tools = _given(ask)

    async def call() -> str:
        return _told(await chat.acomplete(ChatRequest(messages=messages, tools=tools)), ask)

    return call


def stream(ask: Ask) -> Callable[[], str]:
    """Return a call that takes the deltas as they come."""
    chat, messages, tools = _given(ask)
    wanted = ToolCallDelta if ask.with_arguments else TextDelta

    def call() -> str:
        with chat.stream(ChatRequest(messages=messages, tools=tools)) as events:
            return "".join([_piece(event) for event in events if isinstance(event, wanted)])

    return call


def astream(ask: Ask) -> Callable[[], Awaitable[str]]:
    """Return a call that takes the deltas as they come."""
    chat, messages, tools = _given(ask)
    wanted = ToolCallDelta if ask.with_arguments else TextDelta

    async def call() -> str:
        async with chat.astream(ChatRequest(messages=messages, tools=tools)) as events:
            return "".join([_piece(event) async for event in events if isinstance(event, wanted)])

    return call


def _given(ask: Ask) -> tuple[LiteLLMChat, list[Message], list[Tool]]:
    model, base = _MODELS[ask.dialect]
    lane = cast(Literal["direct", "call"], ask.variant)
    chat = LiteLLMChat(model, api_key=KEY, api_base=ask.url + base, lane=lane)
    return chat, [_message(told) for told in ask.messages], [_tool(told) for told in ask.tools]


def _piece(event: TextDelta | ToolCallDelta) -> str:
    return event.text if isinstance(event, TextDelta) else event.arguments_text


def _told(response: ChatResponse, ask: Ask) -> str:
    return str(response.tool_calls[0].arguments_text) if ask.with_arguments else response.text


def _message(told: Fields) -> Message:
    content = str(told["content"])
    match told["role"]:
        case "system":
            return SystemMessage(content)
        case "user":
            return UserMessage(content)
        case "tool":
            return ToolMessage(content, tool_call_id=str(told["tool_call_id"]))
        case _:
            calls = cast(list[Fields], told.get("tool_calls", []))
            return AssistantMessage(content, tool_calls=[_call(call) for call in calls])


def _call(told: Fields) -> ToolCall:
    function = cast(dict[str, str], told["function"])
    text = function["arguments"]
    return ToolCall(id=str(told["id"]), name=function["name"], arguments=json.loads(text), arguments_text=text)


def _tool(told: Fields) -> Tool:
    function = cast(Fields, told["function"])
    parameters = cast(Fields, function["parameters"])
    return Tool(name=str(function["name"]), description=str(function["description"]), parameters=parameters)
