"""What the direct lane sends for each provider of its table: where, with which key, and what."""

import json

import pytest

from llm_core import ChatRequest, ChatSettings, JsonSchemaOutput, Message, SystemMessage, Tool, UserMessage
from llm_core.adapters.litellm.config import AdapterConfig
from llm_core.adapters.litellm.encoding import Endpoint, encode, find_endpoint
from llm_core.adapters.litellm.model_info import find_model_info
from llm_core.adapters.litellm.prepared_request import prepare_request
from llm_core.domain.errors import AuthenticationError, InvalidRequestError, UnsupportedFeatureError
from llm_core.providers.registry import DIRECT
from llm_core.transport.http_types import HTTPRequest

KEY = "the-key"
HI: list[Message] = [UserMessage("hi")]
BEARER = ("Authorization", f"Bearer {KEY}")
HERE = "http://here.test/v1"
NEEDS_A_BASE = ("azure", "hosted_vllm", "lm_studio", "llamafile", "litellm_proxy")
# Whatever names a key or a place, in any provider's words.
VARIABLES = [
    *("OPENAI_API_KEY", "AZURE_API_KEY", "AZURE_OPENAI_API_KEY", "OPENROUTER_API_KEY", "OR_API_KEY", "GROQ_API_KEY"),
    *("MISTRAL_API_KEY", "DEEPSEEK_API_KEY", "XAI_API_KEY", "TOGETHERAI_API_KEY", "TOGETHER_API_KEY"),
    *("TOGETHER_AI_API_KEY", "TOGETHER_AI_TOKEN", "FIREWORKS_API_KEY", "FIREWORKS_AI_API_KEY", "FIREWORKSAI_API_KEY"),
    *("FIREWORKS_AI_TOKEN", "PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY", "HOSTED_VLLM_API_KEY", "LM_STUDIO_API_KEY"),
    *("LLAMAFILE_API_KEY", "LITELLM_PROXY_API_KEY", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "GEMINI_API_KEY"),
    *("GOOGLE_API_KEY", "OLLAMA_API_KEY", "COHERE_API_KEY", "CO_API_KEY"),
]
PLACES = [
    *("OPENAI_BASE_URL", "OPENAI_API_BASE", "AZURE_API_BASE", "AZURE_API_VERSION", "OPENROUTER_API_BASE"),
    *("ANTHROPIC_API_BASE", "ANTHROPIC_BASE_URL", "GEMINI_API_BASE", "OLLAMA_API_BASE", "COHERE_API_BASE"),
    *("HOSTED_VLLM_API_BASE", "LM_STUDIO_API_BASE", "LLAMAFILE_API_BASE", "LITELLM_PROXY_API_BASE"),
]
OWN = {
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
PATHS = {
    "openai": "https://api.openai.com/v1/chat/completions",
    "azure": f"{HERE}/openai/deployments/m-1/chat/completions?api-version=2024-10-21",
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
    **dict.fromkeys(("hosted_vllm", "lm_studio", "llamafile", "litellm_proxy"), f"{HERE}/chat/completions"),
}


@pytest.fixture(autouse=True)
def _an_empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, *PLACES):
        monkeypatch.delenv(name, raising=False)


def base_of(provider: str) -> str | None:
    return HERE if provider in NEEDS_A_BASE else None


def options_of(provider: str, **told: object) -> AdapterConfig:
    return AdapterConfig(**{"model": f"{provider}/m-1", "api_key": KEY, "api_base": base_of(provider), **told})  # type: ignore[arg-type]  # any of its fields


def target_of(options: AdapterConfig) -> Endpoint:
    target = find_endpoint(find_model_info(options.model, options.api_base), options)
    assert target is not None
    return target


def sent(options: AdapterConfig, request: ChatRequest | None = None, *, stream: bool = False) -> HTTPRequest:
    model, asked = find_model_info(options.model, options.api_base), request or ChatRequest(messages=HI)
    planned = prepare_request(asked, model, options, direct=True)
    return encode(planned, asked.messages, target_of(options), options, stream=stream)


def body(outgoing: HTTPRequest) -> dict[str, object]:
    told = json.loads(outgoing.content)
    assert isinstance(told, dict)
    return told


def test_every_provider_of_the_table_is_tested_here() -> None:
    assert set(DIRECT) == set(OWN) == {*PATHS, "together_ai"}


@pytest.mark.parametrize("provider", PATHS)
def test_a_request_goes_to_the_providers_own_address(provider: str) -> None:
    seen = sent(options_of(provider))

    assert PATHS[provider] == seen.url


@pytest.mark.parametrize("provider", DIRECT)
def test_another_address_is_asked_where_one_is_told(provider: str) -> None:
    seen = sent(options_of(provider, api_base="http://there.test/v1/"))

    assert seen.url.startswith("http://there.test/v1")
    assert "//" not in seen.url.removeprefix("http://")


@pytest.mark.parametrize("provider", DIRECT)
def test_the_key_travels_in_the_providers_own_header_and_nowhere_else(provider: str) -> None:
    named = {"azure": "api-key", "gemini": "x-goog-api-key", "anthropic": "x-api-key"}.get(provider)

    seen = sent(options_of(provider), stream=True)

    holding = {name: value for name, value in seen.headers.items() if KEY in value}
    assert ({named: KEY} if named else dict([BEARER])) == holding
    assert KEY not in seen.url
    assert KEY.encode() not in seen.content
    assert KEY not in repr(seen)
    assert KEY not in repr(target_of(options_of(provider)))


@pytest.mark.parametrize("provider", DIRECT)
def test_every_header_is_sent_once_and_says_what_is_sent(provider: str) -> None:
    headers = sent(options_of(provider)).headers

    lower = [name.lower() for name in headers]
    assert len(set(lower)) == len(lower)
    assert ("application/json", "identity", "llm-core") == tuple(
        headers[name] for name in ("Content-Type", "Accept-Encoding", "User-Agent")
    )


def test_the_callers_headers_are_sent_and_replace_others() -> None:
    seen = sent(options_of("openai", headers={"user-agent": "mine", "authorization": "Basic x", "X-Team": "blue"}))

    told = {name.lower(): value for name, value in seen.headers.items()}
    assert ("mine", "Basic x", "blue") == (told["user-agent"], told["authorization"], told["x-team"])
    assert len(told) == len(seen.headers)


@pytest.mark.parametrize(
    ("provider", "variable"), [(name, one) for name, variables in OWN.items() for one in variables]
)
def test_a_key_is_read_from_the_providers_own_variable_alone(
    provider: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in VARIABLES:
        monkeypatch.setenv(name, f"of-{name}") if name not in OWN[provider] else None
    monkeypatch.setenv(variable, KEY)

    seen = sent(options_of(provider, api_key=None))

    assert [value for value in seen.headers.values() if KEY in value]
    assert not [value for value in seen.headers.values() if "of-" in value]


@pytest.mark.parametrize("provider", [name for name, told in DIRECT.items() if not told.key_optional])
def test_without_a_key_of_its_own_a_provider_is_not_asked(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.setenv(name, "of-another") if name not in OWN[provider] else None

    with pytest.raises(AuthenticationError) as caught:
        target_of(options_of(provider, api_key=None))

    assert "no key: set api_key or " in (caught.value.detail or "")


@pytest.mark.parametrize("provider", [name for name, told in DIRECT.items() if told.key_optional])
def test_an_open_provider_is_asked_without_a_key(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.setenv(name, "of-another") if name not in OWN[provider] else None

    seen = sent(options_of(provider, api_key=None))

    assert not [value for value in seen.headers.values() if "of-another" in value]
    assert seen.headers.get("Authorization") in (None, "Bearer fake-api-key")  # LiteLLM's word for none


@pytest.mark.parametrize("provider", ["azure", "hosted_vllm"])
def test_a_provider_that_is_nowhere_is_not_asked(provider: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        target_of(options_of(provider, api_base=None))

    assert "no api_base: nobody says where this provider is" == caught.value.detail


@pytest.mark.parametrize("variable", ["OPENAI_BASE_URL", "OPENAI_API_BASE"])
def test_a_place_is_read_from_the_providers_own_variable(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "http://mine.test/v9")

    seen = sent(options_of("openai"))

    assert "http://mine.test/v9/chat/completions" == seen.url


def test_azure_is_asked_in_the_version_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_API_VERSION", "2030-01-01")

    told = sent(options_of("azure", provider_options={"api_version": "2031-01-01"})).url
    read = sent(options_of("azure")).url

    assert ["2031-01-01", "2030-01-01"] == [url.rpartition("=")[2] for url in (told, read)]


def test_a_whole_address_of_anthropics_is_kept() -> None:
    seen = sent(options_of("anthropic", api_base="http://there.test/v1/messages"))

    assert "http://there.test/v1/messages" == seen.url


def test_gemini_streams_from_another_address() -> None:
    seen = sent(options_of("gemini"), stream=True)

    assert seen.url.endswith("/models/m-1:streamGenerateContent?alt=sse")


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("provider", DIRECT)
def test_a_body_asks_for_a_stream_or_not_and_for_nothing_that_nobody_set(provider: str, *, stream: bool) -> None:
    told = body(sent(options_of(provider), stream=stream))

    asked = {} if provider == "gemini" else {"stream": stream}
    assert asked == {name: told[name] for name in ("stream", "stream_options") if name in told and name == "stream"}
    assert "hi" in json.dumps(told.get("messages", told.get("contents")))
    assert not {"temperature", "top_p", "n", "seed", "tools", "response_format"} & told.keys()
    assert "temperature" not in json.dumps(told)


def test_usage_is_asked_for_in_a_stream_alone() -> None:
    seen = [body(sent(options_of("openai"), stream=stream)).get("stream_options") for stream in (True, False)]

    assert [{"include_usage": True}, None] == seen


def test_what_litellm_says_that_the_model_does_not_take_is_refused() -> None:
    request = ChatRequest(messages=HI, settings=ChatSettings(temperature=0.2))

    with pytest.raises(UnsupportedFeatureError) as caught:
        sent(options_of("openai", model="openai/gpt-5-mini"), request)

    assert ("settings", None) == (caught.value.feature, caught.value.__context__)
    assert "temperature" in (caught.value.detail or "")


def test_words_travel_as_they_are_written() -> None:
    seen = sent(options_of("openai"), ChatRequest(messages=[UserMessage("Größe")]))

    assert "Größe".encode() in seen.content


def test_litellm_looks_through_no_history_that_it_would_not_edit() -> None:
    seen = [target_of(options_of(provider)).keeps_messages for provider in ("openai", "mistral")]

    assert [True, False] == seen


def test_a_provider_without_a_config_has_no_target() -> None:
    options = AdapterConfig(model="bedrock/m-1", api_key=KEY)

    assert find_endpoint(find_model_info("bedrock/m-1", None), options) is None


def test_systems_come_first_for_anthropic_in_the_order_in_which_they_were_told() -> None:
    told: list[Message] = [SystemMessage("1"), UserMessage("hi"), SystemMessage("2")]

    seen = body(sent(options_of("anthropic"), ChatRequest(messages=told)))

    match seen["system"]:
        case [{"text": first}, {"text": second}]:
            assert ("1", "2") == (first, second)
        case other:
            raise AssertionError(other)


def test_an_output_and_tools_reach_the_body() -> None:
    tool = Tool(name="get", description="Get.", parameters={"type": "object"})
    output = JsonSchemaOutput(name="city", schema={"type": "object"})

    seen = body(sent(options_of("openai"), ChatRequest(messages=HI, tools=[tool], output=output)))

    assert {"tools", "response_format"} <= seen.keys()
