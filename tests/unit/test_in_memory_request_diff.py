"""What a test shows when the agent's calls do not fit the script."""

from typing import Any

import attrs
import pytest

from llm_core import (
    AssistantMessage,
    ChatRequest,
    ChatSettings,
    ImagePart,
    InvalidToolCall,
    JsonOutput,
    NamedTool,
    ProviderData,
    SystemMessage,
    TextPart,
    Tool,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from llm_core.adapters.memory import InMemoryChat, UnexpectedCallError

KEY = "sk-ant-1234567890abcdefghij"
TOOL = Tool(name="look", description="Look.", parameters={"type": "object"}, strict=True)
FIRST = ChatRequest(messages=[SystemMessage("Be brief."), UserMessage("hi")], tools=[TOOL])
CALLS = AssistantMessage(
    "Let me look.",
    tool_calls=[ToolCall(id="c1", name="look", arguments={"at": "it"})],
    invalid_tool_calls=[InvalidToolCall(id="c2", name="look", arguments_text='{"at', problem="cut off")],
)
HI = ChatRequest(messages=[UserMessage("hi")])
RESULTS = [
    ToolMessage("found\nnear\x1b[2J", tool_call_id="c1"),
    ToolMessage([TextPart("lost"), ImagePart(data=b"123")], tool_call_id="c2", is_error=True),
]
REST: dict[str, Any] = {
    "tool_choice": NamedTool("look"),
    "output": JsonOutput(),
    "settings": ChatSettings(seed=1, stop=["."], extra={"token": KEY}),
    "model": "big",
    "server_tools": [ProviderData(provider="acme", value={"authorization": KEY})],
}


def test_an_unexpected_call_shows_what_its_request_adds() -> None:
    shown = _shown(FIRST, FIRST.extended(CALLS, *RESULTS))

    assert [
        "   system: Be brief.",
        "   user: hi",
        "  +assistant: Let me look.",
        '  +  calls look [c1] {"at": "it"}',
        '  +  calls look [c2] {"at (invalid)',
        "  +result [c1]: found",
        "  +    near[2J",
        "  +error result [c2]: lost",
        "  +    ImagePart(data=<3 bytes>, url=None, media_type=None)",
        "   tool: Tool(name='look', description='Look.', parameters={'type': 'object'}, strict=True)",
    ] == shown


def test_an_unexpected_call_shows_each_field_that_is_set_and_no_key() -> None:
    shown = _shown(FIRST, attrs.evolve(FIRST, **REST))

    assert [
        "   user: hi",
        "   tool: Tool(name='look', description='Look.', parameters={'type': 'object'}, strict=True)",
        "  +tool_choice: NamedTool(name='look')",
        "  +output: JsonOutput()",
        "  +settings: ChatSettings(stop=('.',), seed=1, extra={'token': '****'})",
        "  +model: 'big'",
        "  +server_tools: (ProviderData(provider='acme', value={'authorization': '****'}),)",
    ] == shown


def test_what_only_the_request_before_has_is_marked_too() -> None:
    assert ["  -system: Be brief.", "   user: hi"] == _shown(FIRST, ChatRequest(messages=[UserMessage("hi")]))[:2]


def test_the_same_request_is_shown_whole() -> None:
    assert ["   user: hi", "  (the same as before)"] == _shown(HI, HI)


def test_a_first_call_without_a_script_shows_its_request() -> None:
    assert ["   user: hi"] == _shown(HI)


def test_a_difference_deep_in_a_long_text_is_shown() -> None:
    before, after = ("\n".join(f"{start}{'x' * 3_000}{end}" for start in "ab") for end in "pq")

    shown = _shown(ChatRequest(messages=[UserMessage(before)]), ChatRequest(messages=[UserMessage(after)]))

    assert {"-", "+"} == {line.strip()[0] for line in shown if line.endswith(("p", "q"))}
    assert len(shown) < 20


def test_a_long_request_is_cut() -> None:
    shown = _shown(ChatRequest(messages=[UserMessage("hi")] * 1_000))

    assert ["   user: hi"] * 60 + ["   (940 more lines)"] == shown


def test_unused_answers_come_with_the_last_request() -> None:
    chat = InMemoryChat(["a", "b", "c" * 1_000])
    chat.complete(HI)

    with pytest.raises(AssertionError) as caught:
        chat.assert_exhausted()

    assert "2 of 3 answers were not used, the first is 'b'; the last request:\n   user: hi" == str(caught.value)


def test_answers_that_no_call_used_come_without_a_request() -> None:
    with pytest.raises(AssertionError) as caught:
        InMemoryChat(["a"]).assert_exhausted()

    assert "1 of 1 answers were not used, the first is 'a'" == str(caught.value)


def _shown(*requests: ChatRequest) -> list[str]:
    """Return the lines about the last of *requests*, for which the script has no answer."""
    chat = InMemoryChat(["answer"] * (len(requests) - 1))
    for request in requests[:-1]:
        chat.complete(request)
    with pytest.raises(UnexpectedCallError) as caught:
        chat.complete(requests[-1])
    return str(caught.value).splitlines()[1:]
