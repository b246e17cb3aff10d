"""Each recorded answer of Anthropic is decoded and encoded again: the same blocks go back, in the same order."""

import json
from collections.abc import Iterator
from functools import cache

import pytest

from llm_core import AssistantMessage, ChatError, ChatRequest, ChatSettings, ToolMessage, UserMessage
from llm_core.domain.json_values import JsonObject
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.anthropic_messages import ANTHROPIC_MESSAGES
from llm_core.wires.endpoint import Endpoint

from .exchanges import OWN, VARIABLE, Exchange, exchanges_in, recordings

ENDPOINT = Endpoint(provider="anthropic", model="m", base_url="http://a.test")


@pytest.mark.parametrize("source", ["own", "recorded"])
def test_the_blocks_of_an_answer_go_back_in_their_order(source: str) -> None:
    answers = _answers(source)

    wrong = [
        (exchange.id, expected, seen)
        for exchange, message in answers
        for expected, seen in [(_raw_blocks(exchange), _sent_blocks(message))]
        if expected != seen
    ]

    assert answers
    assert [] == wrong


@pytest.mark.parametrize("source", ["own", "recorded"])
def test_the_order_is_noted_without_a_copy_of_text_or_arguments(source: str) -> None:
    copied = [
        exchange.id
        for exchange, message in _answers(source)
        for data in message.provider_data
        for item in _items(data.value)
        if item["type"] in ("text", "thinking", "tool_use") and not item.keys() <= {"type", "length", "id", "citations"}
    ]

    assert [] == copied


@cache
def _answers(source: str) -> tuple[tuple[Exchange, AssistantMessage], ...]:
    folder = OWN if source == "own" else recordings()
    if folder is None:
        pytest.skip(f"{VARIABLE} does not name a folder of recordings")
    exchanges = [one for one in exchanges_in(folder) if one.wire == "anthropic_messages"]
    return tuple((one, message) for one in exchanges if (message := _decoded(one)) is not None and _raw_blocks(one))


def _decoded(exchange: Exchange) -> AssistantMessage | None:
    """Return the message of an answer; None for an error."""
    decoder, accumulator = ANTHROPIC_MESSAGES.decoder(), ResponseAccumulator(provider="anthropic")
    try:
        if exchange.stream:
            for delta in (delta for event in _events(exchange) for delta in decoder.event(event)):
                accumulator.add(delta)
        else:
            for delta in decoder.whole(json.loads(exchange.body)):
                accumulator.add(delta)
        return accumulator.response().message
    except (ChatError, json.JSONDecodeError):
        return None


def _events(exchange: Exchange) -> Iterator[JsonObject]:
    lines = exchange.body.decode().splitlines()
    return (json.loads(line.removeprefix("data:")) for line in lines if line.startswith("data:"))


def _raw_blocks(exchange: Exchange) -> list[JsonObject]:
    """Return the blocks that the provider sent, without blank text, which its API refuses."""
    blocks = [*_streamed(exchange)] if exchange.stream else json.loads(exchange.body)["content"]
    return [_comparable(block) for block in blocks if block["type"] != "text" or str(block["text"]).strip()]


def _streamed(exchange: Exchange) -> Iterator[JsonObject]:
    blocks: dict[object, JsonObject] = {}
    inputs: dict[object, str] = {}
    for event in _events(exchange):
        match event:
            case {"type": "content_block_start", "index": index, "content_block": dict(block)}:
                blocks[index] = dict(block)
            case {"type": "content_block_delta", "index": index, "delta": {"type": "input_json_delta", **delta}}:
                inputs[index] = inputs.get(index, "") + str(delta["partial_json"])
            case {"type": "content_block_delta", "index": index, "delta": {"type": "citations_delta", **delta}}:
                cited = blocks[index].get("citations")
                blocks[index]["citations"] = [*(cited if isinstance(cited, list) else ()), delta["citation"]]
            case {"type": "content_block_delta", "index": index, "delta": {"type": str(), **delta}}:
                for name, text in delta.items():
                    blocks[index][str(name)] = f"{blocks[index].get(str(name)) or ''}{text}"
    for index, block in blocks.items():
        yield {**block, "input": json.loads(inputs[index])} if inputs.get(index) else block


def _comparable(block: JsonObject) -> JsonObject:
    """Return *block* without the fields whose value is the default."""
    defaults: JsonObject = {"citations": None, "caller": {"type": "direct"}}
    if block["type"] not in ("text", "tool_use"):
        return block
    return {name: value for name, value in block.items() if value != [] and defaults.get(name, ...) != value}


def _sent_blocks(message: AssistantMessage) -> list[object]:
    results = [ToolMessage("done", tool_call_id=call.id) for call in message.all_tool_calls]
    request = ChatRequest(messages=[UserMessage("Hello"), message, *results, UserMessage("And then?")])
    sent = json.loads(ANTHROPIC_MESSAGES.encode(request, ChatSettings(), ENDPOINT, stream=False).content)
    return [block for turn in sent["messages"] if turn["role"] == "assistant" for block in turn["content"]]


def _items(note: object) -> list[JsonObject]:
    match note:
        case {"blocks": list(items)}:
            return [item for item in items if isinstance(item, dict)]
        case other:
            raise AssertionError(other)
