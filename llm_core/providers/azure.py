"""Azure OpenAI, and the models of other makers at Azure AI Foundry.

Sources: https://learn.microsoft.com/en-us/azure/ai-foundry/openai/reference (dated versions of the API),
https://learn.microsoft.com/en-us/azure/ai-foundry/openai/api-version-lifecycle (``/openai/v1``),
https://learn.microsoft.com/en-us/azure/foundry/openai/concepts/priority-processing (``service_tier``) and
https://learn.microsoft.com/en-us/azure/ai-foundry/foundry-models/concepts/endpoints.
"""

import re
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

import attrs

from llm_core.domain.errors import InvalidRequestError
from llm_core.wires.model_rules import ModelRules
from llm_core.wires.openai_chat import OPENAI_CHAT

from .profile import Address, Profile, ResponsesUse
from .rules.addresses import address_below
from .rules.families import by_family
from .rules.openai_models import is_openai_model, openai_model_rules
from .rules.responses import openai_responses_use, version_of
from .xai import xai_rules

_TOOL_CALL_IDS = re.compile(r".{1,40}", re.DOTALL)  # "a string with maximum length 40"
_SERIES = {"gpt5_series": "gpt-5", "o_series": "o3"}  # prefixes that tell the family of a deployment, and a member
_UNDATED = frozenset({"preview", "latest", "v1"})  # versions of the API without a date
_DATED = "2024-10-21"
_CLAUDE = re.compile("claude", re.IGNORECASE)
_by_family = by_family(ModelRules())
_FOUNDRY = "services.ai.azure.com"
_AZURE = ".azure.com"


def _deployment(model: str) -> tuple[str, str]:
    """Return the name of the deployment, and a model of its family."""
    series, slash, name = model.partition("/")
    if not slash or series not in _SERIES:
        return model, model
    return name, name if name.startswith(("gpt-", "o1", "o3", "o4")) else _SERIES[series]


def _openai_address(base_url: str, model: str, options: Mapping[str, str]) -> Address:
    deployment, _ = _deployment(model)
    address = address_below(base_url)
    version = options.get("api_version") or _DATED
    base, query = address.base_url, address.query
    if address.whole_url:
        return attrs.evolve(address, model=deployment)
    if base.endswith("/openai/v1"):
        return Address(base_url=base, query=query, model=deployment)
    base = base.removesuffix("/openai")
    if version in _UNDATED:
        undated = _joined(query, "api-version=preview") if version == "preview" else query
        return Address(base_url=f"{base}/openai/v1", query=undated, model=deployment)
    path = "" if "/openai/deployments/" in base else f"/openai/deployments/{quote(deployment, safe='')}"
    dated = query if "api-version=" in query else _joined(query, f"api-version={quote(version, safe='')}")
    return Address(base_url=f"{base}{path}", query=dated, model=deployment)


def _responses_address(base_url: str, model: str, options: Mapping[str, str]) -> Address:
    """Return the address of the Responses API: the deployment stands in the body, and dated versions have a path."""
    base, _, query = base_url.partition("?")
    deployment, _ = _deployment(model)
    base = base.rstrip("/").partition("/openai")[0]
    version = options.get("api_version") or "v1"
    if version in _UNDATED:
        undated = _joined(query, "api-version=preview") if version == "preview" else query
        return Address(base_url=f"{base}/openai/v1", query=undated, model=deployment)
    dated = query if "api-version=" in query else _joined(query, f"api-version={quote(version, safe='')}")
    return Address(base_url=f"{base}/openai", query=dated, model=deployment)


def _openai_responses(model: str, _: str) -> ResponsesUse:
    return openai_responses_use(_deployment(model)[1])


def _foundry_responses(model: str, base_url: str) -> ResponsesUse:
    """Return when Foundry serves *model* on Responses alone: LiteLLM measured it for each version of GPT."""
    if not (urlsplit(base_url).hostname or "").endswith(_AZURE):
        return "never"
    use, version = openai_responses_use(model), version_of(model)
    if use != "with tools" or version >= (6, 0):
        return use
    return "with tools and effort" if version >= (5, 6) else "never"


def _joined(query: str, field: str) -> str:
    return f"{query}&{field}" if query else field


def _openai_rules(model: str, _: str) -> ModelRules:
    rules = openai_model_rules(_deployment(model)[1])
    settings = rules.settings | {"service_tier"}
    return attrs.evolve(rules, settings=settings, tool_call_ids=_TOOL_CALL_IDS, replays_reasoning=False)


def _foundry_address(base_url: str, model: str, options: Mapping[str, str]) -> Address:
    if _CLAUDE.search(model):
        raise InvalidRequestError(
            detail="Claude at Azure has Anthropic's API: name it anthropic/..., with its api_base"
        )
    address = address_below(base_url)
    version, base = options.get("api_version"), address.base_url
    if address.whole_url:
        return address
    query = _joined(address.query, f"api-version={quote(version, safe='')}") if version else address.query
    is_bare = (urlsplit(base).hostname or "").endswith(_FOUNDRY) and not urlsplit(base).path
    return Address(base_url=f"{base}/models" if is_bare else base, query=query)


def _foundry_rules(model: str, base_url: str) -> ModelRules:
    if is_openai_model(model):
        rules = openai_model_rules(model)
    elif model.startswith("grok-"):
        rules = xai_rules(model, base_url)
    else:
        rules = _by_family(model, base_url)
    return attrs.evolve(rules, replays_reasoning=False)


def _key_headers(key: str) -> Mapping[str, str]:
    return {"api-key": key}


PROFILES = {
    "azure": Profile(
        wire=OPENAI_CHAT,
        base_variables=("AZURE_API_BASE",),
        key_variables=("AZURE_API_KEY",),
        key_headers=_key_headers,
        address=_openai_address,
        option_variables={"api_version": "AZURE_API_VERSION"},
        rules=_openai_rules,
        responses=_openai_responses,
        responses_address=_responses_address,
    ),
    "azure_ai": Profile(
        wire=OPENAI_CHAT,
        base_variables=("AZURE_AI_API_BASE",),
        key_variables=("AZURE_AI_API_KEY",),
        key_headers=_key_headers,
        address=_foundry_address,
        option_variables={"api_version": "AZURE_AI_API_VERSION"},
        rules=_foundry_rules,
        responses=_foundry_responses,
        responses_address=_responses_address,
    ),
}
