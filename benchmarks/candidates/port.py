"""Our adapters; the variant is ``direct`` for `DirectChat`, ``call`` for the call lane of `LiteLLMChat`."""

import json
from collections.abc import Awaitable, Callable
from typing import cast

from benchmarks.measuring.workload import KEY, MODEL, CallSpec, Fields
from llm_core import (
    AssistantMessage,
    ChatPort,
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

_MODELS = {
    "openai": (f"openai/{MODEL}", "/v1"),
    "responses": ("openai/responses/gpt-5.4", "/v1"),
    "anthropic": ("anthropic/claude-sonnet-4-5", ""),
    "gemini": ("gemini/gemini-2.5-flash", "/v1beta"),
}


def complete(spec: CallSpec) -> Callable[[], str]:
    """Return a call that builds a request from prepared messages and sends it."""
    chat, messages, tools = prepared(spec)
    return lambda: _text_of(chat.complete(ChatRequest(messages=messages, tools=tools())), spec)


def acomplete(spec: CallSpec) -> Callable[[], Awaitable[str]]:
    """Return a call, as above."""
    chat, messages, tools = prepared(spec)

    async def call() -> str:
        return _text_of(await chat.acomplete(ChatRequest(messages=messages, tools=tools())), spec)

    return call


def stream(spec: CallSpec) -> Callable[[], str]:
    """Return a call that takes the deltas as they come."""
    chat, messages, tools = prepared(spec)
    wanted = ToolCallDelta if spec.with_arguments else TextDelta

    def call() -> str:
        with chat.stream(ChatRequest(messages=messages, tools=tools())) as events:
            return "".join([_delta_text(event) for event in events if isinstance(event, wanted)])

    return call


def astream(spec: CallSpec) -> Callable[[], Awaitable[str]]:
    """Return a call that takes the deltas as they come."""
    chat, messages, tools = prepared(spec)
    wanted = ToolCallDelta if spec.with_arguments else TextDelta

    async def call() -> str:
        async with chat.astream(ChatRequest(messages=messages, tools=tools())) as events:
            return "".join([_delta_text(event) async for event in events if isinstance(event, wanted)])

    return call


def prepared(spec: CallSpec) -> tuple[ChatPort, list[Message], Callable[[], list[Tool]]]:
    """Return the chat, the messages, and a function that returns the tools: made once, or for each call."""
    made = [_tool(tool) for tool in spec.tools]
    tools = (lambda: [_tool(tool) for tool in spec.tools]) if spec.makes_tools else (lambda: made)
    return _chat(spec), [_message(message) for message in spec.messages], tools


def _chat(spec: CallSpec) -> ChatPort:
    model, base = _MODELS[spec.dialect]
    if spec.variant == "direct":
        from llm_core.adapters.direct import DirectChat

        return DirectChat(model, api_key=KEY, api_base=spec.url + base)
    from llm_core.adapters.litellm import LiteLLMChat

    return LiteLLMChat(model, api_key=KEY, api_base=spec.url + base, lane="call")


def _delta_text(event: TextDelta | ToolCallDelta) -> str:
    return event.text if isinstance(event, TextDelta) else event.arguments_text


def _text_of(response: ChatResponse, spec: CallSpec) -> str:
    return str(response.tool_calls[0].arguments_text) if spec.with_arguments else response.text


def _message(message: Fields) -> Message:
    content = str(message["content"])
    match message["role"]:
        case "system":
            return SystemMessage(content)
        case "user":
            return UserMessage(content)
        case "tool":
            return ToolMessage(content, tool_call_id=str(message["tool_call_id"]))
        case _:
            calls = cast(list[Fields], message.get("tool_calls", []))
            return AssistantMessage(content, tool_calls=[_call(call) for call in calls])


def _call(call: Fields) -> ToolCall:
    function = cast(dict[str, str], call["function"])
    text = function["arguments"]
    return ToolCall(id=str(call["id"]), name=function["name"], arguments=json.loads(text), arguments_text=text)


def _tool(tool: Fields) -> Tool:
    function = cast(Fields, tool["function"])
    parameters = cast(Fields, function["parameters"])
    return Tool(name=str(function["name"]), description=str(function["description"]), parameters=parameters)
