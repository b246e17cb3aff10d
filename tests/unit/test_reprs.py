"""Long texts are cut where a value shows itself; nothing else of it changes."""

import copy

import attrs
import pytest

from llm_core import (
    AssistantMessage,
    ChatRequest,
    ChatResponse,
    ChatSettings,
    FilePart,
    ImagePart,
    InvalidToolCall,
    JsonSchemaOutput,
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
    ToolMessage,
    UserMessage,
)
from llm_core.domain.reprs import MAX_SHOWN, truncated_repr

LONG = "0123456789" * 1_234 + "01234"
CUT = f"'{LONG[:100]}'... (12,345 characters)"
CALL = ToolCall(
    id="c",
    name="n",
    arguments={"q": [LONG, {"deep": LONG}]},
    arguments_text=f'{{"q": ["{LONG}", {{"deep": "{LONG}"}}]}}',
)
INVALID = InvalidToolCall(id="c", name="n", arguments_text=LONG, problem=LONG)
ANSWER = AssistantMessage(
    LONG,
    tool_calls=[CALL],
    invalid_tool_calls=[INVALID],
    reasoning=[ReasoningPart(LONG, signature=LONG, provider_data=[ProviderData(provider="p", value=[LONG])])],
)
REQUEST = ChatRequest(
    messages=[SystemMessage(LONG), UserMessage([TextPart(LONG), ImagePart(url=LONG), ImagePart(data=LONG.encode())])],
    tools=[Tool(name="n", description=LONG, parameters={"type": LONG})],
    output=JsonSchemaOutput(name="n", schema={"type": LONG}),
    settings=ChatSettings(stop=[LONG], extra={"a": f"{LONG} {LONG}"}),
)
VALUES: list[tuple[object, int]] = [  # how many long texts each holds
    (TextPart(LONG), 1),
    (ImagePart(url=LONG), 1),
    (ImagePart(data=LONG.encode()), 0),
    (FilePart(url=LONG, media_type="text/plain", name=LONG), 2),
    (ProviderData(provider="p", value={"a": (LONG, 1)}), 1),
    (UserMessage(LONG), 1),
    (UserMessage([TextPart(LONG)]), 1),
    (ToolMessage(LONG, tool_call_id="c"), 1),
    (ToolMessage([TextPart(LONG)], tool_call_id="c"), 1),
    (INVALID, 2),
    (ANSWER, 9),
    (REQUEST, 8),
    (ChatResponse(message=ANSWER, raw_finish_reason=LONG, model=LONG, id=LONG), 12),
    (TextDelta(LONG), 1),
    (ReasoningDelta(LONG), 1),
    (ToolCallDelta(index=0, arguments_text=LONG), 1),
    (StreamEnd(response=ChatResponse(message=AssistantMessage(LONG))), 1),
]


@pytest.mark.parametrize(("value", "texts"), VALUES, ids=lambda value: type(value).__name__)
def test_a_long_text_shows_its_beginning_and_its_length(value: object, texts: int) -> None:
    seen = repr(value)

    assert texts == seen.count("characters)")
    assert LONG[: MAX_SHOWN + 1] not in seen


def test_a_text_is_cut_after_a_hundred_characters() -> None:
    seen = repr(TextPart(LONG)), repr(UserMessage([TextPart(LONG)]))

    assert (f"TextPart(text={CUT})", f"UserMessage(content=(TextPart(text={CUT}),))") == seen


@pytest.mark.parametrize(
    "value",
    ["x" * MAX_SHOWN, "", (), ("a",), ("a", "b"), [], ["a", 1.0], {}, {"a": {"b": [None]}}, None, 1, b"x" * 200],
)
def test_a_short_value_has_its_usual_repr(value: object) -> None:
    seen = truncated_repr(value)

    assert repr(value) == seen


def test_values_with_the_same_repr_may_differ() -> None:
    one, other = UserMessage(f"{LONG}a"), UserMessage(f"{LONG}b")

    assert repr(one) == repr(other)
    assert one != other


def test_only_the_repr_is_cut() -> None:
    again = copy.deepcopy(REQUEST)

    assert REQUEST == again == attrs.evolve(REQUEST)
    assert LONG == REQUEST.messages[0].content


def test_texts_in_the_extra_settings_that_may_be_a_key_are_masked() -> None:
    key = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
    extra = {"token": key, "deep": [{"key": key}, 7], "mode": "fast", "note": "a sentence is no key"}

    seen = repr(ChatSettings(extra=extra))

    assert key not in seen
    assert "{'token': '****', 'deep': [{'key': '****'}, 7], 'mode': 'fast', 'note': 'a sentence is no key'}" in seen


def test_texts_in_server_tools_that_may_be_a_key_are_masked() -> None:
    key = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
    tools = [ProviderData(provider="p", value={"type": "mcp", "token": key}), ProviderData(provider="q", value=1)]

    seen = [repr(ChatRequest(messages=[UserMessage("hi")], server_tools=tools[:count])) for count in (0, 1, 2)]

    first = "ProviderData(provider='p', value={'type': 'mcp', 'token': '****'})"
    ends = ["()", f"({first},)", f"({first}, ProviderData(provider='q', value=1))"]
    assert [f"server_tools={end})" for end in ends] == [text[text.index("server_tools=") :] for text in seen]
