"""Requests that our encoder writes for OpenAI's Responses API, as JSON bodies."""

import json
from collections.abc import Iterator

import attrs

from llm_core import (
    AssistantMessage,
    ChatError,
    ChatRequest,
    ChatSettings,
    ProviderData,
    ReasoningPart,
    Tool,
    ToolMessage,
    UnsupportedFeatureError,
    UserMessage,
)
from llm_core.domain.json_values import JsonObject, JsonValue
from llm_core.providers.accepted import accepted_settings, require_features
from llm_core.providers.openai import PROFILES
from llm_core.providers.rules.responses import responses_rules
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.anthropic_messages import ANTHROPIC_MESSAGES
from llm_core.wires.cohere_chat import COHERE_CHAT
from llm_core.wires.endpoint import Endpoint
from llm_core.wires.gemini import GEMINI
from llm_core.wires.ollama_chat import OLLAMA_CHAT
from llm_core.wires.openai_chat import OPENAI_CHAT
from llm_core.wires.openai_responses import OPENAI_RESPONSES

from ..recorded.exchanges import Exchange  # noqa: TID252 -- tests are no package

HOST = "api.openai.com"
_WIRES = {
    wire.name: wire for wire in (ANTHROPIC_MESSAGES, COHERE_CHAT, GEMINI, OLLAMA_CHAT, OPENAI_CHAT, OPENAI_RESPONSES)
}
LOOK = Tool(name="look", description="Looks.", parameters={"type": "object"})
ITEMS: tuple[JsonValue, ...] = (
    {
        "type": "reasoning",
        "id": "rs_1",
        "encrypted_content": "gAAA",
        "summary": [{"type": "summary_text", "text": "First"}, {"type": "summary_text", "text": "second"}],
    },
    {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "status": "completed",
        "phase": "commentary",
        "content": [{"type": "output_text", "text": "Looking", "annotations": []}],
    },
    {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search", "query": "rain"}},
    {
        "type": "reasoning",
        "id": "rs_2",
        "summary": [],
        "content": [{"type": "reasoning_text", "text": "Hm."}],
    },
    {
        "type": "function_call",
        "id": "fc_1",
        "call_id": "call_1",
        "name": "look",
        "arguments": '{"a" : 1}',
        "status": "completed",
    },
    {
        "type": "message",
        "id": "msg_2",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "refusal", "refusal": "No."}],
    },
)
"""Output items of one answer: what the API sends, and every item that is made anew when it goes back."""


def endpoint_of(model: str) -> Endpoint:
    """Return the endpoint of one of OpenAI's models."""
    profile, base_url = PROFILES["openai"], f"https://{HOST}/v1"
    rules = responses_rules(profile.rules(model, base_url))
    return Endpoint(provider="openai", model=model, base_url=base_url, rules=rules)


def body_of(request: ChatRequest, endpoint: Endpoint, *, stream: bool) -> JsonObject | None:
    """Return the body of *request*; None if the model or the wire cannot take it."""
    try:
        require_features(request, endpoint.rules)
        settings, _ = accepted_settings(request, request.settings, endpoint.rules)
        content = OPENAI_RESPONSES.encode(request, settings, endpoint, stream=stream).content
    except UnsupportedFeatureError:
        return None
    body: JsonObject = json.loads(content)
    return body


def histories_of_items() -> Iterator[tuple[str, ChatRequest]]:
    """Yield histories with `ITEMS`: as they came, edited, from another host, and with each item alone."""
    whole = _answer(ITEMS, HOST)
    yield "as they came", history_with(whole)
    yield "edited", history_with(attrs.evolve(whole, content="Edited."))
    yield "redacted", history_with(attrs.evolve(whole, reasoning=[ReasoningPart("Redacted.")]))
    yield "from another host", history_with(_answer(ITEMS, "elsewhere.test"))
    for index in range(len(ITEMS)):
        yield f"item {index} alone", history_with(_answer(ITEMS[index : index + 1], HOST))
        yield f"without item {index}", history_with(_answer(ITEMS[:index] + ITEMS[index + 1 :], HOST))


def history_with(message: AssistantMessage) -> ChatRequest:
    """Return a request that goes on after *message*, its calls answered."""
    results = [ToolMessage("done", tool_call_id=call.id) for call in message.all_tool_calls]
    search = ProviderData(provider="openai", value={"type": "web_search"})
    messages = [UserMessage("Hi."), message, *results, UserMessage("Go on.")]
    return ChatRequest(messages=messages, tools=[LOOK], server_tools=[search], settings=ChatSettings(max_tokens=50))


def recorded_answer(exchange: Exchange) -> AssistantMessage | None:
    """Return the message of a recorded answer, as if OpenAI had sent it; None for an error."""
    wire = _WIRES[exchange.wire]
    is_responses = exchange.wire == OPENAI_RESPONSES.name
    accumulator = ResponseAccumulator(
        provider="openai" if is_responses else exchange.provider, host=HOST if is_responses else exchange.host
    )
    decoder, framer = wire.decoder(), wire.framer()
    try:
        if not exchange.stream:
            for delta in decoder.whole(json.loads(exchange.body)):
                accumulator.add(delta)
        else:
            for event in [*framer.feed(exchange.body), *framer.end()]:
                for delta in decoder.event(json.loads(event)):
                    accumulator.add(delta)
        return accumulator.response().message
    except (ChatError, json.JSONDecodeError):
        return None


def _answer(items: tuple[JsonValue, ...], host: str) -> AssistantMessage:
    accumulator = ResponseAccumulator(provider="openai", host=host)
    for delta in OPENAI_RESPONSES.decoder().whole({"status": "completed", "output": [*items]}):
        accumulator.add(delta)
    return accumulator.response().message
