"""Breakpoints of Anthropic's prompt cache: where the encoder writes them, and how the dialect reads them."""

import json
from collections.abc import Iterator, Mapping

import pytest

from llm_core import (
    AssistantMessage,
    ChatMessage,
    ChatRequest,
    ChatSettings,
    ImagePart,
    ProviderData,
    ReasoningPart,
    SystemMessage,
    TextPart,
    Tool,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from llm_core.domain.json_values import JsonValue
from llm_core.testing.dialects.anthropic_requests import read_request
from llm_core.wires.anthropic_messages import ANTHROPIC_MESSAGES
from llm_core.wires.endpoint import Endpoint

ENDPOINT = Endpoint(provider="anthropic", model="claude", base_url="http://a.test")
MARK: JsonValue = {"type": "ephemeral", "ttl": "1h"}
GET = Tool(name="get", description="", parameters={"type": "object"})
SET = Tool(name="set", description="", parameters={"type": "object"})
CALL = ToolCall(id="c", name="get", arguments={})
SIGNED = ReasoningPart("Well.", signature="s")


def body_of(request: ChatRequest, settings: ChatSettings | None = None) -> dict[str, JsonValue]:
    settings = settings or ChatSettings(cache="1h")
    body: dict[str, JsonValue] = json.loads(
        ANTHROPIC_MESSAGES.encode(request, settings, ENDPOINT, stream=False).content
    )
    return body


def marked(value: JsonValue, path: str = "") -> Iterator[tuple[str, JsonValue]]:
    """Yield the path of each marked block, and its mark."""
    match value:
        case dict():
            if "cache_control" in value:
                yield path, value["cache_control"]
            for name, item in value.items():
                yield from marked(item, f"{path}.{name}".lstrip("."))
        case list():
            for index, item in enumerate(value):
                yield from marked(item, f"{path}[{index}]")


def test_the_ends_of_tools_system_and_messages_are_marked() -> None:
    system = [SystemMessage("Be brief."), SystemMessage("Be kind.")]
    request = ChatRequest(
        messages=[*system, UserMessage("Hi."), AssistantMessage("So?"), UserMessage("Go.")], tools=[GET, SET]
    )

    seen = dict(marked(body_of(request)))

    assert {"tools[1]": MARK, "system[1]": MARK, "messages[2].content[0]": MARK} == seen


@pytest.mark.parametrize("lifetime", ["5m", "1h"])
def test_the_mark_has_the_lifetime(lifetime: str) -> None:
    settings = ChatSettings(cache="5m" if lifetime == "5m" else "1h")

    seen = dict(marked(body_of(ChatRequest(messages=[UserMessage("Hi.")]), settings)))

    assert {"messages[0].content[0]": {"type": "ephemeral", "ttl": lifetime}} == seen


def test_nothing_is_marked_unless_it_is_asked_for() -> None:
    assert [] == list(marked(body_of(ChatRequest(messages=[UserMessage("Hi.")], tools=[GET]), ChatSettings())))


@pytest.mark.parametrize(
    ("last", "paths"),
    [
        ([UserMessage([TextPart("Look."), ImagePart(url="https://a.test/cat.png")])], ["messages[0].content[1]"]),
        (
            [AssistantMessage(tool_calls=[CALL]), ToolMessage("rain", tool_call_id="c")],
            ["messages[1].content[0]"],
        ),
        ([UserMessage("Hi."), AssistantMessage("So", reasoning=[SIGNED])], ["messages[1].content[1]"]),
        ([UserMessage("Hi."), AssistantMessage("", reasoning=[SIGNED])], []),
    ],
)
def test_the_last_block_is_marked_that_may_be(last: list[ChatMessage], paths: list[str]) -> None:
    seen = [path for path, _ in marked(body_of(ChatRequest(messages=last)))]

    assert paths == seen


def _search(name: str) -> ProviderData:
    tool: JsonValue = {"type": "web_search_20250305", "name": name, "cache_control": {"type": "ephemeral", "ttl": "1h"}}
    return ProviderData(provider="anthropic", value=tool)


@pytest.mark.parametrize(
    ("own", "extra", "paths"),
    [
        (1, {}, {"tools[0]", "tools[1]", "system[0]", "messages[0].content[0]"}),
        (1, {"cache_control": MARK}, {"", "tools[0]", "system[0]", "messages[0].content[0]"}),
        (3, {}, {"tools[0]", "tools[1]", "tools[2]", "messages[0].content[0]"}),
        (4, {}, {"tools[0]", "tools[1]", "tools[2]", "tools[3]"}),
        (5, {}, {"tools[0]", "tools[1]", "tools[2]", "tools[3]", "tools[4]"}),
    ],
)
def test_with_the_callers_own_marks_there_are_four_at_most(
    own: int, extra: Mapping[str, JsonValue], paths: set[str]
) -> None:
    request = ChatRequest(
        messages=[SystemMessage("Be brief."), UserMessage("Hi.")],
        tools=[GET],
        server_tools=[_search(f"search_{index}") for index in range(own)],
    )

    seen = {path for path, _ in marked(body_of(request, ChatSettings(cache="1h", extra=extra)))}

    assert paths == seen


def test_a_mark_of_the_callers_own_stays() -> None:
    tool: JsonValue = {"type": "mcp_toolset", "mcp_server_name": "a", "cache_control": {"type": "ephemeral"}}
    request = ChatRequest(messages=[UserMessage("Hi.")], server_tools=[ProviderData(provider="anthropic", value=tool)])

    assert [tool] == body_of(request)["tools"]


TEXT: dict[str, JsonValue] = {"type": "text", "text": "Hi."}
THOUGHT: JsonValue = {"type": "thinking", "thinking": "a", "signature": "s", "cache_control": MARK}


def read(*blocks: JsonValue, **fields: JsonValue) -> ChatRequest:
    message: JsonValue = {"role": "user", "content": [*blocks]}
    return read_request({"model": "m", "max_tokens": 9, "messages": [message], **fields})


@pytest.mark.parametrize(
    ("marks", "lifetime"),
    [
        ([], None),
        ([{"type": "ephemeral"}], "5m"),
        ([{"type": "ephemeral", "ttl": "5m"}], "5m"),
        ([MARK], "1h"),
        ([MARK, {"type": "ephemeral"}], "1h"),
    ],
)
def test_the_dialect_reads_the_longest_lifetime(marks: list[JsonValue], lifetime: str | None) -> None:
    settings = read(*({**TEXT, "cache_control": mark} for mark in marks), TEXT).settings

    assert (lifetime, None, {}) == (settings.cache, settings.service_tier, settings.extra)


@pytest.mark.parametrize(
    ("blocks", "fields", "problem"),
    [
        ([{**TEXT, "cache_control": MARK}] * 5, {}, "a maximum of 4 blocks"),
        ([{**TEXT, "cache_control": MARK}] * 4, {"cache_control": MARK}, "a maximum of 4 blocks"),
        ([{**TEXT, "cache_control": {"type": "ephemeral", "ttl": "1d"}}], {}, "expected the type ephemeral"),
        ([{**TEXT, "cache_control": {"type": "ephemeral"}}, {**TEXT, "cache_control": MARK}], {}, "a longer ttl"),
        ([], {"messages": [{"role": "assistant", "content": [THOUGHT]}]}, "thinking blocks cannot be marked"),
        ([TEXT], {"system": [{"type": "text", "text": "", "cache_control": MARK}]}, "empty text blocks"),
    ],
)
def test_the_dialect_refuses_what_the_provider_refuses(
    blocks: list[JsonValue], fields: dict[str, JsonValue], problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        read(*blocks, **fields)


def test_the_dialect_keeps_the_automatic_breakpoint_as_a_field_of_its_own() -> None:
    settings = read(TEXT, cache_control=MARK, service_tier="auto").settings

    assert ChatSettings(max_tokens=9, service_tier="auto", extra={"cache_control": MARK}) == settings


def test_the_dialect_reads_messages_that_are_no_objects() -> None:
    with pytest.raises(ValueError, match="unknown message"):
        read_request({"model": "m", "max_tokens": 9, "messages": ["a"]})


@pytest.mark.parametrize("service_tier", [1, ["auto"]])
def test_the_dialect_refuses_a_service_tier_that_is_no_text(service_tier: JsonValue) -> None:
    with pytest.raises(ValueError, match="service_tier: expected text"):
        read(TEXT, service_tier=service_tier)
