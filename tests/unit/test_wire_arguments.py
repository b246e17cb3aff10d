"""Arguments of calls that are no JSON object, in every wire format: ``null`` is ``{}``, anything else is invalid."""

from collections.abc import Callable, Mapping

import attrs
import pytest

from llm_core import ChatResponse
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.anthropic_messages.decode import AnthropicMessagesDecoder
from llm_core.wires.cohere_chat.decode import CohereChatDecoder
from llm_core.wires.decoder import WireDecoder
from llm_core.wires.gemini.decode import GeminiDecoder
from llm_core.wires.ollama_chat.decode import OllamaChatDecoder
from llm_core.wires.openai_chat.decode import OpenAIChatDecoder


def _openai(arguments: object) -> Mapping[str, object]:
    call = {"id": "c", "function": {"name": "get", "arguments": arguments}}
    return {"choices": [{"message": {"content": None, "tool_calls": [call]}, "finish_reason": "tool_calls"}]}


def _anthropic(arguments: object) -> Mapping[str, object]:
    return {"content": [{"type": "tool_use", "id": "c", "name": "get", "input": arguments}], "stop_reason": "tool_use"}


def _gemini(arguments: object) -> Mapping[str, object]:
    part = {"functionCall": {"name": "get", "args": arguments}}
    return {"candidates": [{"content": {"parts": [part]}, "finishReason": "STOP"}]}


def _ollama(arguments: object) -> Mapping[str, object]:
    message = {"content": "", "tool_calls": [{"function": {"name": "get", "arguments": arguments}}]}
    return {"message": message, "done": True, "done_reason": "stop"}


def _cohere(arguments: object) -> Mapping[str, object]:
    call = {"id": "c", "function": {"name": "get", "arguments": arguments}}
    return {"message": {"tool_calls": [call]}, "finish_reason": "TOOL_CALL"}


@attrs.frozen
class Wire:
    decoder: Callable[[], WireDecoder]
    body: Callable[[object], Mapping[str, object]]

    def response(self, arguments: object) -> ChatResponse:
        accumulator = ResponseAccumulator(provider="made-up")
        for delta in self.decoder().whole(self.body(arguments)):
            accumulator.add(delta)
        return accumulator.response()


OPENAI, COHERE = Wire(OpenAIChatDecoder, _openai), Wire(CohereChatDecoder, _cohere)
ANTHROPIC = Wire(AnthropicMessagesDecoder, _anthropic)
GEMINI, OLLAMA = Wire(GeminiDecoder, _gemini), Wire(OllamaChatDecoder, _ollama)
WIRES = {"openai": OPENAI, "cohere": COHERE, "anthropic": ANTHROPIC, "gemini": GEMINI, "ollama": OLLAMA}


@pytest.mark.parametrize("wire", WIRES.values(), ids=WIRES)
def test_null_in_a_text_is_an_empty_object_and_the_text_is_kept(wire: Wire) -> None:
    (call,) = wire.response("null").tool_calls

    assert ({}, "null") == (call.arguments, call.arguments_text)


@pytest.mark.parametrize("wire", WIRES.values(), ids=WIRES)
def test_null_in_place_of_an_object_is_an_empty_object(wire: Wire) -> None:
    (call,) = wire.response(None).tool_calls

    assert {} == call.arguments


@pytest.mark.parametrize("wire", WIRES.values(), ids=WIRES)
@pytest.mark.parametrize(("text", "arguments"), [("[1]", [1]), ("7", 7), ("true", True), ('"Oslo"', '"Oslo"')])
def test_another_value_in_place_of_an_object_is_an_invalid_call(wire: Wire, text: str, arguments: object) -> None:
    seen = wire.response(arguments)

    assert ((), [text]) == (seen.tool_calls, [call.arguments_text for call in seen.invalid_tool_calls])
