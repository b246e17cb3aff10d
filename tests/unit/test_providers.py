"""Tests of the body that each direct provider receives, and that the call lane sends the same body."""

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Literal

import attrs
import pytest

from llm_core import (
    ChatRequest,
    ChatSettings,
    JsonOutput,
    JsonSchemaOutput,
    NamedTool,
    Tool,
    UnsupportedFeatureError,
    UserMessage,
)
from llm_core.adapters.litellm import LiteLLMChat, litellm_module
from llm_core.providers.registry import DIRECT
from llm_core.testing import FakeProvider, Replies

from .provider_cases import CASES, LOOK, OPENAI, SCHEMA, chat_of, rich_request, sent_by

GOOGLE = "Google accepts both spellings of a name"
EXPLAINED = {
    "mistral": {"tool_choice": "LiteLLM sends 'any', which means the same, and drops the name of a tool"},
    "xai": {"tools": "LiteLLM omits `strict`"},
    "hosted_vllm": {"tools": "LiteLLM omits `strict` and additionalProperties"},
    "cohere_chat": {
        "tool_choice": "LiteLLM omits it",
        "strict_tools": "LiteLLM sets it on each tool, where Cohere does not read it",
        "tools": "as above",
    },
    "anthropic": {"tools": "LiteLLM omits `strict` and unknown schema keywords"},
    "gemini": dict.fromkeys(("generationConfig", "systemInstruction", "system_instruction", "tools"), GOOGLE),
}


@pytest.fixture(scope="module", autouse=True)
def _import() -> Iterator[None]:
    litellm_module.litellm()
    yield
    sys.modules["litellm"].in_memory_llm_clients_cache.flush_cache()


@pytest.mark.parametrize("provider", DIRECT)
def test_a_request_follows_the_documentation_of_the_provider(provider: str) -> None:
    case = CASES[provider]

    sent = sent_by(provider, "direct", rich_request(case))

    name, _, value = case.key.partition(": ")
    assert (case.path, value) == (sent.path, sent.headers[name])
    assert {"model": case.model, **OPENAI, **case.body} == _with_none_for_absent(json.loads(sent.body), case.body)


@pytest.mark.parametrize("provider", DIRECT)
@pytest.mark.call_lane
def test_the_call_lane_sends_the_same_body_except_for_explained_differences(provider: str) -> None:
    request = rich_request(CASES[provider])

    direct, call = (json.loads(sent_by(provider, lane, request).body) for lane in ("direct", "call"))

    assert set(EXPLAINED.get(provider, {})) == {
        name for name in direct | call if direct.get(name) != call.get(name) and name not in ("messages", "contents")
    }


def test_llama_cpp_is_called_with_the_openai_prefix_and_api_base() -> None:
    request = ChatRequest(messages=[UserMessage("Hello")])

    with (
        FakeProvider(Replies()) as fake_provider,
        LiteLLMChat("openai/gemma", api_key="none", api_base=fake_provider.url) as chat,
    ):
        chat.complete(request)

    assert ["/chat/completions"] == [sent.path for sent in fake_provider.recorder.requests]


@pytest.mark.parametrize("provider", [name for name, provider in DIRECT.items() if provider.key_optional])
def test_a_local_server_needs_no_key(provider: str) -> None:
    case = CASES[provider]

    with (
        FakeProvider(Replies(), case.dialect) as fake_provider,
        LiteLLMChat(f"{provider}/{case.model}", api_base=fake_provider.url + case.base) as chat,
    ):
        chat.complete(ChatRequest(messages=[UserMessage("Hello")]))

    assert 1 == fake_provider.recorder.count


@pytest.mark.parametrize("provider", ["mistral", "groq", "xai", "hosted_vllm", "deepseek", "openrouter"])
def test_a_named_tool_choice_is_sent_as_a_function(provider: str) -> None:
    request = ChatRequest(messages=[UserMessage("Hello")], tools=[LOOK], tool_choice=NamedTool("look"))

    sent = json.loads(sent_by(provider, "direct", request).body)

    assert {"type": "function", "function": {"name": "look"}} == sent["tool_choice"]


@pytest.mark.parametrize(
    ("provider", "tool", "choice", "feature"),
    [
        ("cohere_chat", LOOK, NamedTool("look"), "tool_choice: a tool by its name"),
        ("fireworks_ai", LOOK, "auto", "tools[0].strict"),
    ],
)
def test_a_tool_option_that_the_provider_cannot_express_is_refused(
    provider: str, tool: Tool, choice: Literal["auto"] | NamedTool, feature: str
) -> None:
    request = ChatRequest(messages=[UserMessage("Hello")], tools=[tool], tool_choice=choice)

    with pytest.raises(UnsupportedFeatureError) as caught, chat_of(provider, "http://127.0.0.1:9") as chat:
        chat.complete(request)

    assert feature == caught.value.feature


@pytest.mark.parametrize("choice", ["auto", "none"])
def test_cohere_receives_a_tool_choice_in_its_own_format(choice: Literal["auto", "none"]) -> None:
    tool = attrs.evolve(LOOK, strict=False)
    request = ChatRequest(messages=[UserMessage("Hello")], tools=[tool], tool_choice=choice)

    sent = json.loads(sent_by("cohere_chat", "direct", request).body)

    assert {"auto": None, "none": "NONE"}[choice] == sent.get("tool_choice")
    assert "strict_tools" not in sent


@pytest.mark.parametrize("output", [JsonOutput(), JsonSchemaOutput(name="place", schema=SCHEMA)])
def test_groq_receives_a_json_request_without_streaming(output: JsonOutput | JsonSchemaOutput) -> None:
    request = ChatRequest(messages=[UserMessage("Hello")], output=output)

    with FakeProvider(Replies(text="{}")) as fake_provider, chat_of("groq", fake_provider.url) as chat:
        response = chat.stream(request).until_done()

    sent = json.loads(fake_provider.recorder.requests[0].body)
    assert ("{}", False) == (response.text, sent["stream"])
    assert {"messages", "model", "response_format", "stream"} == set(sent)


def test_anthropic_receives_a_json_schema_without_fields_of_litellm() -> None:
    request = ChatRequest(messages=[UserMessage("Hello")], output=JsonSchemaOutput(name="place", schema=SCHEMA))

    sent = json.loads(sent_by("anthropic", "direct", request).body)

    assert {"messages", "model", "output_format", "max_tokens", "stream"} == set(sent)


@pytest.mark.parametrize(
    ("effort", "expected"), [("low", ("low", {"type": "enabled"})), ("none", (None, {"type": "disabled"}))]
)
def test_deepseek_receives_the_reasoning_effort(
    effort: Literal["low", "none"], expected: tuple[str | None, dict[str, str]]
) -> None:
    request = ChatRequest(messages=[UserMessage("Hello")], settings=ChatSettings(reasoning_effort=effort))

    sent = json.loads(sent_by("deepseek", "direct", request).body)

    assert expected == (sent.get("reasoning_effort"), sent["thinking"])


@pytest.mark.call_lane
def test_the_call_lane_sends_every_stop_sequence() -> None:
    five = ["1", "2", "3", "4", "5"]  # LiteLLM would pass on only four
    request = ChatRequest(messages=[UserMessage("Hello")], settings=ChatSettings(stop=five))

    sent = json.loads(sent_by("openai", "call", request).body)

    assert five == sent["stop"]


def _with_none_for_absent(sent: object, expected: object) -> object:
    """Return *sent* with None for each field that is None in *expected* and absent from *sent*."""
    if isinstance(sent, dict) and isinstance(expected, Mapping):
        absent = {name: None for name, value in expected.items() if value is None and name not in sent}
        return {name: _with_none_for_absent(value, expected.get(name)) for name, value in sent.items()} | absent
    if isinstance(sent, list) and isinstance(expected, list):
        return [_with_none_for_absent(item, other) for item, other in zip(sent, expected, strict=True)]
    return sent
