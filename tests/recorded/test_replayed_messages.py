"""Each recorded whole answer is decoded and encoded again: the provider gets back the message that it sent.

Left out are fields that a request has no use for: citations, annotations, refusals (which go back as text).
"""

import json

import pytest

from llm_core import AssistantMessage, ChatError, ChatRequest, ChatSettings, ToolMessage, UserMessage
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.cohere_chat import COHERE_CHAT
from llm_core.wires.endpoint import Endpoint
from llm_core.wires.ollama_chat import OLLAMA_CHAT
from llm_core.wires.openai_chat import OPENAI_CHAT
from llm_core.wires.wire import Wire

from .exchanges import OWN, VARIABLE, Exchange, exchanges_in, recordings
from .replay import Json, JsonObject

WIRES = {"cohere_chat": COHERE_CHAT, "ollama_chat": OLLAMA_CHAT, "openai_chat": OPENAI_CHAT}
ENDPOINT = Endpoint(provider="its-own", model="m", base_url="http://a.test")
DETAILS = "reasoning_details"
REASONING = ("tool_plan", "thinking", "reasoning", "reasoning_content", DETAILS)


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("source", ["own", "recorded"])
def test_a_message_goes_back_as_it_came(source: str, wire: str) -> None:
    answers = _answers(source, wire)

    wrong = [
        (id, expected, seen)
        for id, raw, message in answers
        for expected, seen in [(_comparable(raw), _comparable(_sent(message, WIRES[wire])))]
        if expected != seen
    ]

    assert answers
    assert [] == wrong


def _answers(source: str, wire: str) -> list[tuple[str, JsonObject, AssistantMessage]]:
    folder = OWN if source == "own" else recordings()
    if folder is None:
        pytest.skip(f"{VARIABLE} does not name a folder of recordings")
    exchanges = [
        one for one in exchanges_in(folder) if one.wire == wire and not one.stream and one.expected.kind == "ok"
    ]
    answers = [(one.id, _raw_message(one), _decoded(one, WIRES[wire])) for one in exchanges]
    return [(id, raw, message) for id, raw, message in answers if message is not None]


def _raw_message(exchange: Exchange) -> JsonObject:
    body = json.loads(exchange.body)
    choices = body.get("choices", [])
    first = next((choice for choice in choices if not choice.get("index")), body)
    message: JsonObject = first.get("message", {})
    return message


def _decoded(exchange: Exchange, wire: Wire) -> AssistantMessage | None:
    """Return the message of an answer; None for an error."""
    accumulator = ResponseAccumulator(provider=ENDPOINT.provider)
    try:
        for delta in wire.decoder().whole(json.loads(exchange.body)):
            accumulator.add(delta)
        return accumulator.response().message
    except ChatError:
        return None


def _sent(message: AssistantMessage, wire: Wire) -> JsonObject:
    results = [ToolMessage("done", tool_call_id=call.id) for call in message.all_tool_calls]
    request = ChatRequest(messages=[UserMessage("Hello"), message, *results])
    sent = json.loads(wire.encode(request, ChatSettings(), ENDPOINT, stream=False).content)["messages"]
    assert [_id(call) for call in sent[1].get("tool_calls", [])] == [result["tool_call_id"] for result in sent[2:]]
    replayed: JsonObject = sent[1]
    return replayed


def _id(call: JsonObject) -> Json:
    return call["id"]


def _comparable(message: JsonObject) -> JsonObject:
    """Return the fields that are replayed; content as parts, without those that are empty."""
    content = message.get("content") or message.get("refusal") or []
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
    legacy: list[JsonObject] = [
        {"function": call} for call in _objects([message.get("function_call")]) if call.get("name")
    ]
    reasoning = {name: message[name] for name in REASONING if message.get(name)}
    if DETAILS in reasoning:  # they hold the text of the other fields
        reasoning = {DETAILS: reasoning[DETAILS]}
    return {
        "content": [_part(part) for part in _objects(parts)],
        "calls": [_call(call) for call in [*_objects(message.get("tool_calls")), *legacy]],
        **reasoning,
    }


def _part(part: JsonObject) -> JsonObject:
    return {name: value for name, value in part.items() if name != "closed"}  # Mistral's, whose default is true


def _call(call: JsonObject) -> JsonObject:
    """Return *call* without what the encoder adds: its type, and an id if it had none. Some providers send objects."""
    function = call["function"]
    assert isinstance(function, dict)
    arguments = function.get("arguments") or {}
    text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    return {"name": function.get("name"), "arguments": text, "extra_content": call.get("extra_content")}


def _objects(values: object) -> list[JsonObject]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
