"""Tests of the HTTP request of the direct lane for each provider: URL, headers, key and body."""

import json

import pytest
from llm_core.adapters.litellm.encoding import Endpoint, encode, find_endpoint

from llm_core import ChatRequest, ChatSettings, JsonSchemaOutput, Message, SystemMessage, Tool, UserMessage
from llm_core.adapters.litellm.model_info import find_model_info
from llm_core.adapters.litellm.prepared_request import prepare_request
from llm_core.domain.errors import AuthenticationError, InvalidRequestError, UnsupportedFeatureError
from llm_core.providers.registry import DIRECT
from llm_core.transport.adapter_config import AdapterConfig
from llm_core.wires.http_request import HTTPRequest

KEY = "the-key"
HI: list[Message] = [UserMessage("hi")]
BEARER = ("Authorization", f"Bearer {KEY}")
API_BASE = "http://here.test/v1"
NEEDS_A_BASE = ("azure", "hosted_vllm", "lm_studio", "llamafile", "litellm_proxy")
# Every environment variable that holds a key or a base URL of any provider.
ALL_KEY_VARIABLES = [
    *("OPENAI_API_KEY", "AZURE_API_KEY", "AZURE_OPENAI_API_KEY", "OPENROUTER_API_KEY", "OR_API_KEY", "GROQ_API_KEY"),
    *("MISTRAL_API_KEY", "DEEPSEEK_API_KEY", "XAI_API_KEY", "TOGETHERAI_API_KEY", "TOGETHER_API_KEY"),
    *("TOGETHER_AI_API_KEY", "TOGETHER_AI_TOKEN", "FIREWORKS_API_KEY", "FIREWORKS_AI_API_KEY", "FIREWORKSAI_API_KEY"),
    *("FIREWORKS_AI_TOKEN", "PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY", "HOSTED_VLLM_API_KEY", "LM_STUDIO_API_KEY"),
    *("LLAMAFILE_API_KEY", "LITELLM_PROXY_API_KEY", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "GEMINI_API_KEY"),
    *("GOOGLE_API_KEY", "OLLAMA_API_KEY", "COHERE_API_KEY", "CO_API_KEY"),
]
BASE_VARIABLES = [
    *("OPENAI_BASE_URL", "OPENAI_API_BASE", "AZURE_API_BASE", "AZURE_API_VERSION", "OPENROUTER_API_BASE"),
    *("ANTHROPIC_API_BASE", "ANTHROPIC_BASE_URL", "GEMINI_API_BASE", "OLLAMA_API_BASE", "COHERE_API_BASE"),
    *("HOSTED_VLLM_API_BASE", "LM_STUDIO_API_BASE", "LLAMAFILE_API_BASE", "LITELLM_PROXY_API_BASE"),
]
KEY_VARIABLES = {
    "openai": ["OPENAI_API_KEY"],
    "azure": ["AZURE_API_KEY"],
    "openrouter": ["OPENROUTER_API_KEY", "OR_API_KEY"],
    "groq": ["GROQ_API_KEY"],
    "mistral": ["MISTRAL_API_KEY"],
    "deepseek": ["DEEPSEEK_API_KEY"],
    "xai": ["XAI_API_KEY"],
    "together_ai": ["TOGETHER_API_KEY", "TOGETHER_AI_API_KEY", "TOGETHERAI_API_KEY", "TOGETHER_AI_TOKEN"],
    "fireworks_ai": ["FIREWORKS_API_KEY", "FIREWORKS_AI_API_KEY", "FIREWORKSAI_API_KEY", "FIREWORKS_AI_TOKEN"],
    "perplexity": ["PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY"],
    "hosted_vllm": ["HOSTED_VLLM_API_KEY"],
    "lm_studio": ["LM_STUDIO_API_KEY"],
    "llamafile": ["LLAMAFILE_API_KEY"],
    "litellm_proxy": ["LITELLM_PROXY_API_KEY"],
    "anthropic": ["ANTHROPIC_API_KEY"],
    "gemini": ["GEMINI_API_KEY", "GOOGLE_API_KEY"],
    "ollama_chat": ["OLLAMA_API_KEY"],
    "cohere_chat": ["COHERE_API_KEY", "CO_API_KEY"],
}
URLS = {
    "openai": "https://api.openai.com/v1/chat/completions",
    "azure": f"{API_BASE}/openai/deployments/m-1/chat/completions?api-version=2024-10-21",
    "openrouter": "https://openrouter.ai/api/v1/chat/completions",
    "groq": "https://api.groq.com/openai/v1/chat/completions",
    "mistral": "https://api.mistral.ai/v1/chat/completions",
    "deepseek": "https://api.deepseek.com/beta/chat/completions",
    "xai": "https://api.x.ai/v1/chat/completions",
    "fireworks_ai": "https://api.fireworks.ai/inference/v1/chat/completions",
    "perplexity": "https://api.perplexity.ai/chat/completions",
    "anthropic": "https://api.anthropic.com/v1/messages",
    "gemini": "https://generativelanguage.googleapis.com/v1beta/models/m-1:generateContent",
    "ollama_chat": "http://localhost:11434/api/chat",
    "cohere_chat": "https://api.cohere.com/v2/chat",
    **dict.fromkeys(("hosted_vllm", "lm_studio", "llamafile", "litellm_proxy"), f"{API_BASE}/chat/completions"),
}


@pytest.fixture(autouse=True)
def _an_empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*ALL_KEY_VARIABLES, *BASE_VARIABLES):
        monkeypatch.delenv(name, raising=False)


def base_of(provider: str) -> str | None:
    return API_BASE if provider in NEEDS_A_BASE else None


def make_config(provider: str, **fields: object) -> AdapterConfig:
    return AdapterConfig(**{"model": f"{provider}/m-1", "api_key": KEY, "api_base": base_of(provider), **fields})  # type: ignore[arg-type]  # any of its fields


def endpoint_of(config: AdapterConfig) -> Endpoint:
    endpoint = find_endpoint(find_model_info(config.model, config.api_base), config)
    assert endpoint is not None
    return endpoint


def encoded(config: AdapterConfig, request: ChatRequest | None = None, *, stream: bool = False) -> HTTPRequest:
    model, sent_request = find_model_info(config.model, config.api_base), request or ChatRequest(messages=HI)
    prepared = prepare_request(sent_request, model, config, direct=True)
    return encode(prepared, sent_request.messages, endpoint_of(config), config, stream=stream)


def body(request: HTTPRequest) -> dict[str, object]:
    fields = json.loads(request.content)
    assert isinstance(fields, dict)
    return fields


def test_every_registered_provider_is_tested_here() -> None:
    assert set(DIRECT) == set(KEY_VARIABLES) == {*URLS, "together_ai"}


@pytest.mark.parametrize("provider", URLS)
def test_a_request_goes_to_the_documented_url_of_the_provider(provider: str) -> None:
    seen = encoded(make_config(provider))

    assert URLS[provider] == seen.url


@pytest.mark.parametrize("provider", DIRECT)
def test_a_request_goes_to_api_base_if_it_is_set(provider: str) -> None:
    seen = encoded(make_config(provider, api_base="http://there.test/v1/"))

    assert seen.url.startswith("http://there.test/v1")
    assert "//" not in seen.url.removeprefix("http://")


@pytest.mark.parametrize("provider", DIRECT)
def test_the_key_is_sent_only_in_the_providers_header(provider: str) -> None:
    named = {"azure": "api-key", "gemini": "x-goog-api-key", "anthropic": "x-api-key"}.get(provider)

    seen = encoded(make_config(provider), stream=True)

    holding = {name: value for name, value in seen.headers.items() if KEY in value}
    assert ({named: KEY} if named else dict([BEARER])) == holding
    assert KEY not in seen.url
    assert KEY.encode() not in seen.content
    assert KEY not in repr(seen)
    assert KEY not in repr(endpoint_of(make_config(provider)))


@pytest.mark.parametrize("provider", DIRECT)
def test_every_header_is_sent_once_with_the_expected_value(provider: str) -> None:
    headers = encoded(make_config(provider)).headers

    lower = [name.lower() for name in headers]
    assert len(set(lower)) == len(lower)
    assert ("application/json", "identity", "llm-core") == tuple(
        headers[name] for name in ("Content-Type", "Accept-Encoding", "User-Agent")
    )


def test_headers_of_the_caller_are_sent_and_replace_others() -> None:
    seen = encoded(make_config("openai", headers={"user-agent": "mine", "authorization": "Basic x", "X-Team": "blue"}))

    lower = {name.lower(): value for name, value in seen.headers.items()}
    assert ("mine", "Basic x", "blue") == (lower["user-agent"], lower["authorization"], lower["x-team"])
    assert len(lower) == len(seen.headers)


@pytest.mark.parametrize(
    ("provider", "variable"), [(name, variable) for name, variables in KEY_VARIABLES.items() for variable in variables]
)
def test_a_key_is_read_only_from_the_variables_of_the_provider(
    provider: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ALL_KEY_VARIABLES:
        monkeypatch.setenv(name, f"of-{name}") if name not in KEY_VARIABLES[provider] else None
    monkeypatch.setenv(variable, KEY)

    seen = encoded(make_config(provider, api_key=None))

    assert [value for value in seen.headers.values() if KEY in value]
    assert not [value for value in seen.headers.values() if "of-" in value]


@pytest.mark.parametrize("provider", [name for name, profile in DIRECT.items() if not profile.key_optional])
def test_a_missing_key_is_an_authentication_error(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ALL_KEY_VARIABLES:
        monkeypatch.setenv(name, "of-another") if name not in KEY_VARIABLES[provider] else None

    with pytest.raises(AuthenticationError) as caught:
        endpoint_of(make_config(provider, api_key=None))

    assert "no key: set api_key or " in (caught.value.detail or "")


@pytest.mark.parametrize("provider", [name for name, profile in DIRECT.items() if profile.key_optional])
def test_a_provider_with_an_optional_key_is_called_without_one(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ALL_KEY_VARIABLES:
        monkeypatch.setenv(name, "of-another") if name not in KEY_VARIABLES[provider] else None

    seen = encoded(make_config(provider, api_key=None))

    assert not [value for value in seen.headers.values() if "of-another" in value]
    assert seen.headers.get("Authorization") in (None, "Bearer fake-api-key")  # LiteLLM's placeholder for no key


@pytest.mark.parametrize("provider", ["azure", "hosted_vllm"])
def test_a_missing_api_base_is_an_invalid_request(provider: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        endpoint_of(make_config(provider, api_base=None))

    assert "no api_base: the address of this provider is not known" == caught.value.detail


@pytest.mark.parametrize("variable", ["OPENAI_BASE_URL", "OPENAI_API_BASE"])
def test_the_api_base_is_read_from_the_variables_of_the_provider(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "http://mine.test/v9")

    seen = encoded(make_config("openai"))

    assert "http://mine.test/v9/chat/completions" == seen.url


def test_azures_api_version_is_an_option_or_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_API_VERSION", "2030-01-01")

    from_option = encoded(make_config("azure", provider_options={"api_version": "2031-01-01"})).url
    from_variable = encoded(make_config("azure")).url

    assert ["2031-01-01", "2030-01-01"] == [url.rpartition("=")[2] for url in (from_option, from_variable)]


def test_a_complete_anthropic_url_is_kept() -> None:
    seen = encoded(make_config("anthropic", api_base="http://there.test/v1/messages"))

    assert "http://there.test/v1/messages" == seen.url


def test_gemini_streams_from_another_url() -> None:
    seen = encoded(make_config("gemini"), stream=True)

    assert seen.url.endswith("/models/m-1:streamGenerateContent?alt=sse")


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("provider", DIRECT)
def test_the_body_has_the_stream_flag_and_no_unset_setting(provider: str, *, stream: bool) -> None:
    seen = body(encoded(make_config(provider), stream=stream))

    expected = {} if provider == "gemini" else {"stream": stream}
    assert expected == {name: seen[name] for name in ("stream",) if name in seen}
    assert "hi" in json.dumps(seen.get("messages", seen.get("contents")))
    assert not {"temperature", "top_p", "n", "seed", "tools", "response_format"} & seen.keys()
    assert "temperature" not in json.dumps(seen)


def test_usage_is_requested_only_in_a_stream() -> None:
    seen = [body(encoded(make_config("openai"), stream=stream)).get("stream_options") for stream in (True, False)]

    assert [{"include_usage": True}, None] == seen


def test_a_value_that_litellm_lists_as_unsupported_is_refused() -> None:
    request = ChatRequest(messages=HI, settings=ChatSettings(temperature=0.2))

    with pytest.raises(UnsupportedFeatureError) as caught:
        encoded(make_config("openai", model="openai/gpt-5-mini"), request)

    assert ("settings", None) == (caught.value.feature, caught.value.__context__)
    assert "temperature" in (caught.value.detail or "")


def test_text_is_sent_as_utf8_without_escapes() -> None:
    seen = encoded(make_config("openai"), ChatRequest(messages=[UserMessage("Größe")]))

    assert "Größe".encode() in seen.content


def test_litellm_does_not_scan_a_history_that_it_would_not_change() -> None:
    seen = [endpoint_of(make_config(provider)).keeps_messages for provider in ("openai", "mistral")]

    assert [True, False] == seen


def test_a_provider_outside_the_table_has_no_endpoint() -> None:
    config = AdapterConfig(model="bedrock/m-1", api_key=KEY)

    assert find_endpoint(find_model_info("bedrock/m-1", None), config) is None


def test_system_messages_come_first_for_anthropic_in_their_order() -> None:
    messages: list[Message] = [SystemMessage("1"), UserMessage("hi"), SystemMessage("2")]

    seen = body(encoded(make_config("anthropic"), ChatRequest(messages=messages)))

    match seen["system"]:
        case [{"text": first}, {"text": second}]:
            assert ("1", "2") == (first, second)
        case other:
            raise AssertionError(other)


def test_an_output_format_and_tools_are_in_the_body() -> None:
    tool = Tool(name="get", description="Get.", parameters={"type": "object"})
    output = JsonSchemaOutput(name="city", schema={"type": "object"})

    seen = body(encoded(make_config("openai"), ChatRequest(messages=HI, tools=[tool], output=output)))

    assert {"tools", "response_format"} <= seen.keys()
