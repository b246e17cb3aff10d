import json
from collections.abc import Iterator, Mapping

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_core import (
    AssistantMessage,
    ChatRequest,
    ChatResponse,
    ChatSettings,
    InvalidToolCall,
    JsonOutput,
    JsonSchemaOutput,
    Message,
    NamedTool,
    StreamEvent,
    Tool,
    ToolCall,
    ToolMessage,
    Usage,
    UserMessage,
)
from llm_core.testing import Replies, expected_response, strategies
from llm_core.testing.clauses import properties
from llm_core.testing.dialects.openai_chat import OpenAIChat
from llm_core.wires.endpoint import Endpoint
from llm_core.wires.openai_chat import OPENAI_CHAT

QUICK = settings(max_examples=50, deadline=None)
PATH = "/v1/chat/completions"
ENDPOINT = Endpoint(provider="openai", model="x", base_url="https://api.openai.com/v1")
TOOLS = (
    Tool(name="get", description="Get it.", parameters={"type": "object"}),
    Tool(name="set", description="", parameters={}, strict=True),
)
REQUESTS = st.builds(
    ChatRequest,
    messages=strategies.histories(TOOLS),
    tools=st.just(TOOLS),
    tool_choice=st.sampled_from(["auto", "none", "required", NamedTool("set")]),
    output=st.sampled_from([None, JsonOutput(), JsonSchemaOutput(name="city", schema={"type": "object"})]),
    settings=strategies.settings().map(lambda settings: attrs.evolve(settings, cache=None)),  # the wire refuses it
    model=st.just("x"),
)
SUM = Usage(input_tokens=1)


def encode(request: ChatRequest) -> bytes:
    return OPENAI_CHAT.encode(request, request.settings, ENDPOINT, stream=False).content


@QUICK
@given(st.one_of(strategies.requests(), strategies.responses(), strategies.messages(), strategies.events()))
def test_every_value_survives_json(value: ChatRequest | ChatResponse | Message | StreamEvent) -> None:
    properties.json_round_trip_is_identity(value)


@QUICK
@given(strategies.usages(), strategies.usages(), strategies.usages())
def test_usage_adds_up_in_any_order(one: Usage, two: Usage, three: Usage) -> None:
    properties.usage_is_a_commutative_monoid(one, two, three)


@QUICK
@given(strategies.responses(), st.integers(1, 12))
def test_every_response_survives_being_streamed(response: ChatResponse, chunk_size: int) -> None:
    properties.events_and_response_are_inverse(response, chunk_size)


@QUICK
@given(REQUESTS)
def test_every_request_survives_the_wire_of_openai(request: ChatRequest) -> None:
    properties.dialect_round_trip_is_identity(request, OpenAIChat(), encode, path=PATH)


@QUICK
@given(strategies.replies(TOOLS))
def test_every_generated_reply_is_an_answer(reply: Replies) -> None:
    response = expected_response(reply)

    assert response.text or response.tool_calls
    assert () == response.invalid_tool_calls
    assert {call.name for call in response.tool_calls} <= {tool.name for tool in TOOLS}


@QUICK
@given(strategies.replies())
def test_no_reply_calls_what_is_not_on_offer(reply: Replies) -> None:
    calls = reply.calls

    assert () == calls
    assert reply.text


@QUICK
@given(strategies.histories(TOOLS))
def test_every_call_of_a_history_is_answered_at_once(history: list[Message]) -> None:
    remaining = iter(history)

    unanswered = [
        call.id
        for message in remaining
        if isinstance(message, AssistantMessage)
        for call in message.all_tool_calls
        if not isinstance(result := next(remaining), ToolMessage) or call.id != result.tool_call_id
    ]

    assert [] == unanswered
    assert isinstance(history[-1], UserMessage)


@QUICK
@given(strategies.histories())
def test_a_history_without_tools_holds_no_call(history: list[Message]) -> None:
    calls = [call for message in history if isinstance(message, AssistantMessage) for call in message.all_tool_calls]

    assert [] == calls


@attrs.frozen(kw_only=True)
class Forgetful(Usage):
    """A usage whose sum depends on the order."""

    def __add__(self, other: Usage) -> Usage:
        return self

    def __radd__(self, other: Usage) -> Usage:
        return other


@pytest.mark.parametrize("usages", [(Forgetful(), SUM, SUM), (SUM, Forgetful(), SUM)])
def test_a_sum_that_loses_counts_is_caught(usages: tuple[Usage, Usage, Usage]) -> None:
    with pytest.raises(AssertionError):
        properties.usage_is_a_commutative_monoid(*usages)


def test_a_value_that_json_loses_is_caught() -> None:
    call = ToolCall(id="1", name="get", arguments={"a": 1})
    object.__setattr__(call, "arguments", {1: "a"})  # JSON has no such key

    with pytest.raises(AssertionError):
        properties.json_round_trip_is_identity(AssistantMessage(tool_calls=[call]))


def test_a_response_that_events_cannot_carry_is_caught() -> None:
    call = ToolCall(id="1", name="get", arguments={})
    twin = InvalidToolCall(
        id="1", name="set", arguments_text="", problem="cut off"
    )  # its events do not say which of the two is invalid

    with pytest.raises(AssertionError):
        properties.events_and_response_are_inverse(
            ChatResponse(message=AssistantMessage(tool_calls=[call], invalid_tool_calls=[twin])), chunk_size=3
        )


@pytest.mark.parametrize(
    "left_out", ["messages", "tools", "tool_choice", "response_format", "temperature", "stop", "seed", "x_note"]
)
def test_an_encoder_that_leaves_something_out_is_caught(left_out: str) -> None:
    request = ChatRequest(
        messages=[UserMessage("hi"), UserMessage("ho")],
        tools=TOOLS,
        tool_choice="required",
        output=JsonOutput(),
        settings=ChatSettings(temperature=0.0, stop="END", seed=0, extra={"x_note": None}),
        model="x",
    )

    def forget(request: ChatRequest) -> bytes:
        return json.dumps(dict(_without(json.loads(encode(request)), left_out))).encode()

    with pytest.raises(AssertionError):
        properties.dialect_round_trip_is_identity(request, OpenAIChat(), forget, path=PATH)


def _without(body: Mapping[str, object], key: str) -> Iterator[tuple[str, object]]:
    for name, value in body.items():
        if name != key:
            yield name, value
        elif isinstance(value, list) and key in ("messages", "tools"):
            yield name, value[1:]
