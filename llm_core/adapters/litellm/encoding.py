"""From a plan to the one HTTP request of the direct lane: LiteLLM's config writes it, and what it loses is mended."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import attrs

from llm_core.domain.errors import AuthenticationError, InvalidRequestError, UnsupportedFeatureError
from llm_core.domain.messages import Message
from llm_core.transport.http_types import HTTPRequest

from .codec import JsonObject
from .config import AdapterConfig
from .configs import Config, find_config, get_secret, keeps_messages
from .gemini_requests import gemini_body
from .litellm_module import litellm
from .mending import fresh_parameters, mend
from .model_info import ModelInfo
from .prepared_request import PreparedRequest
from .providers import PROVIDERS, Provider
from .returning import replay_reasoning

_OURS = {
    "Content-Type": "application/json",
    "Accept-Encoding": "identity",  # else a small body might unpack to a huge one
    "User-Agent": "llm-core",
}

_SILENCE = {"type": "text", "text": ""}


@attrs.frozen(kw_only=True)
class Endpoint:
    """Whom the direct lane asks for one model, and with which key."""

    model: ModelInfo
    provider: Provider
    config: Config
    api_base: str
    api_key: str = attrs.field(repr=False)
    keeps_messages: bool


def find_target(model: ModelInfo, options: AdapterConfig) -> Endpoint | None:
    """Return the target; None where the direct lane cannot take the model.

    Raises:
        AuthenticationError: there is no key.
        InvalidRequestError: nobody says where the provider is.
    """
    provider, config = PROVIDERS.get(model.provider), find_config(model.provider, model.bare_name)
    if provider is None or config is None:
        return None
    _, _, told_key, told_base = litellm().get_llm_provider(
        model.name, api_base=options.api_base, api_key=options.api_key
    )
    key = options.api_key or told_key or get_secret(*provider.keys)
    base = options.api_base or told_base or get_secret(*provider.bases) or provider.base
    if not key and not provider.key_optional:
        raise AuthenticationError(detail=f"no key: set api_key or {' or '.join(provider.keys) or 'its variable'}")
    if not base:
        raise InvalidRequestError(detail="no api_base: nobody says where this provider is")
    return Endpoint(
        model=model,
        provider=provider,
        config=config,
        api_key=key or "",
        api_base=base,
        keeps_messages=keeps_messages(config),
    )


def encode(
    plan: PreparedRequest, messages: Sequence[Message], target: Endpoint, options: AdapterConfig, *, stream: bool
) -> HTTPRequest:
    """Return what is sent.

    Raises:
        UnsupportedFeatureError: what LiteLLM says that the model does not take.
    """
    config, model = target.config, plan.model.bare_name
    parameters = _parameters(plan, config)
    headers = _headers(plan, target, parameters)
    body = _body(plan, messages, target, parameters, headers)
    url = _url(target, model, options, stream=stream)
    mend(body, plan, messages, stream=stream)
    replay_reasoning(body, messages, plan.model, url)
    told = _merged(headers, _OURS, options.headers)
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return HTTPRequest(url=url, headers=told, content=content)


def _merged(*headers: Mapping[str, str]) -> dict[str, str]:
    """Return all of *headers*; later ones replace earlier ones, in whatever case their names are written."""
    last = {name.lower(): (name, value) for told in headers for name, value in told.items()}
    return dict(last.values())


def _parameters(plan: PreparedRequest, config: Config) -> JsonObject:
    try:
        mapped = config.map_openai_params(
            non_default_params=fresh_parameters(plan),
            optional_params={},
            model=plan.model.bare_name,
            drop_params=False,
        )
    except litellm().UnsupportedParamsError as error:
        told = str(error)
    else:
        if "temperature" not in plan.parameters:
            mapped.pop("temperature", None)  # LiteLLM sets one for Gemini 3; what nobody set is not sent
        return mapped
    raise UnsupportedFeatureError(feature="settings", detail=told)


def _headers(plan: PreparedRequest, target: Endpoint, parameters: JsonObject) -> dict[str, str]:
    match plan.model.provider:
        case "azure":
            return {"api-key": target.api_key}
        case "gemini":
            return {"x-goog-api-key": target.api_key}
    told = target.config.validate_environment(
        headers={},
        model=plan.model.bare_name,
        messages=plan.messages,
        optional_params=parameters,
        litellm_params={},
        api_key=target.api_key,
        api_base=target.api_base,
    )
    return {name: value for name, value in told.items() if value.strip() != "Bearer"}  # of a server without keys


def _url(target: Endpoint, model: str, options: AdapterConfig, *, stream: bool) -> str:
    base = target.api_base.rstrip("/")
    match target.model.provider:
        case "azure":
            version = options.provider_options.get("api_version") or get_secret("AZURE_API_VERSION") or "2024-10-21"
            return f"{base}/openai/deployments/{model}/chat/completions?api-version={version}"
        case "gemini":
            return f"{base}/models/{model}:{'streamGenerateContent?alt=sse' if stream else 'generateContent'}"
        case "cohere_chat":
            return base
        case "anthropic":
            return base if base.endswith("/v1/messages") else f"{base}/v1/messages"
    return target.config.get_complete_url(
        api_base=base,
        api_key=target.api_key,
        model=model,
        optional_params={},
        litellm_params={},
        stream=stream,
    )


def _body(
    plan: PreparedRequest,
    messages: Sequence[Message],
    target: Endpoint,
    parameters: JsonObject,
    headers: dict[str, str],
) -> JsonObject:
    if plan.model.provider == "gemini":
        return gemini_body(plan, messages, parameters)
    messages_told = _for_anthropic(plan.messages) if plan.model.provider == "anthropic" else plan.messages
    as_they_are = target.keeps_messages and all(isinstance(message["content"], str | None) for message in messages_told)
    body = target.config.transform_request(
        model=plan.model.bare_name,
        messages=[] if as_they_are else messages_told,
        optional_params=parameters,
        litellm_params={},
        headers=headers,
    )
    return {**body, "messages": messages_told} if as_they_are else body


def _for_anthropic(messages: Sequence[JsonObject]) -> list[JsonObject]:
    """Return *messages* as LiteLLM adds no words of its own to them: systems first, and no empty part beside others.

    Anthropic has one place for systems: of later ones LiteLLM makes words of the user's, with a note; of empty words,
    which Anthropic refuses, a note too.
    """
    told = [{**message, "content": _spoken(message["content"])} for message in messages]
    return sorted(told, key=lambda message: message["role"] != "system")


def _spoken(content: object) -> object:
    parts = [part for part in content if part != _SILENCE] if isinstance(content, list) else []
    return parts or content
