import json
import subprocess
import sys
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llm_core.domain.events import ReasoningDelta, StreamEnd, StreamEvent, TextDelta, ToolCallDelta, ToolCallStart
from llm_core.domain.messages import AssistantMessage, Message, ReasoningPart, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import AudioPart, FilePart, ImagePart, ProviderData, TextPart
from llm_core.domain.requests import ChatRequest, JsonOutput, JsonSchemaOutput
from llm_core.domain.responses import ChatResponse, FinishReason
from llm_core.domain.settings import ChatSettings
from llm_core.domain.tools import InvalidToolCall, NamedTool, Tool, ToolCall
from llm_core.domain.usage import Usage
from llm_core.serialization import (
    Serializable,
    event_from_json,
    from_json,
    message_from_json,
    messages_from_json,
    messages_to_json,
    to_json,
)
from llm_core.testing import strategies

SLOW = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a shared machine
LOOKUP = Tool(name="lookup", description="", parameters={})
CALL = ToolCall(id="1", name="lookup", arguments={"a": 1}, arguments_text='{ "a":1 }')


def request_json(**fields: object) -> str:
    return json.dumps({"messages": [{"type": "user", "content": "hi"}], **fields})


def user_message_json(part: str) -> str:
    return f'{{"type": "user", "content": [{part}]}}'


@given(strategies.messages())
@SLOW
def test_every_message_comes_back_as_it_was(message: Message) -> None:
    document = to_json(message)

    back = message_from_json(document)

    assert message == back
    assert repr(message) == repr(back)  # distinguishes 1 from 1.0, and shows fields that == ignores


@given(strategies.requests())
@SLOW
def test_every_request_comes_back_as_it_was(request: ChatRequest) -> None:
    document = to_json(request)

    back = from_json(ChatRequest, document)

    assert request == back
    assert repr(request) == repr(back)


@given(strategies.responses())
@SLOW
def test_every_response_comes_back_as_it_was(response: ChatResponse) -> None:
    document = to_json(response)

    back = from_json(ChatResponse, document)

    assert response == back
    assert repr(response) == repr(back)


@given(strategies.events())
@SLOW
def test_every_event_comes_back_as_it_was(event: StreamEvent) -> None:
    document = to_json(event)

    back = event_from_json(document)

    assert event == back
    assert repr(event) == repr(back)


@given(st.lists(strategies.messages(), max_size=4))
@SLOW
def test_messages_come_back_as_they_were(messages: list[Message]) -> None:
    document = messages_to_json(messages)

    back = messages_from_json(document)

    assert messages == back
    assert repr(messages) == repr(back)


@given(strategies.usages())
@SLOW
def test_every_usage_comes_back_as_it_was(usage: Usage) -> None:
    document = to_json(usage)

    back = from_json(Usage, document)

    assert usage == back
    assert repr(usage) == repr(back)


@given(strategies.messages())
@SLOW
def test_a_document_may_be_read_from_its_bytes(message: Message) -> None:
    document = to_json(message).encode()

    back = message_from_json(document)

    assert message == back


TAGGED: list[tuple[Message | StreamEvent, str]] = [
    (SystemMessage("s"), '{"type": "system", "content": "s"}'),
    (UserMessage("é"), '{"type": "user", "content": "é"}'),
    (UserMessage([TextPart("u")]), user_message_json('{"type": "text", "text": "u"}')),
    (UserMessage([ImagePart(data=b"\x00\xff")]), user_message_json('{"type": "image", "data": "AP8="}')),
    (UserMessage([ImagePart(url="u")]), user_message_json('{"type": "image", "url": "u"}')),
    (
        UserMessage([AudioPart(b"", media_type="a")]),
        user_message_json('{"type": "audio", "data": "", "media_type": "a"}'),
    ),
    (
        UserMessage([FilePart(url="u", media_type="a")]),
        user_message_json('{"type": "file", "url": "u", "media_type": "a"}'),
    ),
    (AssistantMessage(), '{"type": "assistant"}'),
    (ToolMessage("t", tool_call_id="1"), '{"type": "tool", "content": "t", "tool_call_id": "1"}'),
    (TextDelta("w"), '{"type": "text_delta", "text": "w"}'),
    (ReasoningDelta("w"), '{"type": "reasoning_delta", "text": "w"}'),
    (ToolCallStart(index=0, id="1", name="n"), '{"type": "tool_call_start", "index": 0, "id": "1", "name": "n"}'),
    (ToolCallDelta(index=0, arguments_text="{"), '{"type": "tool_call_delta", "index": 0, "arguments_text": "{"}'),
    (
        StreamEnd(response=ChatResponse(message=AssistantMessage("hi"))),
        '{"type": "stream_end", "response": {"message": {"type": "assistant", "content": "hi"}}}',
    ),
]


@pytest.mark.parametrize(("value", "document"), TAGGED)
def test_a_value_is_written_with_its_type_and_without_its_defaults(value: Message | StreamEvent, document: str) -> None:
    written = json.loads(to_json(value))

    assert json.loads(document) == written


def test_a_request_is_written_with_every_field_that_is_set() -> None:
    request = ChatRequest(
        messages=[UserMessage("hi")],
        tools=[LOOKUP],
        tool_choice=NamedTool("lookup"),
        output=JsonSchemaOutput(name="n", schema={}, strict=False),
        settings=ChatSettings(temperature=0, stop="end", extra={"top_k": 1}),
        model="m",
    )

    written = json.loads(to_json(request))

    expected = {
        "messages": [{"type": "user", "content": "hi"}],
        "tools": [{"name": "lookup", "description": "", "parameters": {}}],
        "tool_choice": {"type": "named_tool", "name": "lookup"},
        "output": {"type": "json_schema", "name": "n", "schema": {}, "strict": False},
        "settings": {"temperature": 0, "stop": ["end"], "extra": {"top_k": 1}},
        "model": "m",
    }
    assert expected == written


def test_a_response_is_written_with_every_field_that_is_set() -> None:
    message = AssistantMessage(
        reasoning=[ReasoningPart("hm", signature="s")], provider_data=[ProviderData(provider="p", value=[1.0])]
    )
    response = ChatResponse(
        message=message, finish_reason=FinishReason.LENGTH, usage=Usage(input_tokens=0, cost_usd=Decimal("0.10"))
    )

    written = json.loads(to_json(response))

    expected = {
        "message": {
            "type": "assistant",
            "reasoning": [{"text": "hm", "signature": "s"}],
            "provider_data": [{"provider": "p", "value": [1.0]}],
        },
        "finish_reason": "length",
        "usage": {"input_tokens": 0, "cost_usd": "0.10"},
    }
    assert expected == written


def test_the_exact_arguments_text_of_a_call_comes_back() -> None:
    document = to_json(AssistantMessage(tool_calls=[CALL]))

    back = message_from_json(document)

    assert isinstance(back, AssistantMessage)
    assert '{ "a":1 }' == back.tool_calls[0].arguments_text


def test_a_tool_choice_and_a_json_output_come_back() -> None:
    request = ChatRequest(messages=[UserMessage("hi")], tools=[LOOKUP], tool_choice="required", output=JsonOutput())

    back = from_json(ChatRequest, to_json(request))

    assert "required" == back.tool_choice
    assert JsonOutput() == back.output


def test_null_is_read_where_a_field_may_be_none() -> None:
    document = request_json(output=None, model=None, settings={"seed": None, "reasoning_effort": None})

    request = from_json(ChatRequest, document)

    assert ChatRequest(messages=[UserMessage("hi")]) == request


def test_cattrs_is_loaded_by_serialization_only() -> None:
    program = "import sys, llm_core; before = 'cattrs' in sys.modules; import llm_core.serialization; print(before)"

    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "False\n" == run.stdout


EVERY_CLASS: list[Serializable] = [
    *(value for value, _ in TAGGED),
    *(value.content[0] for value, _ in TAGGED if isinstance(value, UserMessage) and not isinstance(value.content, str)),
    ChatRequest(messages=[UserMessage("hi")]),
    ChatResponse(message=AssistantMessage("hi")),
    ChatSettings(seed=1),
    Usage(input_tokens=1, cost_usd=Decimal("0.10")),
    JsonOutput(),
    JsonSchemaOutput(name="n", schema={"type": "object"}),
    ReasoningPart("hm"),
    ProviderData(provider="p", value=None),
    LOOKUP,
    NamedTool("lookup"),
    CALL,
    InvalidToolCall(id="1", name="n", arguments_text="[", problem="cut off"),
]


@pytest.mark.parametrize("value", EVERY_CLASS, ids=lambda value: type(value).__name__)
def test_a_value_of_every_class_comes_back(value: Serializable) -> None:
    document = to_json(value)

    back = from_json(type(value), document)

    assert value == back
    assert type(value) is type(back)


def test_every_class_has_a_value_here() -> None:
    tested = {type(value) for value in EVERY_CLASS}

    assert set(get_args(Serializable)) == tested


def test_another_class_is_a_type_error() -> None:
    refused = pytest.raises(TypeError, match=r"'int'.* is not a class of Serializable")

    with refused:
        from_json(int, "1")  # type: ignore[type-var]  # -- a caller without mypy


def test_messages_to_json_refuses_what_is_not_a_message() -> None:
    refused = pytest.raises(ValueError, match=r"\Amessages\[1\]: expected SystemMessage or .*, got str\Z")

    with refused:
        messages_to_json([UserMessage("hi"), "ho"])  # type: ignore[list-item]  # -- a caller without mypy


def test_messages_that_answer_no_call_are_read() -> None:
    fragment = [ToolMessage("t", tool_call_id="1")]

    back = messages_from_json(messages_to_json(fragment))

    assert fragment == back
