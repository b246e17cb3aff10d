import json
import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings

from llm_core.domain.events import ReasoningDelta, StreamEnd, StreamEvent, TextDelta, ToolCallDelta, ToolCallStart
from llm_core.domain.messages import AssistantMessage, Message, ReasoningPart, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import AudioPart, FilePart, ImagePart, ProviderData, TextPart
from llm_core.domain.requests import ChatRequest, JsonOutput, JsonSchemaOutput
from llm_core.domain.responses import ChatResponse, FinishReason
from llm_core.domain.settings import ChatSettings
from llm_core.domain.tools import NamedTool, Tool, ToolCall
from llm_core.domain.usage import Usage
from llm_core.serialization import (
    event_from_json,
    message_from_json,
    request_from_json,
    response_from_json,
    to_json,
)
from llm_core.testing import strategies

PATIENT = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # machines are shared
LOOKUP = Tool(name="lookup", description="", parameters={})
CALL = ToolCall(id="1", name="lookup", arguments={"a": 1}, arguments_text='{ "a":1 }')


def asking(**fields: object) -> str:
    return json.dumps({"messages": [{"type": "user", "content": "hi"}], **fields})


def saying(part: str) -> str:
    return f'{{"type": "user", "content": [{part}]}}'


@given(strategies.messages())
@PATIENT
def test_every_message_comes_back_as_it_was(message: Message) -> None:
    document = to_json(message)

    back = message_from_json(document)

    assert message == back
    assert repr(message) == repr(back)  # tells 1 from 1.0, and shows what == does not compare


@given(strategies.requests())
@PATIENT
def test_every_request_comes_back_as_it_was(request: ChatRequest) -> None:
    document = to_json(request)

    back = request_from_json(document)

    assert request == back
    assert repr(request) == repr(back)


@given(strategies.responses())
@PATIENT
def test_every_response_comes_back_as_it_was(response: ChatResponse) -> None:
    document = to_json(response)

    back = response_from_json(document)

    assert response == back
    assert repr(response) == repr(back)


@given(strategies.events())
@PATIENT
def test_every_event_comes_back_as_it_was(event: StreamEvent) -> None:
    document = to_json(event)

    back = event_from_json(document)

    assert event == back
    assert repr(event) == repr(back)


@given(strategies.messages())
@PATIENT
def test_a_document_may_be_read_from_its_bytes(message: Message) -> None:
    document = to_json(message).encode()

    back = message_from_json(document)

    assert message == back


TAGGED: list[tuple[Message | StreamEvent, str]] = [
    (SystemMessage("s"), '{"type": "system", "content": "s"}'),
    (UserMessage("é"), '{"type": "user", "content": "é"}'),
    (UserMessage([TextPart("u")]), saying('{"type": "text", "text": "u"}')),
    (UserMessage([ImagePart(data=b"\x00\xff")]), saying('{"type": "image", "data": "AP8="}')),
    (UserMessage([ImagePart(url="u")]), saying('{"type": "image", "url": "u"}')),
    (UserMessage([AudioPart(b"", media_type="a")]), saying('{"type": "audio", "data": "", "media_type": "a"}')),
    (UserMessage([FilePart(url="u", media_type="a")]), saying('{"type": "file", "url": "u", "media_type": "a"}')),
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


def test_a_request_is_written_with_all_that_was_set() -> None:
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


def test_a_response_is_written_with_all_that_was_told() -> None:
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


def test_the_models_own_text_of_a_call_comes_back() -> None:
    document = to_json(AssistantMessage(tool_calls=[CALL]))

    back = message_from_json(document)

    assert isinstance(back, AssistantMessage)
    assert '{ "a":1 }' == back.tool_calls[0].arguments_text


def test_words_for_a_choice_and_the_plain_json_output_come_back() -> None:
    request = ChatRequest(messages=[UserMessage("hi")], tools=[LOOKUP], tool_choice="required", output=JsonOutput())

    back = request_from_json(to_json(request))

    assert "required" == back.tool_choice
    assert JsonOutput() == back.output


def test_null_is_read_where_none_is_a_value() -> None:
    document = asking(output=None, model=None, settings={"seed": None, "reasoning_effort": None})

    request = request_from_json(document)

    assert ChatRequest(messages=[UserMessage("hi")]) == request


def test_cattrs_waits_until_serialization_is_imported() -> None:
    program = "import sys, llm_core; before = 'cattrs' in sys.modules; import llm_core.serialization; print(before)"

    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "False\n" == told.stdout
