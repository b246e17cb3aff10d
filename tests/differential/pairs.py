"""Pairs of requests: one and the same request as our encoder and as LiteLLM's config writes it."""

import json
from collections.abc import Iterator, Mapping

import attrs

from llm_core import ChatRequest, ChatSettings, UnsupportedFeatureError
from llm_core.providers.accepted import accepted_settings, require_features
from llm_core.providers.registry import all_profiles
from llm_core.transport.adapter_config import AdapterConfig
from llm_core.transport.endpoints import Target, find_target

from .compare import differences
from .corpus import corpus
from .litellm_requests import KEY, Config, Written, base_of, find_config, write

MODELS: Mapping[str, tuple[str, ...]] = {
    "anthropic": ("claude-sonnet-4-5", "claude-opus-4-6", "claude-3-5-haiku-20241022"),
    "azure": ("gpt-4o", "gpt-5-mini"),
    "azure_ai": ("Phi-4", "gpt-5-mini"),
    "cerebras": ("gpt-oss-120b",),
    "clarifai": ("openai.chat-completion.gpt-4o",),
    "codestral": ("codestral-latest",),
    "cohere_chat": ("command-a-03-2025",),
    "deepinfra": ("deepseek-ai/DeepSeek-V3.1",),
    "deepseek": ("deepseek-chat", "deepseek-reasoner"),
    "fireworks_ai": ("accounts/fireworks/models/deepseek-v4-pro-0813",),
    "gemini": ("gemini-2.5-flash", "gemini-3-flash-preview"),
    "groq": ("openai/gpt-oss-120b", "llama-3.3-70b-versatile"),
    "huggingface": ("meta-llama/Llama-3.3-70B-Instruct",),
    "meta": ("muse-spark-1.1",),
    "minimax": ("MiniMax-M2.1",),
    "mistral": ("mistral-large-latest", "mistral-medium-3-5", "magistral-medium-latest"),
    "moonshot": ("kimi-k3", "kimi-k2.6", "moonshot-v1-8k"),
    "ollama_chat": ("llama3.2",),
    "openai": ("gpt-4o", "gpt-5-mini", "gpt-5.2", "o3"),
    "openrouter": ("anthropic/claude-sonnet-4.5", "openai/gpt-5"),
    "perplexity": ("sonar-pro", "sonar-deep-research"),
    "snowflake": ("mistral-large2",),
    "tencent": ("deepseek-v4-pro",),
    "together_ai": ("openai/gpt-oss-120b", "zai-org/GLM-5.2"),
    "xai": ("grok-4.5", "grok-3"),
    "zai": ("glm-5.2",),
}
"""Models of each provider; of any other ``some-model``."""

_BASES: Mapping[str, str] = {
    "azure": "https://host.test",
    "azure_ai": "https://me.services.ai.azure.com",
    "cloudflare": "https://host.test/ai/v1",
    "custom_openai": "https://host.test/v1",
    "databricks": "https://host.test/serving-endpoints",
    "heroku": "https://host.test",
    "hosted_vllm": "https://host.test/v1",
    "litellm_proxy": "https://host.test/v1",
    "oobabooga": "https://host.test/v1",
    "openai_like": "https://host.test/v1",
    "snowflake": "https://host.test/api/v2",
}  # of providers whose address is the caller's
_FIXED = frozenset({"accept-encoding", "content-type", "user-agent"})
UNCOMPARED = frozenset({"vertex_ai", "vertex_ai_beta", "bedrock", "ollama"})
"""Providers whose requests depend on credentials, or that LiteLLM's prefix means another endpoint of."""


@attrs.frozen(order=True)
class Difference:
    """Where our request and LiteLLM's differ."""

    model: str
    """With its provider: ``openai/gpt-4o``."""
    request: str
    """Its name in the corpus; ``address`` and ``headers`` are the same for all."""
    what: str


def models() -> Iterator[tuple[str, str]]:
    """Yield each provider that LiteLLM has a config of, and each of its models."""
    for provider in sorted(all_profiles().keys() - UNCOMPARED):
        for model in MODELS.get(provider, ("some-model",)):
            if find_config(provider, model) is not None:
                yield provider, model


def compared(provider: str, model: str) -> Iterator[Difference]:
    """Yield the differences of all requests of the corpus."""
    config = find_config(provider, model)
    assert config is not None
    name = f"{provider}/{model}"
    target = find_target(name, AdapterConfig(model=name, api_key=KEY, api_base=_BASES.get(provider)))
    base = _BASES.get(provider) or base_of(provider, model) or target.profile.base_url or ""
    seen = set[str]()
    for number, (request_name, request) in enumerate(corpus()):
        stream = number % 2 == 0
        ours, refused = _ours(target, request, stream=stream)
        settings = _accepted(target, request)
        theirs, raised = _theirs(config, provider, model, request, settings, base, stream=stream)
        if ours is None or theirs is None:
            if (raised is None or refused is None) and raised != _NOT_COMPARABLE:
                what = f"refused: {refused}" if refused else f"LiteLLM raises {raised}"
                yield Difference(name, request_name, what)
            continue
        for what in differences(ours.body, theirs.body):
            yield Difference(name, request_name, what)
        seen |= set(_of_the_frame(ours, theirs))
    for what in sorted(seen):
        yield Difference(name, "frame", what)


_NOT_COMPARABLE = "no format"


def _ours(target: Target, request: ChatRequest, *, stream: bool) -> tuple[Written | None, str | None]:
    try:
        require_features(request, target.endpoint.rules)
        encoded = target.profile.wire.encode(request, _accepted(target, request), target.endpoint, stream=stream)
    except UnsupportedFeatureError as error:
        return None, error.feature
    return Written(url=encoded.url, headers=encoded.headers, body=json.loads(encoded.content)), None


def _accepted(target: Target, request: ChatRequest) -> ChatSettings:
    settings, _ = accepted_settings(request, request.settings, target.endpoint.rules)
    return settings


def _theirs(
    config: Config, provider: str, model: str, request: ChatRequest, settings: ChatSettings, base: str, *, stream: bool
) -> tuple[Written | None, str | None]:
    try:
        written = write(config, provider, model, request, settings, base, stream=stream)
    except UnsupportedFeatureError:
        return None, _NOT_COMPARABLE  # the format of messages that LiteLLM takes has no such part
    except Exception as error:  # noqa: BLE001 -- each config raises its own
        return None, type(error).__name__
    return attrs.evolve(written, body=json.loads(json.dumps(written.body))), None


def _of_the_frame(ours: Written, theirs: Written) -> Iterator[str]:
    if not theirs.url:
        return
    if ours.url != theirs.url:
        yield f"address: LiteLLM's is {theirs.url}"
    yield from (f"header {what}" for what in differences(_headers(ours), _headers(theirs)))


def _headers(written: Written) -> dict[str, str]:
    return {name.lower(): value for name, value in written.headers.items() if name.lower() not in _FIXED}
