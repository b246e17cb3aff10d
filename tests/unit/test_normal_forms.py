"""What every dialect's normal form has in common: requests with the same meaning become equal."""

import pytest

from llm_core import (
    AssistantMessage,
    ChatRequest,
    InvalidToolCall,
    Message,
    TextPart,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from llm_core.domain.json_values import JsonValue
from llm_core.testing.dialects.dialect import Dialect
from llm_core.testing.dialects.normal_forms import read_object
from llm_core.testing.dialects.registry import DIALECTS

ALL = pytest.mark.parametrize("dialect", DIALECTS.values(), ids=list(DIALECTS))
WITH_OBJECTS = pytest.mark.parametrize(
    "dialect",
    [dialect for dialect in DIALECTS.values() if not dialect.arguments_as_text],
    ids=lambda dialect: str(dialect.name),
)
CALL = ToolCall(id="call_1", name="get", arguments={"a": 1})


def _invalid(text: str) -> InvalidToolCall:
    return InvalidToolCall(id="call_1", name="get", arguments_text=text, problem="cut off")


def _normal(dialect: Dialect, *messages: Message) -> tuple[Message, ...]:
    return dialect.normalise(ChatRequest(messages=messages)).messages


@ALL
@pytest.mark.parametrize("text", ["Hi.", "", " "], ids=["text", "empty", "blank"])
def test_user_text_is_the_same_as_one_text_part(dialect: Dialect, text: str) -> None:
    assert _normal(dialect, UserMessage(text)) == _normal(dialect, UserMessage([TextPart(text)]))


@ALL
@pytest.mark.parametrize("is_error", [False, True], ids=["result", "failed result"])
def test_the_text_of_a_result_is_the_same_as_one_text_part(dialect: Dialect, *, is_error: bool) -> None:
    call = AssistantMessage(tool_calls=[CALL])
    text = ToolMessage("late", tool_call_id="call_1", is_error=is_error)
    part = ToolMessage([TextPart("late")], tool_call_id="call_1", is_error=is_error)

    assert _normal(dialect, call, text) == _normal(dialect, call, part)


@WITH_OBJECTS
def test_an_invalid_call_with_an_object_is_the_same_as_a_call_with_that_object(dialect: Dialect) -> None:
    invalid, valid = AssistantMessage(invalid_tool_calls=[_invalid('{"a" : 1}')]), AssistantMessage(tool_calls=[CALL])

    assert _normal(dialect, valid) == _normal(dialect, invalid)


@WITH_OBJECTS
@pytest.mark.parametrize("text", ['{"a', "[1]", ""], ids=["cut off", "array", "empty"])
def test_an_invalid_call_without_an_object_stays_invalid(dialect: Dialect, text: str) -> None:
    [message] = _normal(dialect, AssistantMessage(invalid_tool_calls=[_invalid(text)]))

    assert isinstance(message, AssistantMessage)
    assert [text] == [call.arguments_text for call in message.invalid_tool_calls]


@pytest.mark.parametrize("key", ["invalid_arguments", "INVALID_JSON"])
def test_the_text_of_an_invalid_call_may_be_under_two_keys(key: str) -> None:
    read = read_object("call_1", "get", {key: '{"a'})

    assert isinstance(read, InvalidToolCall)
    assert '{"a' == read.arguments_text


@pytest.mark.parametrize("arguments", [{"INVALID_JSON": 1}, {"INVALID_JSON": "{", "a": 1}, {"city": "{"}], ids=str)
def test_any_other_object_is_the_arguments(arguments: dict[str, JsonValue]) -> None:
    assert ToolCall(id="call_1", name="get", arguments=arguments) == read_object("call_1", "get", arguments)
