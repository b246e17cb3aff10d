from collections import deque
from collections.abc import Callable
from typing import assert_never, get_args

import pytest

from llm_core import (
    AssistantMessage,
    AudioPart,
    FilePart,
    ImagePart,
    InvalidToolCall,
    Message,
    ProviderData,
    ReasoningPart,
    SystemMessage,
    TextPart,
    ToolCall,
    ToolMessage,
    UserMessage,
)

CALL = ToolCall(id="c1", name="f", arguments={})
BROKEN = InvalidToolCall(id="c2", name="g", arguments_text="[", problem="cut off")
IMAGE = ImagePart(url="https://a/b.png")
PARTS = "TextPart or ImagePart or AudioPart or FilePart"
HALF = "\ud83d"
MIXED = (
    TextPart(" a"),
    IMAGE,
    AudioPart(b"s", media_type="audio/wav"),
    FilePart(data=b"f", media_type="application/pdf"),
    TextPart("b\n"),
)
EVERY_CLASS: tuple[Message, ...] = (
    SystemMessage("s"),
    UserMessage("u"),
    AssistantMessage("a"),
    ToolMessage("t", tool_call_id="c1"),
)


def test_a_match_over_the_messages_is_complete() -> None:
    names = [_name(message) for message in EVERY_CLASS]

    assert ["system s", "user u", "assistant a", "tool t"] == names
    assert {type(message) for message in EVERY_CLASS} == set(get_args(Message))


@pytest.mark.parametrize("text", ["", " \r\n\tkept as it is\n ", "é, e\u0301, 🏔, \u200f\u05e9\u05dc\u05d5\u05dd"])
def test_text_is_kept_unchanged(text: str) -> None:
    messages = SystemMessage(text), UserMessage(text), AssistantMessage(text), ToolMessage(text, tool_call_id="c")

    seen = {message.content for message in messages}

    assert {text} == seen


def test_a_str_is_one_text_part() -> None:
    user, tool = UserMessage("hi"), ToolMessage("done", tool_call_id="c")

    parts = user.parts, tool.parts

    assert ((TextPart("hi"),), (TextPart("done"),)) == parts


def test_parts_of_any_other_sequence_become_a_tuple_in_order() -> None:
    parts = deque[TextPart | ImagePart | AudioPart | FilePart](MIXED)

    message = UserMessage(parts)

    assert MIXED == message.content


def test_parts_become_a_tuple_in_order() -> None:
    user, tool = UserMessage(list(MIXED)), ToolMessage([TextPart("a"), IMAGE], tool_call_id="c")

    parts = user.parts, tool.parts

    assert (MIXED, (TextPart("a"), IMAGE)) == parts
    assert (user.content, tool.content) == parts


def test_the_text_of_a_user_message_joins_its_text_parts() -> None:
    messages = UserMessage("hi "), UserMessage(MIXED), UserMessage([IMAGE])

    texts = [message.text for message in messages]

    assert ["hi ", " ab\n", ""] == texts


def test_an_assistant_message_is_empty_by_default() -> None:
    message = AssistantMessage()

    seen = message.content, message.tool_calls, message.invalid_tool_calls, message.reasoning, message.provider_data

    assert ("", (), (), (), ()) == seen
    assert () == message.all_tool_calls


def test_an_assistant_message_holds_tuples() -> None:
    thought, data = ReasoningPart("hm"), ProviderData(provider="acme", value=1)

    message = AssistantMessage(
        "a", tool_calls=[CALL], invalid_tool_calls=[BROKEN], reasoning=[thought], provider_data=[data]
    )

    assert ((CALL,), (BROKEN,)) == (message.tool_calls, message.invalid_tool_calls)
    assert ((thought,), (data,)) == (message.reasoning, message.provider_data)
    assert (CALL, BROKEN) == message.all_tool_calls


def test_a_list_that_changes_later_does_not_change_the_message() -> None:
    parts, calls = [TextPart("a")], [CALL]
    user, assistant = UserMessage(parts), AssistantMessage(tool_calls=calls)

    parts.clear()
    calls.clear()

    assert ("a", (CALL,)) == (user.text, assistant.tool_calls)


def test_a_tool_message_is_not_an_error_by_default() -> None:
    messages = ToolMessage("a", tool_call_id="c"), ToolMessage("a", tool_call_id="c", is_error=True)

    seen = [message.is_error for message in messages]

    assert [False, True] == seen
    assert messages[0] != messages[1]


@pytest.mark.parametrize(
    ("class_", "given", "problem"),
    [
        (SystemMessage, {"content": None}, "content: expected str, got NoneType"),
        (SystemMessage, {"content": ["a"]}, "content: expected str, got list"),
        (SystemMessage, {"content": HALF}, "content: half a surrogate pair at character 0"),
        (UserMessage, {"content": "é" + HALF}, "content: half a surrogate pair at character 1"),
        (UserMessage, {"content": None}, f"content: expected a sequence of {PARTS}, got NoneType"),
        (UserMessage, {"content": b"hi"}, f"content: expected a sequence of {PARTS}, got bytes"),
        (UserMessage, {"content": []}, "content: no parts"),
        (
            UserMessage,
            {"content": [TextPart("a"), "b"]},
            "content[1]: expected TextPart or ImagePart or AudioPart or FilePart, got str",
        ),
        (AssistantMessage, {"content": None}, "content: expected str, got NoneType"),
        (AssistantMessage, {"content": HALF}, "content: half a surrogate pair at character 0"),
        (AssistantMessage, {"tool_calls": None}, "tool_calls: expected a sequence of ToolCall, got NoneType"),
        (AssistantMessage, {"tool_calls": [BROKEN]}, "tool_calls[0]: expected ToolCall, got InvalidToolCall"),
        (
            AssistantMessage,
            {"invalid_tool_calls": [BROKEN, CALL]},
            "invalid_tool_calls[1]: expected InvalidToolCall, got ToolCall",
        ),
        (AssistantMessage, {"reasoning": "hm"}, "reasoning: expected a sequence of ReasoningPart, got str"),
        (AssistantMessage, {"reasoning": ["hm"]}, "reasoning[0]: expected ReasoningPart, got str"),
        (AssistantMessage, {"provider_data": [1]}, "provider_data[0]: expected ProviderData, got int"),
        (ToolMessage, {"content": "a", "tool_call_id": ""}, "tool_call_id: must not be empty"),
        (ToolMessage, {"content": "a", "tool_call_id": 7}, "tool_call_id: expected str, got int"),
        (ToolMessage, {"content": "a", "tool_call_id": "c", "is_error": 1}, "is_error: expected bool, got int"),
        (ToolMessage, {"content": HALF, "tool_call_id": "c"}, "content: half a surrogate pair at character 0"),
        (ToolMessage, {"content": (), "tool_call_id": "c"}, "content: no parts"),
        (
            ToolMessage,
            {"content": [AudioPart(b"", media_type="a/b")], "tool_call_id": "c"},
            "content[0]: expected TextPart or ImagePart, got AudioPart",
        ),
    ],
)
def test_a_bad_field_is_refused_by_name_and_index(
    class_: Callable[..., object], given: dict[str, object], problem: str
) -> None:
    with pytest.raises(ValueError, match=r"\A[a-z]") as caught:
        class_(**given)

    assert problem == str(caught.value)


@pytest.mark.parametrize("class_", [SystemMessage, UserMessage, AssistantMessage, ToolMessage])
def test_only_the_content_is_given_by_position(class_: Callable[..., object]) -> None:
    refused = pytest.raises(TypeError, match="positional")

    with refused:
        class_("content", "c1")


def test_messages_of_different_classes_with_the_same_content_differ() -> None:
    same = {SystemMessage("x"), UserMessage("x"), AssistantMessage("x"), UserMessage("x")}

    number = len(same)

    assert 3 == number


def _name(message: Message) -> str:
    match message:
        case SystemMessage(content):
            return f"system {content}"
        case UserMessage(content):
            return f"user {content}"
        case AssistantMessage(content):
            return f"assistant {content}"
        case ToolMessage(content):
            return f"tool {content}"
        case _:
            assert_never(message)


def test_a_failed_result_can_carry_an_error_prefix() -> None:
    parts = [TextPart("no such"), TextPart(" city")]

    messages = [
        ToolMessage(content, tool_call_id="1", is_error=is_error)
        for content in ("rain", parts)
        for is_error in (False, True)
    ]

    assert ["rain", "Error: rain", tuple(parts), (TextPart("Error: "), *parts)] == [
        message.content_with_error_prefix for message in messages
    ]
