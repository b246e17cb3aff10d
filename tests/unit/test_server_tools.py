"""Tools that the provider runs itself: each wire sends those of its own provider, and refuses all others by name."""

import json
from collections.abc import Sequence

import pytest

from llm_core import (
    ChatRequest,
    ChatSettings,
    JsonSchemaOutput,
    ProviderData,
    Tool,
    UnsupportedFeatureError,
    UserMessage,
)
from llm_core.adapters.litellm.capability_checks import require_support
from llm_core.adapters.litellm.model_info import ModelInfo
from llm_core.adapters.memory import InMemoryChat
from llm_core.domain.json_values import JsonValue
from llm_core.serialization import from_json, to_json
from llm_core.testing.dialects.anthropic_messages import AnthropicMessages
from llm_core.testing.dialects.dialect import Dialect, RecordedRequest
from llm_core.testing.dialects.gemini import Gemini
from llm_core.testing.hard_values import server_tool_of
from llm_core.wires.anthropic_messages import ANTHROPIC_MESSAGES
from llm_core.wires.cohere_chat import COHERE_CHAT
from llm_core.wires.endpoint import Endpoint
from llm_core.wires.gemini import GEMINI
from llm_core.wires.model_rules import ModelRules
from llm_core.wires.ollama_chat import OLLAMA_CHAT
from llm_core.wires.openai_chat import OPENAI_CHAT
from llm_core.wires.wire import Wire

HELLO = UserMessage("Hello?")
GET = Tool(name="get", description="", parameters={"type": "object"})
SEARCH: dict[str, JsonValue] = {"type": "web_search_20250305", "name": "web_search", "max_uses": 1}
GOOGLE: dict[str, JsonValue] = {"googleSearch": {}}
WIRES = {
    "anthropic": ANTHROPIC_MESSAGES,
    "cohere": COHERE_CHAT,
    "gemini": GEMINI,
    "ollama": OLLAMA_CHAT,
    "openai": OPENAI_CHAT,
}


def server_tool(value: JsonValue, provider: str = "itself") -> ProviderData:
    return ProviderData(provider=provider, value=value)


def body_of(wire: Wire, request: ChatRequest, rules: ModelRules | None = None) -> dict[str, JsonValue]:
    endpoint = Endpoint(provider="itself", model="m", base_url="http://a.test", rules=rules or ModelRules())
    body: dict[str, JsonValue] = json.loads(wire.encode(request, request.settings, endpoint, stream=False).content)
    return body


@pytest.mark.parametrize(
    ("wire", "value", "tools", "sent"),
    [
        (ANTHROPIC_MESSAGES, SEARCH, [], [SEARCH]),
        (ANTHROPIC_MESSAGES, SEARCH, [GET], [SEARCH, {"name": "get", "input_schema": {"type": "object"}}]),
        (GEMINI, GOOGLE, [], [GOOGLE]),
        (
            GEMINI,
            GOOGLE,
            [GET],
            [
                {
                    "functionDeclarations": [
                        {"name": "get", "description": "", "parametersJsonSchema": {"type": "object"}}
                    ]
                },
                GOOGLE,
            ],
        ),
    ],
)
def test_the_providers_own_tools_are_sent_beside_ours(
    wire: Wire, value: JsonValue, tools: Sequence[Tool], sent: JsonValue
) -> None:
    request = ChatRequest(messages=[HELLO], tools=tools, server_tools=[server_tool(value)])

    assert sent == body_of(wire, request)["tools"]
    assert (server_tool(value),) == request.server_tools


@pytest.mark.parametrize(
    ("wire", "dialect", "path"),
    [
        (ANTHROPIC_MESSAGES, AnthropicMessages(), "/v1/messages"),
        (GEMINI, Gemini(), "/v1beta/models/m:generateContent"),
    ],
)
def test_the_dialects_read_them(wire: Wire, dialect: Dialect, path: str) -> None:
    tool = server_tool_of(dialect.name)
    assert tool is not None
    request = ChatRequest(messages=[HELLO], tools=[GET], server_tools=[server_tool(tool.value)])
    sent = json.dumps(body_of(wire, request)).encode()

    read = dialect.parse(RecordedRequest(method="POST", path=path, headers={}, body=sent))

    assert ((GET,), (tool,)) == (read.tools, read.server_tools)


@pytest.mark.parametrize("dialect", ["openai_chat", "ollama_chat", "cohere_chat"])
def test_other_dialects_have_none(dialect: str) -> None:
    assert server_tool_of(dialect) is None


def test_a_choice_without_tools_of_our_own_is_sent_for_the_server_tools() -> None:
    request = ChatRequest(messages=[HELLO], tool_choice="none", server_tools=[server_tool(SEARCH)])

    assert {"type": "none"} == body_of(ANTHROPIC_MESSAGES, request)["tool_choice"]


@pytest.mark.parametrize("wire", WIRES.values(), ids=WIRES)
def test_the_tool_of_another_provider_is_refused_by_name(wire: Wire) -> None:
    request = ChatRequest(messages=[HELLO], server_tools=[server_tool({"type": "search"}, "elsewhere")])

    with pytest.raises(UnsupportedFeatureError) as caught:
        body_of(wire, request)

    assert (caught.value.feature or "").startswith("server_tools[0]: of elsewhere")


@pytest.mark.parametrize("name", ["cohere", "ollama", "openai"])
def test_a_wire_without_server_tools_refuses_its_own_providers(name: str) -> None:
    request = ChatRequest(messages=[HELLO], server_tools=[server_tool({"type": "search"})])

    with pytest.raises(UnsupportedFeatureError) as caught:
        body_of(WIRES[name], request)

    assert "server_tools[0]: of itself" == caught.value.feature


@pytest.mark.parametrize("name", ["anthropic", "gemini"])
@pytest.mark.parametrize("value", [None, 1, "web_search", [SEARCH]])
def test_a_value_that_is_no_object_is_refused_with_its_index(name: str, value: JsonValue) -> None:
    request = ChatRequest(messages=[HELLO], server_tools=[server_tool(SEARCH), server_tool(value)])

    with pytest.raises(UnsupportedFeatureError) as caught:
        body_of(WIRES[name], request)

    assert "server_tools[1]: not an object" == caught.value.feature


def test_a_schema_that_is_sent_as_a_tool_is_refused_beside_server_tools() -> None:
    output = JsonSchemaOutput(name="a", schema={"type": "object"})
    request = ChatRequest(messages=[HELLO], server_tools=[server_tool(SEARCH)], output=output)

    with pytest.raises(UnsupportedFeatureError) as caught:
        body_of(ANTHROPIC_MESSAGES, request, ModelRules(schema_as_tool=True))

    assert "output: schema with tools" == caught.value.feature


def test_litellms_own_call_refuses_them() -> None:
    request = ChatRequest(messages=[HELLO], server_tools=[server_tool(SEARCH, "anthropic")])
    model = ModelInfo(name="anthropic/m", bare_name="m", provider="anthropic", openai_wire=False, supported_params=None)

    with pytest.raises(UnsupportedFeatureError) as caught:
        require_support(request, model)

    assert "server_tools[0]: of anthropic" == caught.value.feature


def test_a_chat_in_memory_records_them() -> None:
    request = ChatRequest(messages=[HELLO], server_tools=[server_tool(SEARCH)])

    with InMemoryChat(["Hello."]) as chat:
        chat.complete(request)

    assert (request,) == chat.requests


def test_they_are_written_as_json_and_read_again() -> None:
    request = ChatRequest(
        messages=[HELLO],
        server_tools=[server_tool(SEARCH)],
        settings=ChatSettings(cache="1h", service_tier="flex"),
    )

    assert request == from_json(ChatRequest, to_json(request))
    assert '"server_tools": [{"provider": "itself", "value": {"type": "web_search_20250305"' in to_json(request)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (None, "server_tools: expected a sequence of ProviderData, got NoneType"),
        ([SEARCH], "server_tools[0]: expected ProviderData, got"),
    ],
)
def test_anything_but_provider_data_is_refused(given: Sequence[ProviderData], problem: str) -> None:
    with pytest.raises(ValueError, match=r"\Aserver_tools") as caught:
        ChatRequest(messages=[HELLO], server_tools=given)

    assert str(caught.value).startswith(problem)
