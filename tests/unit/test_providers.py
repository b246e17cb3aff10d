"""What each provider of the direct table is sent for one rich request, and that LiteLLM's own call sends the same."""

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

from .provider_cases import CASES, LOOK, OPENAI, SCHEMA, chat_of, rich, sent_by

# LiteLLM keeps a client for each event loop and timeout until the process ends.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

GOOGLE = "Google takes both spellings of a name"
EXPLAINED = {
    "mistral": {"tool_choice": "LiteLLM says 'any', which means the same, and loses the name of a tool"},
    "xai": {"tools": "LiteLLM leaves out `strict`"},
    "hosted_vllm": {"tools": "LiteLLM leaves out `strict` and additionalProperties"},
    "cohere_chat": {
        "tool_choice": "LiteLLM leaves it out",
        "strict_tools": "LiteLLM says it of each tool, where Cohere does not look",
        "tools": "as above",
    },
    "anthropic": {"tools": "LiteLLM leaves out `strict`, and what it does not know of a schema"},
    "gemini": dict.fromkeys(("generationConfig", "systemInstruction", "system_instruction", "tools"), GOOGLE),
}


@pytest.fixture(scope="module", autouse=True)
def _import() -> Iterator[None]:
    litellm_module.litellm()
    yield
    sys.modules["litellm"].in_memory_llm_clients_cache.flush_cache()


@pytest.mark.parametrize("provider", DIRECT)
def test_a_provider_is_asked_where_and_how_it_documents_it(provider: str) -> None:
    case = CASES[provider]

    sent = sent_by(provider, "direct", rich(case))

    name, _, value = case.key.partition(": ")
    assert (case.path, value) == (sent.path, sent.headers[name])
    assert {"model": case.model, **OPENAI, **case.body} == _with_gaps(json.loads(sent.body), case.body)


@pytest.mark.parametrize("provider", DIRECT)
def test_litellms_own_call_sends_the_same_but_for_what_is_explained(provider: str) -> None:
    request = rich(CASES[provider])

    direct, call = (json.loads(sent_by(provider, lane, request).body) for lane in ("direct", "call"))

    assert set(EXPLAINED.get(provider, {})) == {
        name for name in direct | call if direct.get(name) != call.get(name) and name not in ("messages", "contents")
    }


def test_llama_cpp_is_asked_as_openai_at_its_own_address() -> None:
    request = ChatRequest(messages=[UserMessage("Hello")])

    with (
        FakeProvider(Replies()) as fake_provider,
        LiteLLMChat("openai/gemma", api_key="none", api_base=fake_provider.url) as chat,
    ):
        chat.complete(request)

    assert ["/chat/completions"] == [sent.path for sent in fake_provider.recorder.requests]


@pytest.mark.parametrize("provider", [name for name, told in DIRECT.items() if told.key_optional])
def test_a_server_of_ones_own_needs_no_key(provider: str) -> None:
    case = CASES[provider]

    with (
        FakeProvider(Replies(), case.dialect) as fake_provider,
        LiteLLMChat(f"{provider}/{case.model}", api_base=fake_provider.url + case.base) as chat,
    ):
        chat.complete(ChatRequest(messages=[UserMessage("Hello")]))

    assert 1 == fake_provider.recorder.count


@pytest.mark.parametrize("provider", ["mistral", "groq", "xai", "hosted_vllm", "deepseek", "openrouter"])
def test_one_tool_by_its_name_is_asked_for(provider: str) -> None:
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
def test_what_would_be_lost_of_a_tool_is_refused(
    provider: str, tool: Tool, choice: Literal["auto"] | NamedTool, feature: str
) -> None:
    request = ChatRequest(messages=[UserMessage("Hello")], tools=[tool], tool_choice=choice)

    with pytest.raises(UnsupportedFeatureError) as caught, chat_of(provider, "http://127.0.0.1:9") as chat:
        chat.complete(request)

    assert feature == caught.value.feature


@pytest.mark.parametrize("choice", ["auto", "none"])
def test_cohere_is_told_a_choice_in_its_own_words(choice: Literal["auto", "none"]) -> None:
    tool = attrs.evolve(LOOK, strict=False)
    request = ChatRequest(messages=[UserMessage("Hello")], tools=[tool], tool_choice=choice)

    sent = json.loads(sent_by("cohere_chat", "direct", request).body)

    assert {"auto": None, "none": "NONE"}[choice] == sent.get("tool_choice")
    assert "strict_tools" not in sent


@pytest.mark.parametrize("output", [JsonOutput(), JsonSchemaOutput(name="place", schema=SCHEMA)])
def test_groq_is_asked_for_json_at_once_for_it_streams_none(output: JsonOutput | JsonSchemaOutput) -> None:
    request = ChatRequest(messages=[UserMessage("Hello")], output=output)

    with FakeProvider(Replies(text="{}")) as fake_provider, chat_of("groq", fake_provider.url) as chat:
        response = chat.stream(request).until_done()

    sent = json.loads(fake_provider.recorder.requests[0].body)
    assert ("{}", False) == (response.text, sent["stream"])
    assert {"messages", "model", "response_format", "stream"} == set(sent)


def test_claude_is_sent_no_word_of_litellms_own() -> None:
    request = ChatRequest(messages=[UserMessage("Hello")], output=JsonSchemaOutput(name="place", schema=SCHEMA))

    sent = json.loads(sent_by("anthropic", "direct", request).body)

    assert {"messages", "model", "output_format", "max_tokens", "stream"} == set(sent)


@pytest.mark.parametrize(
    ("effort", "expected"), [("low", ("low", {"type": "enabled"})), ("none", (None, {"type": "disabled"}))]
)
def test_deepseek_is_told_how_much_to_think(
    effort: Literal["low", "none"], expected: tuple[str | None, dict[str, str]]
) -> None:
    request = ChatRequest(messages=[UserMessage("Hello")], settings=ChatSettings(reasoning_effort=effort))

    sent = json.loads(sent_by("deepseek", "direct", request).body)

    assert expected == (sent.get("reasoning_effort"), sent["thinking"])


def test_the_call_lane_passes_on_every_text_to_stop_at() -> None:
    five = ["1", "2", "3", "4", "5"]  # one more than LiteLLM would let pass
    request = ChatRequest(messages=[UserMessage("Hello")], settings=ChatSettings(stop=five))

    sent = json.loads(sent_by("openai", "call", request).body)

    assert five == sent["stop"]


def _with_gaps(told: object, expected: object) -> object:
    """Return *told* with None for each field that *expected* says is not there."""
    if isinstance(told, dict) and isinstance(expected, Mapping):
        gaps = {name: None for name, value in expected.items() if value is None and name not in told}
        return {name: _with_gaps(value, expected.get(name)) for name, value in told.items()} | gaps
    if isinstance(told, list) and isinstance(expected, list):
        return [_with_gaps(one, other) for one, other in zip(told, expected, strict=True)]
    return told
