"""Which of OpenAI's two APIs a request takes: by the model, the host, the tools and the effort."""

from collections.abc import Mapping

import pytest

from llm_core import ChatRequest, ChatSettings, Tool, UnsupportedFeatureError, UserMessage
from llm_core.adapters.direct import DirectChat
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.providers.profile import WireChoice
from llm_core.transport.adapter_config import AdapterConfig
from llm_core.transport.direct_calls import DirectCalls
from llm_core.wires.http_request import HTTPRequest

from .provider_environment import unset_all

HI = [UserMessage("hi")]
TOOLS = [Tool(name="get", description="Get it.", parameters={})]
OPENAI = "https://api.openai.com/v1"
AZURE = "https://me.openai.azure.com"
FOUNDRY = "https://me.services.ai.azure.com/openai/v1"


@pytest.fixture(autouse=True)
def _an_empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    unset_all(monkeypatch)


def sent(
    model: str,
    *,
    tools: bool = False,
    effort: str | None = None,
    wire: WireChoice = "auto",
    api_base: str | None = None,
    options: Mapping[str, str] | None = None,
) -> HTTPRequest:
    settings = ChatSettings(reasoning_effort=effort)  # type: ignore[arg-type]  # one of its values
    request = ChatRequest(messages=HI, tools=TOOLS if tools else (), settings=settings)
    config = AdapterConfig(model=model, api_key="k", wire=wire, api_base=api_base, provider_options=options or {})
    return DirectCalls(config).attempt(request).encode(stream=False)


@pytest.mark.parametrize(
    ("model", "tools", "effort", "path"),
    [
        ("openai/gpt-4o", True, None, "chat/completions"),
        ("openai/gpt-5", True, "high", "chat/completions"),
        ("openai/gpt-5.3", True, "high", "chat/completions"),
        ("openai/gpt-5.4", False, "high", "chat/completions"),
        ("openai/gpt-5.4", True, None, "responses"),
        ("openai/gpt-5.4", True, "low", "responses"),
        ("openai/gpt-5.4", True, "none", "chat/completions"),
        ("openai/gpt-5.5-mini", True, None, "responses"),
        ("openai/gpt-6", True, None, "responses"),
        ("openai/gpt-6-astra", True, "none", "responses"),  # it does not accept the effort none
        ("openai/gpt-5.4-search", False, None, "chat/completions"),
        ("openai/gpt-5-pro", False, None, "responses"),
        ("openai/gpt-5-codex", False, None, "responses"),
        ("openai/gpt-5.1-codex-mini", False, None, "responses"),
        ("openai/codex-mini-latest", False, None, "responses"),
        ("openai/o1-pro-2025-03-19", False, None, "responses"),
        ("openai/o3-deep-research", False, None, "responses"),
        ("openai/o4-mini-deep-research-2025-06-26", False, None, "responses"),
        ("openai/computer-use-preview", False, None, "responses"),
        ("openai/o3", True, None, "chat/completions"),
        ("openai/responses/gpt-4o", False, None, "responses"),
    ],
)
def test_openai(*, model: str, tools: bool, effort: str | None, path: str) -> None:
    assert f"{OPENAI}/{path}" == sent(model, tools=tools, effort=effort).url


@pytest.mark.parametrize("model", ["openai/gpt-5.4", "openai/gpt-5-codex"])
def test_another_host_of_the_same_api_is_asked_for_the_chat(model: str) -> None:
    assert "https://gpu.test/v1/chat/completions" == sent(model, tools=True, api_base="https://gpu.test/v1").url


@pytest.mark.parametrize("model", ["openai/gpt-4o", "hosted_vllm/qwen3", "openrouter/openai/gpt-5"])
def test_responses_can_be_chosen_at_any_host_of_openais_api(model: str) -> None:
    assert "https://gpu.test/v1/responses" == sent(model, wire="responses", api_base="https://gpu.test/v1").url


@pytest.mark.parametrize("path", ["chat/completions", "responses", "responses/", "", "chat/completions?v=1"])
def test_a_whole_address_leads_to_responses_too(path: str) -> None:
    query = path.partition("?")[2]

    sent_to = sent("openai/gpt-4o", wire="responses", api_base=f"https://gpu.test/v1/{path}").url

    assert f"https://gpu.test/v1/responses{f'?{query}' if query else ''}" == sent_to


def test_the_chat_can_be_chosen_where_the_model_serves_it() -> None:
    assert f"{OPENAI}/chat/completions" == sent("openai/gpt-5.4", wire="chat").url


@pytest.mark.parametrize(
    ("model", "feature"),
    [
        ("openai/gpt-5-codex", "wire='chat': the model is served by the Responses API alone"),
        (
            "openai/gpt-5.4",
            "wire='chat': the model accepts tools on the Responses API alone, unless reasoning_effort is none",
        ),
    ],
)
def test_the_chat_is_refused_by_name_where_the_model_does_not_serve_it(model: str, feature: str) -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        sent(model, wire="chat", tools=True)

    assert feature == caught.value.feature


def test_responses_are_refused_by_name_at_a_provider_with_another_api() -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        sent("anthropic/claude-sonnet-4-5", wire="responses")

    assert "wire='responses': the provider has anthropic_messages alone" == caught.value.feature


@pytest.mark.parametrize(
    ("options", "url"),
    [
        ({}, f"{AZURE}/openai/v1/responses"),
        ({"api_version": "v1"}, f"{AZURE}/openai/v1/responses"),
        ({"api_version": "preview"}, f"{AZURE}/openai/v1/responses?api-version=preview"),
        ({"api_version": "2025-04-01-preview"}, f"{AZURE}/openai/responses?api-version=2025-04-01-preview"),
    ],
)
@pytest.mark.parametrize("base", [AZURE, f"{AZURE}/openai/v1/", f"{AZURE}/openai/deployments/mine"])
def test_azure_has_one_address_for_all_deployments(options: dict[str, str], url: str, base: str) -> None:
    request = sent("azure/gpt5_series/mine", wire="responses", api_base=base, options=options)

    assert url == request.url
    assert b'"model":"mine"' in request.content


def test_a_version_in_the_address_of_azure_is_kept() -> None:
    url = f"{AZURE}/openai?api-version=2025-03-01-preview"

    assert f"{AZURE}/openai/responses?api-version=2025-03-01-preview" == (
        sent("azure/gpt-5-codex", api_base=url, options={"api_version": "2025-04-01-preview"}).url
    )


@pytest.mark.parametrize(
    ("model", "effort", "path"),
    [
        ("gpt-5.4", "high", "chat/completions"),
        ("gpt-5.6", None, "chat/completions"),
        ("gpt-5.6", "high", "responses"),
        ("gpt-6", None, "responses"),
        ("gpt-5.4-pro", None, "responses"),
        ("grok-4", None, "chat/completions"),
    ],
)
def test_foundry_asks_for_responses_from_later_versions_on(model: str, effort: str | None, path: str) -> None:
    assert f"{FOUNDRY}/{path}" == sent(f"azure_ai/{model}", tools=True, effort=effort, api_base=FOUNDRY).url


@pytest.mark.parametrize(
    ("model", "base", "url"),
    [
        ("azure_ai/gpt-6", "https://gpu.test/v1", "https://gpu.test/v1/chat/completions"),
        ("azure/gpt-5.4", AZURE, f"{AZURE}/openai/v1/responses"),
        ("xai/grok-4.20-multi-agent", None, "https://api.x.ai/v1/responses"),
        ("xai/grok-4", None, "https://api.x.ai/v1/chat/completions"),
        ("perplexity/openai/gpt-5", None, "https://api.perplexity.ai/v1/responses"),
        ("perplexity/preset/fast-search", None, "https://api.perplexity.ai/v1/responses"),
        ("databricks/databricks-gpt-5-3-codex", "https://d.test/x", "https://d.test/x/responses"),
        ("databricks/databricks-gpt-6-1-sol", "https://d.test/x", "https://d.test/x/responses"),
        ("databricks/databricks-gpt-5-4-pro", "https://d.test/x", "https://d.test/x/responses"),
        ("databricks/databricks-gpt-5-5-pro", "https://d.test/x", "https://d.test/x/responses"),
        ("databricks/databricks-gpt-5", "https://d.test/x", "https://d.test/x/chat/completions"),
    ],
)
def test_other_hosts(model: str, base: str | None, url: str) -> None:
    tools = not model.startswith("perplexity/preset")

    assert url == sent(model, tools=tools, api_base=base).url


@pytest.mark.parametrize(
    ("model", "wire", "name", "reason"),
    [
        ("openai/gpt-4o", "auto", "openai_chat", "the usual one of this provider"),
        ("openai/gpt-5-codex", "auto", "openai_responses", "the model is served by the Responses API alone"),
        (
            "openai/gpt-5.4",
            "auto",
            "openai_chat",
            "the model accepts tools on the Responses API alone, unless reasoning_effort is none",
        ),
        ("openai/gpt-4o", "responses", "openai_responses", "wire='responses' is set"),
        ("anthropic/claude-sonnet-4-5", "auto", "anthropic_messages", None),
    ],
)
def test_the_description_says_which_wire_and_why(model: str, wire: WireChoice, name: str, reason: str | None) -> None:
    for chat in (DirectChat(model, api_key="k", wire=wire), LiteLLMChat(model, api_key="k", wire=wire)):
        seen = chat.describe()

        assert (name, reason) == (seen.wire, seen.wire_reason)


def test_the_description_of_a_model_on_responses_has_its_settings() -> None:
    accepted = DirectChat("openai/gpt-4o", api_key="k", wire="responses").describe().settings

    assert frozenset({"temperature", "top_p", "max_tokens", "parallel_tool_calls", "service_tier"}) == accepted


def test_a_choice_that_there_is_not_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="wire"):
        DirectChat("openai/gpt-4o", wire="completions")  # type: ignore[arg-type]  # the mistake
