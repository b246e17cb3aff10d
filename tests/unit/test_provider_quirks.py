"""Tests of what is special about single providers: addresses, names, and settings that depend on the model."""

import json

import pytest

from llm_core import (
    AssistantMessage,
    AudioPart,
    ChatRequest,
    ChatSettings,
    InvalidRequestError,
    JsonOutput,
    JsonSchemaOutput,
    ProviderData,
    ReasoningPart,
    Tool,
    ToolCall,
    ToolMessage,
    UnsupportedFeatureError,
    UserMessage,
)
from llm_core.adapters.direct import DirectChat
from llm_core.domain.json_values import JsonObject
from llm_core.providers.registry import all_profiles, find_profile
from llm_core.testing import FakeProvider, Replies
from llm_core.transport.adapter_config import AdapterConfig
from llm_core.transport.endpoints import find_target
from llm_core.wires.openai_chat.decode import OpenAIChatDecoder

HELLO = [UserMessage("Hello")]
LOOK = Tool(name="look", description="Looks.", parameters={"type": "object"})
FRAME = {"model", "messages", "stream"}
AZURE = "https://me.openai.azure.com"
DATED = "api-version=2024-10-21"


def url_of(model: str, base: str | None = None, **options: str) -> str:
    """Return the address of the chat completions of *model*."""
    config = AdapterConfig(model=model, api_key="k", api_base=base, provider_options=options)
    return find_target(model, config).endpoint.url("chat/completions")


def sent(model: str, request: ChatRequest, base: str = "/v1") -> tuple[JsonObject, tuple[str, ...]]:
    """Return the body of *request*, and the settings that were left out."""
    with FakeProvider(Replies()) as fake_provider:
        with DirectChat(model, api_key="k", api_base=fake_provider.url + base) as chat:
            response = chat.complete(request)
        return json.loads(fake_provider.recorder.requests[0].body), response.ignored_settings


def sent_settings(model: str, settings: ChatSettings) -> tuple[JsonObject, tuple[str, ...]]:
    """Return the fields that *settings* become, and the settings that were left out."""
    body, ignored = sent(model, ChatRequest(messages=HELLO, settings=settings))
    return {name: value for name, value in body.items() if name not in FRAME}, ignored


@pytest.mark.parametrize(
    ("expected", "model", "base", "options"),
    [
        (f"{AZURE}/openai/deployments/mine/chat/completions?{DATED}", "azure/mine", AZURE, {}),
        (f"{AZURE}/openai/deployments/mine/chat/completions?{DATED}", "azure/mine", f"{AZURE}/openai/", {}),
        (f"{AZURE}/openai/deployments/mine/chat/completions?{DATED}", "azure/gpt5_series/mine", AZURE, {}),
        (f"{AZURE}/openai/deployments/mine/chat/completions?{DATED}", "azure/o_series/mine", f"{AZURE}/", {}),
        (f"{AZURE}/openai/deployments/a%2F..%23/chat/completions?{DATED}", "azure/a/..#", AZURE, {}),
        (
            f"{AZURE}/openai/deployments/mine/chat/completions?api-version=2025-01-01",
            "azure/mine",
            AZURE,
            {"api_version": "2025-01-01"},
        ),
        (
            f"{AZURE}/openai/deployments/fixed/chat/completions?{DATED}",
            "azure/mine",
            f"{AZURE}/openai/deployments/fixed",
            {},
        ),
        (
            f"{AZURE}/openai/deployments/mine/chat/completions?api-version=2023-05-15",
            "azure/mine",
            f"{AZURE}?api-version=2023-05-15",
            {},
        ),
        (f"{AZURE}/openai/deployments/mine/chat/completions?a=b&{DATED}", "azure/mine", f"{AZURE}?a=b", {}),
        (f"{AZURE}/openai/v1/chat/completions", "azure/mine", f"{AZURE}/openai/v1/", {}),
        (f"{AZURE}/openai/v1/chat/completions", "azure/mine", AZURE, {"api_version": "v1"}),
        (
            f"{AZURE}/openai/v1/chat/completions?api-version=preview",
            "azure/mine",
            AZURE,
            {"api_version": "preview"},
        ),
        ("https://h/a/chat/completions?x=1", "azure/mine", "https://h/a/chat/completions?x=1", {}),
        (
            "https://me.services.ai.azure.com/models/chat/completions",
            "azure_ai/Phi-4",
            "https://me.services.ai.azure.com",
            {},
        ),
        (
            "https://me.services.ai.azure.com/openai/v1/chat/completions?api-version=2024-05-01-preview",
            "azure_ai/Phi-4",
            "https://me.services.ai.azure.com/openai/v1",
            {"api_version": "2024-05-01-preview"},
        ),
        (
            "https://h/models/chat/completions?api-version=1",
            "azure_ai/Phi-4",
            "https://h/models/chat/completions?api-version=1",
            {},
        ),
        ("https://api.openai.com/v1/chat/completions", "openai/gpt-5", None, {}),
        ("https://h/v1/chat/completions?x=1", "openai/gpt-5", "https://h/v1/?x=1", {}),
        ("https://h/chat/completions", "openai/gemma", "https://h", {}),  # llama.cpp serves it without a version
        ("https://h/v1/chat/completions?x=1", "groq/a", "https://h/v1/chat/completions?x=1", {}),
        ("https://h/v1/chat/completions", "minimax/a", "https://h", {}),
        ("https://h/v1/chat/completions", "mistral/a", "https://h/v1", {}),
        ("https://h/v1/chat/completions", "heroku/a", "https://h/v1/chat/completions", {}),
        (
            "https://model-abcd1234.api.baseten.co/environments/production/sync/v1/chat/completions",
            "baseten/abcd1234",
            None,
            {},
        ),
        ("https://inference.baseten.co/v1/chat/completions", "baseten/zai-org/GLM-5", None, {}),
        (
            "https://api.cloudflare.com/client/v4/accounts/acc/ai/v1/chat/completions",
            "cloudflare/@cf/meta/llama-3",
            None,
            {"account_id": "acc"},
        ),
        ("https://h/ai/v1/chat/completions", "cloudflare/@cf/meta/llama-3", "https://h/ai/v1", {}),
        (
            "https://acc.snowflakecomputing.com/api/v2/cortex/v1/chat/completions",
            "snowflake/mistral-large2",
            None,
            {"account_id": "acc"},
        ),
        ("https://h/cortex/v1/chat/completions", "snowflake/mistral-large2", "https://h/cortex/v1", {}),
        ("https://h/chat/completions", "snowflake/mistral-large2", "https://h/chat/completions", {}),
    ],
)
def test_the_address_of_a_model(expected: str, model: str, base: str | None, options: dict[str, str]) -> None:
    assert expected == url_of(model, base, **options)


@pytest.mark.parametrize(
    ("model", "base", "detail"),
    [
        ("cloudflare/a", None, "CLOUDFLARE_ACCOUNT_ID"),
        ("snowflake/a", None, "SNOWFLAKE_ACCOUNT_ID"),
        ("azure_ai/claude-sonnet-4-5", "https://me.services.ai.azure.com", "anthropic/"),
    ],
)
def test_an_address_that_cannot_be_known_is_refused_with_what_to_set(
    model: str, base: str | None, detail: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("CLOUDFLARE_ACCOUNT_ID", "SNOWFLAKE_ACCOUNT_ID"):
        monkeypatch.delenv(variable, raising=False)

    with pytest.raises(InvalidRequestError) as caught:
        url_of(model, base)

    assert detail in (caught.value.detail or "")


@pytest.mark.parametrize(
    ("expected", "model"),
    [
        ("accounts/fireworks/models/deepseek-v3p2", "fireworks_ai/deepseek-v3p2"),
        ("accounts/fireworks/models/deepseek-v3p2", "fireworks_ai/models/deepseek-v3p2"),
        ("accounts/fireworks/routers/kimi-k3-fast", "fireworks_ai/kimi-k3-fast"),
        ("accounts/mine/models/a", "fireworks_ai/accounts/mine/models/a"),
        ("a#accounts/mine/deployments/b", "fireworks_ai/a#accounts/mine/deployments/b"),
        ("openrouter/auto", "openrouter/auto"),
        ("anthropic/claude-sonnet-4.5", "openrouter/anthropic/claude-sonnet-4.5"),
        ("meta-llama/Llama-3.3-70B-Instruct:together", "huggingface/together/meta-llama/Llama-3.3-70B-Instruct"),
        ("meta-llama/Llama-3.3-70B-Instruct", "huggingface/meta-llama/Llama-3.3-70B-Instruct"),
        ("mine", "azure/gpt5_series/mine"),
        ("https://clarifai.com/openai/chat-completion/models/gpt-4.1", "clarifai/openai.chat-completion.gpt-4.1"),
        ("https://clarifai.com/a/b/models/c", "clarifai/https://clarifai.com/a/b/models/c"),
    ],
)
def test_the_name_of_a_model_in_the_body(expected: str, model: str) -> None:
    base = AZURE if model.startswith("azure/") else None

    assert expected == find_target(model, AdapterConfig(model=model, api_key="k", api_base=base)).endpoint.model


@pytest.mark.parametrize(
    ("model", "settings", "ignored", "fields"),
    [
        ("openai/gpt-5-mini", ChatSettings(temperature=0.2), ("temperature",), {}),
        ("openai/gpt-5-mini", ChatSettings(temperature=1), (), {"temperature": 1}),
        ("openai/gpt-5-mini", ChatSettings(reasoning_effort="none"), ("reasoning_effort",), {}),
        ("openai/gpt-5-mini", ChatSettings(reasoning_effort="minimal"), (), {"reasoning_effort": "minimal"}),
        ("openai/gpt-5-mini", ChatSettings(temperature=0.2, stop="END"), ("temperature", "stop"), {}),
        ("openai/o3", ChatSettings(temperature=0.2, seed=7), ("temperature",), {"seed": 7}),
        ("openai/o1", ChatSettings(stop="END", max_tokens=5), (), {"stop": ["END"], "max_completion_tokens": 5}),
        ("openai/ft:o4-mini-2025-04-16:me", ChatSettings(stop="END"), ("stop",), {}),
        (
            "azure/gpt-5-mini",
            ChatSettings(temperature=0.2, max_tokens=5),
            ("temperature",),
            {"max_completion_tokens": 5},
        ),
        ("azure/o_series/mine", ChatSettings(top_p=0.5, max_tokens=5), ("top_p",), {"max_completion_tokens": 5}),
        ("azure/gpt5_series/gpt-5.1-x", ChatSettings(top_p=0.5), (), {"top_p": 0.5}),
        (
            "openai/gpt-5.2",
            ChatSettings(temperature=0.2, top_p=0.5, reasoning_effort="none"),
            (),
            {"temperature": 0.2, "top_p": 0.5, "reasoning_effort": "none"},
        ),
        ("openai/gpt-5.2", ChatSettings(temperature=0.2), (), {"temperature": 0.2}),
        ("openai/gpt-5.5", ChatSettings(temperature=0.2), ("temperature",), {}),
        (
            "openai/gpt-5.5",
            ChatSettings(temperature=0.2, reasoning_effort="none"),
            (),
            {"temperature": 0.2, "reasoning_effort": "none"},
        ),
        (
            "openai/gpt-5.2",
            ChatSettings(temperature=0.2, top_p=0.5, reasoning_effort="low"),
            ("temperature", "top_p"),
            {"reasoning_effort": "low"},
        ),
        ("openai/gpt-6-sol", ChatSettings(reasoning_effort="max"), (), {"reasoning_effort": "max"}),
        ("openai/gpt-5.1-codex-max", ChatSettings(reasoning_effort="xhigh"), (), {"reasoning_effort": "xhigh"}),
        ("openai/gpt-4o", ChatSettings(temperature=0.2, stop="END"), (), {"temperature": 0.2, "stop": ["END"]}),
        ("openai/gpt-4o", ChatSettings(reasoning_effort="low"), ("reasoning_effort",), {}),
        ("openai/gpt-5-chat-latest", ChatSettings(temperature=0.2), (), {"temperature": 0.2}),
        (
            "openai/gpt-4o-search-preview",
            ChatSettings(temperature=0.2, max_tokens=5),
            ("temperature",),
            {"max_completion_tokens": 5},
        ),
        (
            "openai/my-own",
            ChatSettings(reasoning_effort="low", stop="END"),
            (),
            {"reasoning_effort": "low", "stop": ["END"]},
        ),
        ("github/openai/gpt-5", ChatSettings(max_tokens=5), (), {"max_completion_tokens": 5}),
        ("github/meta/Llama-3.3", ChatSettings(reasoning_effort="low"), ("reasoning_effort",), {}),
        ("azure_ai/grok-4", ChatSettings(stop="END"), ("stop",), {}),
        ("azure_ai/gpt-5", ChatSettings(stop="END"), ("stop",), {}),
        ("mistral/mistral-small-latest", ChatSettings(reasoning_effort="high"), (), {"reasoning_effort": "high"}),
        ("mistral/mistral-small-latest", ChatSettings(reasoning_effort="low"), ("reasoning_effort",), {}),
        ("mistral/magistral-medium-latest", ChatSettings(reasoning_effort="high"), ("reasoning_effort",), {}),
        ("mistral/glm-5-2", ChatSettings(reasoning_effort="low"), (), {"reasoning_effort": "low"}),
        (
            "deepseek/deepseek-chat",
            ChatSettings(reasoning_effort="high"),
            (),
            {"thinking": {"type": "enabled"}, "reasoning_effort": "high"},
        ),
        ("deepseek/deepseek-chat", ChatSettings(reasoning_effort="none"), (), {"thinking": {"type": "disabled"}}),
        ("together_ai/zai-org/GLM-5.2", ChatSettings(reasoning_effort="none"), (), {"reasoning": {"enabled": False}}),
        ("together_ai/openai/gpt-oss-120b", ChatSettings(reasoning_effort="none"), ("reasoning_effort",), {}),
        ("tencent/deepseek-v4-pro", ChatSettings(reasoning_effort="none"), (), {"thinking": {"type": "disabled"}}),
        ("moonshot/kimi-k3", ChatSettings(reasoning_effort="max"), (), {"reasoning_effort": "max"}),
        ("moonshot/kimi-k2.6", ChatSettings(reasoning_effort="none"), (), {"thinking": {"type": "disabled"}}),
        ("moonshot/kimi-k2.7-code", ChatSettings(reasoning_effort="low"), ("reasoning_effort",), {}),
        ("moonshot/moonshot-v1-8k", ChatSettings(temperature=0.2), (), {"temperature": 0.2}),
        ("zai/glm-4.6", ChatSettings(reasoning_effort="none"), (), {"thinking": {"type": "disabled"}}),
        ("zai/glm-4.6", ChatSettings(reasoning_effort="high"), ("reasoning_effort",), {}),
        ("zai/glm-5.2", ChatSettings(reasoning_effort="high"), (), {"reasoning_effort": "high"}),
        ("openrouter/openai/gpt-5", ChatSettings(reasoning_effort="max"), (), {"reasoning_effort": "xhigh"}),
        ("groq/qwen/qwen3-32b", ChatSettings(reasoning_effort="none"), (), {"reasoning_effort": "none"}),
        ("groq/qwen/qwen3-32b", ChatSettings(reasoning_effort="high"), ("reasoning_effort",), {}),
        ("groq/llama-3.3-70b-versatile", ChatSettings(reasoning_effort="low"), ("reasoning_effort",), {}),
        ("xai/grok-3", ChatSettings(stop="END", reasoning_effort="low"), ("reasoning_effort",), {"stop": ["END"]}),
        ("xai/grok-4", ChatSettings(reasoning_effort="low"), ("reasoning_effort",), {}),
        ("xai/grok-4.5", ChatSettings(reasoning_effort="low"), (), {"reasoning_effort": "low"}),
    ],
)
def test_settings_become_what_the_model_accepts(
    model: str, settings: ChatSettings, ignored: tuple[str, ...], fields: JsonObject
) -> None:
    assert (fields, ignored) == sent_settings(model, settings)


@pytest.mark.parametrize(
    ("model", "output", "feature"),
    [
        ("deepseek/deepseek-chat", JsonSchemaOutput(name="a", schema={}), "output: schema"),
        ("groq/openai/gpt-oss-120b", JsonSchemaOutput(name="a", schema={}), "output: schema with tools"),
        ("fireworks_ai/a", JsonOutput(), "output: json with tools"),
        ("openai/gpt-4", JsonOutput(), "output: json"),
        ("openai/gpt-4-turbo", JsonSchemaOutput(name="a", schema={}), "output: schema"),
    ],
)
def test_an_output_that_the_provider_does_not_give_is_refused(
    model: str, output: JsonOutput | JsonSchemaOutput, feature: str
) -> None:
    request = ChatRequest(messages=HELLO, tools=[LOOK], output=output)

    with pytest.raises(UnsupportedFeatureError) as caught:
        sent(model, request)

    assert feature == caught.value.feature


@pytest.mark.parametrize("output", [JsonOutput(), JsonSchemaOutput(name="place", schema={"type": "object"})])
def test_groq_streams_json_in_one_body(output: JsonOutput | JsonSchemaOutput) -> None:
    with FakeProvider(Replies(text="{}")) as fake_provider:
        with DirectChat("groq/openai/gpt-oss-120b", api_key="k", api_base=fake_provider.url) as chat:
            response = chat.stream(ChatRequest(messages=HELLO, output=output)).until_done()
        body = json.loads(fake_provider.recorder.requests[0].body)

    assert ("{}", None) == (response.text, body.get("stream"))


def test_a_part_that_the_provider_cannot_take_is_refused_by_name() -> None:
    message = UserMessage([AudioPart(b"wav", media_type="audio/wav")])

    with pytest.raises(UnsupportedFeatureError) as caught:
        sent("groq/a", ChatRequest(messages=[message]))

    assert "messages[0].content[0]: audio" == caught.value.feature


@pytest.mark.parametrize(
    ("model", "field", "expected"),
    [
        ("vercel_ai_gateway/a", "reasoning_content", "I think."),
        ("hosted_vllm/a", "reasoning", "I think."),
        ("groq/a", "reasoning", None),
        ("azure/a", "reasoning_content", None),
        ("azure_ai/a", "reasoning_content", None),
        ("perplexity/a", "reasoning_content", None),
    ],
)
def test_reasoning_goes_back_where_the_provider_accepts_it(model: str, field: str, expected: str | None) -> None:
    provider = model.partition("/")[0]
    data = [ProviderData(provider=provider, value={"field": field})]
    answer = AssistantMessage("So.", reasoning=[ReasoningPart("I think.", provider_data=data)])

    body, _ = sent(model, ChatRequest(messages=[*HELLO, answer, *HELLO]))

    messages = body["messages"]
    assert isinstance(messages, list)
    assert expected == messages[1].get(field)


@pytest.mark.parametrize(
    ("model", "expected"), [("deepseek/deepseek-chat", ""), ("moonshot/kimi-k2.6", " "), ("zai/glm-5", None)]
)
def test_a_call_of_another_model_has_the_reasoning_that_the_provider_demands(model: str, expected: str | None) -> None:
    history = [
        *HELLO,
        AssistantMessage(tool_calls=[ToolCall(id="a", name="look", arguments={})]),
        ToolMessage("1", tool_call_id="a"),
    ]

    body, _ = sent(model, ChatRequest(messages=history, tools=[LOOK]))

    messages = body["messages"]
    assert isinstance(messages, list)
    assert expected == messages[1].get("reasoning_content")


@pytest.mark.parametrize(("base", "kept"), [("https://api.openai.com/v1", False), ("https://h.test/v1", True)])
def test_ids_are_rewritten_and_reasoning_is_kept_back_at_openai_alone(base: str, kept: bool) -> None:
    rules = find_target(
        "openai/gpt-4o", AdapterConfig(model="openai/gpt-4o", api_key="k", api_base=base)
    ).endpoint.rules

    assert (kept, kept) == (rules.tool_call_ids is None, rules.replays_reasoning)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("jwt", {"Authorization": "Bearer jwt", "X-Snowflake-Authorization-Token-Type": "KEYPAIR_JWT"}),
        (
            "pat/abc",
            {"Authorization": "Bearer abc", "X-Snowflake-Authorization-Token-Type": "PROGRAMMATIC_ACCESS_TOKEN"},
        ),
    ],
)
def test_keys_of_snowflake_are_sent_with_their_type(key: str, expected: dict[str, str]) -> None:
    profile = find_profile("snowflake")

    assert profile is not None
    assert expected == profile.key_headers(key)


def test_a_gateway_of_litellm_makes_one_attempt() -> None:
    with FakeProvider(Replies()) as fake_provider:
        with DirectChat("litellm_proxy/a", api_base=fake_provider.url) as chat:
            chat.complete(ChatRequest(messages=HELLO))
        headers = fake_provider.recorder.requests[0].headers

    assert ("0", None) == (headers["x-litellm-num-retries"], headers.get("authorization"))


@pytest.mark.parametrize(
    ("base", "model"),
    [
        ("https://api.minimax.io/anthropic", "MiniMax-M2.5"),
        ("https://api.moonshot.ai/anthropic", "kimi-k2.6"),
        ("https://api.deepseek.com/anthropic", "deepseek-chat"),
        ("https://api.z.ai/api/anthropic", "glm-5"),
    ],
)
def test_anthropics_api_at_another_host_is_anthropics_row_with_that_address(base: str, model: str) -> None:
    profile = find_profile("anthropic")
    assert profile is not None
    name = f"anthropic/{model}"
    endpoint = find_target(name, AdapterConfig(model=name, api_key="k", api_base=base)).endpoint

    request = profile.wire.encode(ChatRequest(messages=HELLO), ChatSettings(max_tokens=5), endpoint, stream=False)

    assert f"{base}/v1/messages" == request.url


def test_every_host_has_an_address_or_a_variable_for_one_and_a_variable_for_its_key() -> None:
    for name, profile in all_profiles().items():
        if profile.wire.decoder is not OpenAIChatDecoder:
            continue
        assert profile.base_url or profile.base_variables, name
        assert profile.key_variables, name


@pytest.mark.parametrize("model", ["gpt-5", "o3", "chatgpt-4o-latest", "ft:gpt-4o:me"])
def test_openai_models_need_no_prefix(model: str) -> None:
    assert "https://api.openai.com/v1/chat/completions" == url_of(model)
