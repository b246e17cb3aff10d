"""Finds the endpoint of a model: its provider's profile, the address, and the one credential that is sent."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import attrs

from llm_core.domain.errors import (
    InvalidRequestError,
    ModelNotFoundError,
    UnsupportedFeatureError,
)
from llm_core.domain.model_description import ModelDescription
from llm_core.domain.secret_text import SecretText
from llm_core.providers.environment import first_set
from llm_core.providers.profile import Address, Profile, ResponsesUse
from llm_core.providers.registry import find_profile, provider_of
from llm_core.providers.rules.responses import responses_rules, takes_responses, why
from llm_core.wires.endpoint import Endpoint
from llm_core.wires.http_request import merge_headers
from llm_core.wires.model_rules import ModelRules
from llm_core.wires.openai_chat import OPENAI_CHAT
from llm_core.wires.wire import Wire

from .adapter_config import AdapterConfig
from .credentials import credential_of
from .masking import url_keys
from .proxies import proxy_keys
from .urls import host_of, parse_url

_HEADERS = {
    "Content-Type": "application/json",
    "Accept-Encoding": "identity",  # otherwise a small body could expand to a huge one
    "User-Agent": "llm-core",
}
_RESPONSES = "responses/"  # LiteLLM's prefix of models that are to be asked on the Responses API


@attrs.frozen(kw_only=True)
class Target:
    """A model at its provider, and the secrets of requests to it."""

    profile: Profile
    wire: Wire
    endpoint: Endpoint
    host: str | None
    """Host and port of the address, as errors name them."""
    responses: ResponsesUse
    """Which requests the model serves on OpenAI's Responses API alone."""
    secrets: tuple[str, ...] = attrs.field(repr=False)
    on_responses: Target | None = None
    """The same model on that API; None: no request takes it."""


def split_model(name: str) -> tuple[str, str]:
    """Return the provider and the provider's own name of the model *name*, as in ``openai/gpt-5-mini``.

    Raises:
        ModelNotFoundError: *name* has no prefix, and belongs to no known family of models.
    """
    provider, slash, model = name.partition("/")
    if slash and model:
        return provider, model
    guessed = provider_of(name)
    if guessed is None:
        raise ModelNotFoundError(model=name, detail="no provider: name the model as in 'openai/gpt-5-mini'")
    return guessed, name


def find_target(name: str, config: AdapterConfig) -> Target:
    """Return the endpoint of the model *name*, and the profile of its provider.

    Raises:
        UnsupportedFeatureError: the provider has no Responses API.
        ModelNotFoundError: no provider has the prefix of *name*.
        AuthenticationError: there is no key.
        InvalidRequestError: there is no address, or it is not a URL of HTTP.
    """
    provider, model, profile = _find_provider(name)
    base = _base_of(profile, config)
    if not base:
        variables = "".join(f" or {variable}" for variable in profile.base_variables)
        raise InvalidRequestError(detail=f"no address: set api_base{variables}")
    base_url, login = _without_login(base)
    credential, secrets = credential_of(profile, config, login)
    use, model = _responses_use(profile, model, base_url)
    options, rules = _options(profile, config), profile.rules(model, base_url)
    headers = merge_headers(_HEADERS, profile.headers, credential, config.headers)
    address = profile.address(base_url, model, options)
    target = Target(
        profile=profile,
        wire=profile.wire,
        endpoint=_endpoint(provider, model, address, headers, rules),
        host=host_of(address.base_url),
        responses=use,
        secrets=(*secrets, *url_keys(base), *proxy_keys()),
    )
    if config.wire == "chat" or (config.wire == "auto" and use == "never"):
        return target
    find_address = profile.responses_address or profile.address
    wire, address = _responses_wire(profile), find_address(_without_api_path(base_url), model, options)
    endpoint = _endpoint(provider, model, address, headers, responses_rules(rules))
    on_responses = attrs.evolve(target, wire=wire, endpoint=endpoint, host=host_of(address.base_url))
    return attrs.evolve(target, on_responses=on_responses)


def _without_api_path(base_url: str) -> str:
    """Return *base_url*, which may be the whole address of the chat or of Responses, without that path."""
    path, mark, query = base_url.partition("?")
    return f"{path.rstrip('/').removesuffix('/chat/completions').removesuffix('/responses')}{mark}{query}"


def _endpoint(provider: str, model: str, address: Address, headers: Mapping[str, str], rules: ModelRules) -> Endpoint:
    return Endpoint(
        provider=provider,
        model=address.model or model,
        base_url=address.base_url,
        query=address.query,
        whole_url=address.whole_url,
        headers=headers,
        rules=rules,
    )


def describe(name: str, config: AdapterConfig) -> ModelDescription:
    """Return what the rules of its provider know of the model *name*; no key is needed.

    Raises:
        ModelNotFoundError: no provider has the prefix of *name*.
    """
    provider, model, profile = _find_provider(name)
    base_url = _base_of(profile, config) or ""
    use, model = _responses_use(profile, model, base_url)
    rules, wire = profile.rules(model, base_url), profile.wire
    if takes_responses(config.wire, use, has_tools=False, effort=None):
        rules, wire = responses_rules(rules), _responses_wire(profile)
    return ModelDescription(
        provider=provider,
        model=model,
        host=host_of(base_url),
        wire=wire.name,
        wire_reason=why(config.wire, use) if profile.wire is OPENAI_CHAT else None,
        settings=rules.settings if config.supported_settings is None else config.supported_settings,
        tools=rules.tools,
        tool_choices=rules.tool_choices if rules.tools else frozenset(),
        strict_tools=rules.strict_tools,
        forced_tools_with_reasoning=rules.forced_tools_with_reasoning,
        json_output="json" in rules.outputs,
        json_output_with_tools="json with tools" in rules.outputs,
        json_schema_output="schema" in rules.outputs and not rules.schema_as_tool,
        json_schema_output_with_tools="schema with tools" in rules.outputs and not rules.schema_as_tool,
        recursive_schemas=rules.recursive_schemas,
        schema_limits=rules.schema_limits,
        images="image data" in rules.parts,
    )


def _find_provider(name: str) -> tuple[str, str, Profile]:
    provider, model = split_model(name)
    profile = find_profile(provider)
    if profile is None:
        raise ModelNotFoundError(model=name, detail="unknown provider: name the model as in 'openai/gpt-5-mini'")
    return provider, model, profile


def _responses_use(profile: Profile, model: str, base_url: str) -> tuple[ResponsesUse, str]:
    """Return which requests *model* serves on Responses alone, and its name without the prefix that says so."""
    name = model.removeprefix(_RESPONSES) if profile.wire is OPENAI_CHAT else model
    return ("always" if name != model else profile.responses(name, base_url)), name


def _responses_wire(profile: Profile) -> Wire:
    """Return the wire of the Responses API. Raises UnsupportedFeatureError for a provider with another API."""
    if profile.wire is not OPENAI_CHAT:
        raise UnsupportedFeatureError(feature=f"wire='responses': the provider has {profile.wire.name} alone")
    from llm_core.wires.openai_responses import OPENAI_RESPONSES

    return OPENAI_RESPONSES


def _base_of(profile: Profile, config: AdapterConfig) -> str | None:
    base = config.api_base or first_set(profile.base_variables) or profile.base_url
    return base and SecretText(base)  # it may hold a password


def _options(profile: Profile, config: AdapterConfig) -> Mapping[str, str]:
    given = {name: str(value) for name, value in config.provider_options.items()}
    found = {name: first_set((variable,)) for name, variable in profile.option_variables.items()}
    return {**{name: value for name, value in found.items() if value is not None}, **given}


def _without_login(base: str) -> tuple[str, str]:
    """Return *base* without its user and password, and those as ``user:password``; empty if there are none.

    Raises InvalidRequestError if it is not a URL of HTTP.
    """
    user, password = parse_url(base).login or ("", "")
    netloc = urlsplit(base).netloc
    host = netloc.rpartition("@")[2]
    return SecretText(base.replace(netloc, host, 1)), SecretText(f"{user}:{password}" if user or password else "")
