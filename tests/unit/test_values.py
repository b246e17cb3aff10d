import copy
import inspect
import pickle
import re
from collections.abc import Callable
from decimal import Decimal

import attrs
import pytest

import llm_core
from llm_core import (
    AssistantMessage,
    AudioPart,
    ChatRequest,
    ChatResponse,
    ChatSettings,
    FilePart,
    FinishReason,
    ImagePart,
    InvalidToolCall,
    JsonOutput,
    JsonSchemaOutput,
    NamedTool,
    ProviderData,
    ReasoningDelta,
    ReasoningPart,
    StreamEnd,
    SystemMessage,
    TextDelta,
    TextPart,
    Tool,
    ToolCall,
    ToolCallDelta,
    ToolCallStart,
    ToolMessage,
    Usage,
    UserMessage,
)

CALL = ToolCall(id="c1", name="f", arguments={"q": [1]}, arguments_text='{"q":[1]}')
DATA = ProviderData(provider="acme", value={"a": 1})
TOOL = Tool(name="f", description="d", parameters={})
HASHABLE = (
    SystemMessage("s"),
    UserMessage("u"),
    UserMessage([TextPart("a"), ImagePart(data=b"b")]),
    AssistantMessage("a", reasoning=[ReasoningPart("t", signature="s")]),
    ToolMessage("t", tool_call_id="c1"),
    TextPart("a"),
    ImagePart(url="u"),
    AudioPart(b"a", media_type="audio/wav"),
    FilePart(data=b"a", media_type="a/b", name="n"),
    ReasoningPart("t"),
    NamedTool("f"),
    InvalidToolCall(id="c2", name="f", arguments_text="[", problem="cut off"),
    JsonOutput(),
    Usage(input_tokens=1, cost_usd=Decimal("0.1")),
    TextDelta("a"),
    ReasoningDelta("a"),
    ToolCallStart(index=0, id="c", name="f"),
    ToolCallDelta(index=0, arguments_text="{"),
    ChatResponse(message=AssistantMessage("a"), usage=Usage(), ignored_settings=["seed"]),
    StreamEnd(response=ChatResponse(message=AssistantMessage("a"))),
    llm_core.ModelDescription(settings=["seed"], tools=True),
)
HOLDING_JSON = (
    DATA,
    TOOL,
    CALL,
    AssistantMessage(tool_calls=[CALL]),
    ChatSettings(),
    JsonSchemaOutput(name="n", schema={}),
    ChatRequest(messages=[UserMessage("u")]),
    ChatRequest(messages=[AssistantMessage(tool_calls=[CALL])], tools=[TOOL], tool_choice=NamedTool("f")),
    ChatResponse(message=AssistantMessage(provider_data=[DATA], tool_calls=[CALL])),
)
VALUES = (*HASHABLE, *HOLDING_JSON)
# ResponseBuilder and UsageReport are mutable, and ChatMessage is the parent of four value classes.
NOT_VALUES = (llm_core.ResponseBuilder, llm_core.UsageReport, llm_core.ChatMessage)
VALUE_CLASSES = [
    value for name in llm_core.__all__ if attrs.has(value := getattr(llm_core, name)) and value not in NOT_VALUES
]


def _unpickled(value: object) -> object:
    return pickle.loads(pickle.dumps(value))  # noqa: S301 -- our own bytes


@pytest.mark.parametrize("copied", [_unpickled, copy.copy, copy.deepcopy])
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_every_value_is_equal_to_its_copy(value: object, copied: Callable[[object], object]) -> None:
    seen = copied(value)

    same = value == seen

    assert same
    assert type(value) is type(seen)
    assert repr(value) == repr(seen)


def test_every_value_class_has_a_value_here() -> None:
    seen = {type(value) for value in VALUES}

    assert set(VALUE_CLASSES) == seen


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_every_value_is_frozen(value: attrs.AttrsInstance) -> None:
    names = [field.name for field in attrs.fields(type(value))] or ["anything"]

    for name in names:
        with pytest.raises((attrs.exceptions.FrozenInstanceError, AttributeError)):
            setattr(value, name, None)
        with pytest.raises((attrs.exceptions.FrozenInstanceError, AttributeError)):
            delattr(value, name)

    assert not hasattr(value, "__dict__")


@pytest.mark.parametrize("value", HASHABLE, ids=repr)
def test_values_without_json_are_hashable(value: object) -> None:
    seen = {value, copy.deepcopy(value)}

    assert {value} == seen


@pytest.mark.parametrize("value", HOLDING_JSON, ids=repr)
def test_values_with_json_are_not_hashable(value: object) -> None:
    refused = pytest.raises(TypeError, match="unhashable")

    with refused:
        hash(value)


def test_no_two_of_the_values_are_equal() -> None:
    values = list(VALUES)

    equal = [(one, other) for place, one in enumerate(values) for other in values[place + 1 :] if one == other]

    assert [] == equal


@pytest.mark.parametrize("value_class", VALUE_CLASSES)
def test_only_the_content_may_be_given_by_position(value_class: type[attrs.AttrsInstance]) -> None:
    content = {
        "AssistantMessage": ["content"],
        "AudioPart": ["data"],
        "NamedTool": ["name"],
        "ReasoningDelta": ["text"],
        "ReasoningPart": ["text"],
        "SystemMessage": ["content"],
        "TextDelta": ["text"],
        "TextPart": ["text"],
        "ToolMessage": ["content"],
        "UserMessage": ["content"],
    }

    parameters = inspect.signature(value_class).parameters.values()

    by_position = [one.name for one in parameters if one.kind is not inspect.Parameter.KEYWORD_ONLY]
    assert content.get(value_class.__name__, []) == by_position
    assert tuple(by_position) == value_class.__match_args__  # type: ignore[attr-defined]  # -- attrs makes it


@pytest.mark.parametrize("value_class", [class_ for class_ in VALUE_CLASSES if class_ is not JsonOutput])
def test_sequences_are_tuples_and_mappings_are_read_only_by_type(value_class: type[attrs.AttrsInstance]) -> None:
    shown = [str(field.type) for field in attrs.fields(value_class)]

    mutable = [
        text for text in shown if re.search(r"\b(list|dict|set|List|Dict|Any)\[", text) and "JsonValue" not in text
    ]

    assert [] == mutable


def test_events_and_parts_match_by_position() -> None:
    values = [TextDelta("a"), ReasoningDelta("b"), TextPart("c"), NamedTool("d"), SystemMessage("e"), UserMessage("f")]

    seen = [_first(value) for value in values]

    assert ["a", "b", "c", "d", "e", "f"] == seen


def test_a_reason_is_the_same_object_after_a_copy() -> None:
    response = ChatResponse(message=AssistantMessage("a"), finish_reason=FinishReason.LENGTH)

    seen = _unpickled(response)

    assert isinstance(seen, ChatResponse)
    assert FinishReason.LENGTH is seen.finish_reason


def _first(value: object) -> object:
    match value:
        case TextDelta(first) | ReasoningDelta(first) | TextPart(first) | NamedTool(first):
            return first
        case SystemMessage(first) | UserMessage(first):
            return first
        case _:
            return None
