"""Which requests take OpenAI's Responses API, beside LiteLLM's own rule, for every model of its map."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module, util
from typing import Protocol

import attrs
import pytest

from llm_core import ChatRequest, ChatSettings, Tool, UserMessage
from llm_core.adapters.litellm.litellm_module import litellm
from llm_core.transport.adapter_config import AdapterConfig
from llm_core.transport.direct_calls import DirectCalls
from llm_core.transport.endpoints import find_target
from tests.litellm_version import IS_NEWER

from .explained_newer import ROUTES

PROVIDERS = ("openai", "azure", "azure_ai", "xai", "perplexity", "databricks", "groq", "openrouter", "mistral")
TOOL = Tool(name="get", description="Get it.", parameters={"type": "object"})
FUNCTION = {"type": "function", "function": {"name": "get", "parameters": {"type": "object"}}}
BASES = {
    "openai": "https://api.openai.com/v1",
    "azure": "https://me.openai.azure.com",
    "azure_ai": "https://me.services.ai.azure.com/openai/v1",
    "databricks": "https://d.test/serving-endpoints",
}
REQUESTS: Mapping[str, tuple[bool, str | None]] = {
    "plain": (False, None),
    "tools": (True, None),
    "tools and effort": (True, "high"),
    "tools without effort": (True, "none"),
}


@attrs.frozen
class Explained:
    """Models, by a regular expression for provider, slash and model, whose requests take the other API, and why."""

    models: str
    requests: frozenset[str]
    reason: str


ALL = frozenset(REQUESTS)
NEWER = tuple(Explained(models, ALL, reason) for models, reason in ROUTES)
EXPLAINED = (
    Explained(
        r"(openai|azure)/(\w+/)?computer-use-preview.*",
        ALL,
        "LiteLLM's map has Responses as its one endpoint, but chat as its mode",
    ),
    Explained(r"azure/(eu|us)/o3-deep-research", ALL, "LiteLLM's map has it right under the name without a region"),
    Explained(r"perplexity/perplexity/sonar", ALL, "LiteLLM finds the row of perplexity/sonar, which is another model"),
    Explained(
        r"azure/(eu|us)/gpt-5\.[45].*",
        frozenset({"tools without effort"}),
        "LiteLLM's map has the effort none under the name without a region alone",
    ),
)


class BridgeCheck(Protocol):
    """LiteLLM's rule."""

    def __call__(self, **arguments: object) -> tuple[Mapping[str, object], str]:
        """Return what is known of a model, its mode among it, and its name."""


def bridge_check() -> BridgeCheck:
    """Return LiteLLM's rule, which moved to a module of its own."""
    litellm()  # prepares the import
    name = "litellm.responses.bridge_check"
    found: BridgeCheck = import_module(name if util.find_spec(name) else "litellm.main").responses_api_bridge_check
    return found


def models(provider: str) -> Iterator[str]:
    """Yield the models of *provider* that chat."""
    litellm()
    prices: Mapping[str, object] = import_module("litellm").model_cost
    for name, row in prices.items():
        is_chat = isinstance(row, dict) and row.get("litellm_provider") == provider and row.get("mode") in _CHATS
        if is_chat and "claude" not in name:  # Claude at Azure has Anthropic's API
            yield name.removeprefix(f"{provider}/")


_CHATS = ("chat", "responses")


def theirs(provider: str, model: str, *, tools: bool, effort: str | None) -> bool:
    """Return whether LiteLLM takes the Responses API."""
    info, _ = bridge_check()(
        model=model,
        custom_llm_provider=provider,
        tools=[FUNCTION] if tools else None,
        reasoning_effort=effort,
        api_base=BASES.get(provider),
    )
    return info.get("mode") == "responses"


def ours(provider: str, model: str, *, tools: bool, effort: str | None) -> bool:
    """Return whether we do."""
    name = f"{provider}/{model}"
    config = AdapterConfig(model=name, api_key="k", api_base=BASES.get(provider))
    settings = ChatSettings(reasoning_effort=effort)  # type: ignore[arg-type]  # one of its values
    can_have_tools = find_target(name, config).endpoint.rules.tools
    request = ChatRequest(
        messages=[UserMessage("hi")], tools=[TOOL] if tools and can_have_tools else (), settings=settings
    )
    return DirectCalls(config).attempt(request).wire.name == "openai_responses"


@cache
def differences(provider: str) -> frozenset[tuple[str, str]]:
    """Return the models and the requests for which the two differ."""
    return frozenset(
        (f"{provider}/{model}", request)
        for model in models(provider)
        for request, (tools, effort) in REQUESTS.items()
        if theirs(provider, model, tools=tools, effort=effort) != ours(provider, model, tools=tools, effort=effort)
    )


def explains(row: Explained, model: str, request: str) -> bool:
    """Return whether *row* is about *request* of *model*."""
    return request in row.requests and re.fullmatch(row.models, model) is not None


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_choice_differs_from_litellms_only_where_it_is_explained(provider: str) -> None:
    rows = (*EXPLAINED, *(NEWER if IS_NEWER else ()))
    unexplained = [one for one in sorted(differences(provider)) if not any(explains(row, *one) for row in rows)]

    assert [] == unexplained


def test_every_explanation_is_needed() -> None:
    found = [one for provider in PROVIDERS for one in differences(provider)]

    rows = NEWER if IS_NEWER else EXPLAINED
    assert [] == [row for row in rows if not any(explains(row, *one) for one in found)]
