"""The calls of an answer that breaks off: whole where they were complete, else invalid."""

from collections.abc import Mapping, Sequence

import pytest

from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.anthropic_messages.decode import AnthropicMessagesDecoder
from llm_core.wires.cohere_chat.decode import CohereChatDecoder
from llm_core.wires.decoder import WireDecoder
from llm_core.wires.gemini.decode import GeminiDecoder
from llm_core.wires.ollama_chat.decode import OllamaChatDecoder
from llm_core.wires.openai_chat.decode import OpenAIChatDecoder
from llm_core.wires.openai_responses.decode import OpenAIResponsesDecoder


def openai(arguments: str | None = None, reason: str | None = None, **fields: object) -> Mapping[str, object]:
    call = {**fields, "function": {"name": "get", "arguments": arguments}}
    return {"choices": [{"delta": {"tool_calls": [call]}, "finish_reason": reason}]}


USE = {"type": "tool_use", "id": "c", "name": "get", "input": {}}
ANTHROPIC = {"type": "content_block_start", "index": 0, "content_block": USE}
ANTHROPIC_JSON = {"type": "input_json_delta", "partial_json": '{"a": 1}'}
ANTHROPIC_ARGUMENTS = {"type": "content_block_delta", "index": 0, "delta": ANTHROPIC_JSON}
COHERE_CALL = {"id": "c", "function": {"name": "get", "arguments": ""}}
COHERE = {"type": "tool-call-start", "index": 0, "delta": {"message": {"tool_calls": COHERE_CALL}}}
ITEM = {"type": "function_call", "call_id": "c", "name": "get", "arguments": ""}
RESPONSES = {"type": "response.output_item.added", "output_index": 0, "item": ITEM}
GEMINI_CALL = {"functionCall": {"name": "get", "args": {"a": 1}}}
OLLAMA_CALL = {"function": {"name": "get", "arguments": {"a": 1}}}

WHOLE: list[tuple[str, type[WireDecoder], list[Mapping[str, object]], object]] = [
    ("arguments", OpenAIChatDecoder, [openai('{"a": 1}', index=0, id="c")], {"a": 1}),
    ("arguments without index and id", OpenAIChatDecoder, [openai('{"a": 1}')], {"a": 1}),
    ("no arguments and a finish reason", OpenAIChatDecoder, [openai("", "tool_calls", index=0, id="c")], {}),
    ("arguments", AnthropicMessagesDecoder, [ANTHROPIC, ANTHROPIC_ARGUMENTS], {"a": 1}),
    ("no arguments and an end", AnthropicMessagesDecoder, [ANTHROPIC, {"type": "content_block_stop", "index": 0}], {}),
    ("no arguments and an end", CohereChatDecoder, [COHERE, {"type": "tool-call-end", "index": 0}], {}),
    ("no arguments and an end", OpenAIResponsesDecoder, [{**RESPONSES, "type": "response.output_item.done"}], {}),
    ("a whole call", GeminiDecoder, [{"candidates": [{"content": {"parts": [GEMINI_CALL]}}]}], {"a": 1}),
    ("a whole call", OllamaChatDecoder, [{"message": {"tool_calls": [OLLAMA_CALL]}, "done": False}], {"a": 1}),
]
BEGUN: list[tuple[str, type[WireDecoder], list[Mapping[str, object]]]] = [
    ("no arguments", OpenAIChatDecoder, [openai("", index=0, id="c")]),
    ("half of the arguments", OpenAIChatDecoder, [openai('{"a"', index=0, id="c")]),
    ("the token limit", OpenAIChatDecoder, [openai("", "length", index=0, id="c")]),
    ("a failure", OpenAIChatDecoder, [openai("", "network_error", index=0, id="c")]),
    ("no arguments", AnthropicMessagesDecoder, [ANTHROPIC]),
    ("the end of another call", AnthropicMessagesDecoder, [ANTHROPIC, {"type": "content_block_stop", "index": 1}]),
    ("no arguments", CohereChatDecoder, [COHERE]),
    ("no arguments", OpenAIResponsesDecoder, [RESPONSES]),
]


def partial(decoder: WireDecoder, events: Sequence[Mapping[str, object]]) -> ResponseAccumulator:
    accumulator = ResponseAccumulator(provider="x")
    for event in events:
        for delta in decoder.event(event):
            accumulator.add(delta)
    return accumulator


@pytest.mark.parametrize(("what", "decoder", "events", "arguments"), WHOLE)
def test_a_call_that_was_complete_is_whole(
    what: str, decoder: type[WireDecoder], events: Sequence[Mapping[str, object]], arguments: object
) -> None:
    seen = partial(decoder(), events).partial()

    assert ([arguments], ()) == ([call.arguments for call in seen.tool_calls], seen.invalid_tool_calls), what


@pytest.mark.parametrize(("what", "decoder", "events"), BEGUN)
def test_a_call_that_had_only_begun_is_invalid(
    what: str, decoder: type[WireDecoder], events: Sequence[Mapping[str, object]]
) -> None:
    seen = partial(decoder(), events).partial()

    assert ((), ["get"]) == (seen.tool_calls, [call.name for call in seen.invalid_tool_calls]), what


def test_an_event_of_another_type_changes_nothing() -> None:
    seen = partial(AnthropicMessagesDecoder(), [ANTHROPIC, {"type": "ping"}, ANTHROPIC_ARGUMENTS]).partial()

    assert [{"a": 1}] == [call.arguments for call in seen.tool_calls]


def test_the_end_of_a_block_without_a_call_is_no_call() -> None:
    block = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "Hi."}}

    seen = partial(AnthropicMessagesDecoder(), [block, {"type": "content_block_stop", "index": 0}]).partial()

    assert ("Hi.", ()) == (seen.content, seen.all_tool_calls)
