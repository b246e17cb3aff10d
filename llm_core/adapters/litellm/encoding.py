"""The HTTP request of the direct lane: LiteLLM's config writes it, `mending` restores what LiteLLM loses."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import attrs

from llm_core.domain.errors import AuthenticationError, InvalidRequestError, UnsupportedFeatureError
from llm_core.domain.json_values import JsonObject
from llm_core.domain.messages import Message
from llm_core.providers.profile import Profile
from llm_core.providers.registry import DIRECT
from llm_core.transport.masking import shown_url
from llm_core.wires.http_request import HTTPRequest

from .config import AdapterConfig
from .configs import Config, find_config, get_secret, keeps_messages
from .gemini_requests import gemini_body
from .litellm_module import litellm
from .mending import fresh_parameters, mend
from .model_info import ModelInfo
from .prepared_request import PreparedRequest
from .returning import replay_reasoning

_HEADERS = {
    "Content-Type": "application/json",
    "Accept-Encoding": "identity",  # otherwise a small body could expand to a huge one
    "User-Agent": "llm-core",
}

_EMPTY_TEXT = {"type": "text", "text": ""}


@attrs.frozen(kw_only=True)
class Endpoint:
    """Where the direct lane sends the requests for one model, and with which key."""

    model: ModelInfo
    profile: Profile
    config: Config
    api_base: str = attrs.field(repr=shown_url)
    api_key: str = attrs.field(repr=False)
    keeps_messages: bool


def find_endpoint(model: ModelInfo, config: AdapterConfig) -> Endpoint | None:
    """Return the endpoint; None if the direct lane cannot serve the model.

    Raises:
        AuthenticationError: there is no key.
        InvalidRequestError: there is no address.
    """
    profile, writer = DIRECT.get(model.provider), find_config(model.provider, model.bare_name)
    if profile is None or writer is None:
        return None
    _, _, litellm_key, litellm_base = litellm().get_llm_provider(
        model.name, api_base=config.api_base, api_key=config.api_key
    )
    key = config.api_key or litellm_key or get_secret(*profile.key_variables)
    base = config.api_base or litellm_base or get_secret(*profile.base_variables) or profile.base_url
    if not key and not profile.key_optional:
        variables = " or ".join(profile.key_variables) or "its variable"
        raise AuthenticationError(detail=f"no key: set api_key or {variables}")
    if not base:
        raise InvalidRequestError(detail="no api_base: the address of this provider is not known")
    return Endpoint(
        model=model,
        profile=profile,
        config=writer,
        api_key=key or "",
        api_base=base,
        keeps_messages=keeps_messages(writer),
    )


def encode(
    prepared: PreparedRequest, messages: Sequence[Message], endpoint: Endpoint, config: AdapterConfig, *, stream: bool
) -> HTTPRequest:
    """Return the HTTP request.

    Raises:
        UnsupportedFeatureError: LiteLLM reports that the model does not support it.
    """
    model = prepared.model.bare_name
    parameters = _parameters(prepared, endpoint.config)
    headers = _headers(prepared, endpoint, parameters)
    body = _body(prepared, messages, endpoint, parameters, headers)
    url = _url(endpoint, model, config, stream=stream)
    mend(body, prepared, messages, stream=stream)
    replay_reasoning(body, messages, prepared.model, url)
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return HTTPRequest(url=url, headers=_merged(headers, _HEADERS, config.headers), content=content)


def _merged(*headers: Mapping[str, str]) -> dict[str, str]:
    """Return all of *headers*; later ones replace earlier ones, whatever the case of their names."""
    last = {name.lower(): (name, value) for group in headers for name, value in group.items()}
    return dict(last.values())


def _parameters(prepared: PreparedRequest, config: Config) -> JsonObject:
    try:
        mapped = config.map_openai_params(
            non_default_params=fresh_parameters(prepared),
            optional_params={},
            model=prepared.model.bare_name,
            drop_params=False,
        )
    except litellm().UnsupportedParamsError as error:
        reason = str(error)
    else:
        if "temperature" not in prepared.parameters:
            mapped.pop("temperature", None)  # LiteLLM sets one for Gemini 3; what the caller did not set is not sent
        return mapped
    raise UnsupportedFeatureError(feature="settings", detail=reason)


def _headers(prepared: PreparedRequest, endpoint: Endpoint, parameters: JsonObject) -> dict[str, str]:
    match prepared.model.provider:
        case "azure":
            return {"api-key": endpoint.api_key}
        case "gemini":
            return {"x-goog-api-key": endpoint.api_key}
    headers = endpoint.config.validate_environment(
        headers={},
        model=prepared.model.bare_name,
        messages=prepared.messages,
        optional_params=parameters,
        litellm_params={},
        api_key=endpoint.api_key,
        api_base=endpoint.api_base,
    )
    return {name: value for name, value in headers.items() if value.strip() != "Bearer"}  # for a server without keys


def _url(endpoint: Endpoint, model: str, config: AdapterConfig, *, stream: bool) -> str:
    base = endpoint.api_base.rstrip("/")
    match endpoint.model.provider:
        case "azure":
            version = config.provider_options.get("api_version") or get_secret("AZURE_API_VERSION") or "2024-10-21"
            return f"{base}/openai/deployments/{model}/chat/completions?api-version={version}"
        case "gemini":
            return f"{base}/models/{model}:{'streamGenerateContent?alt=sse' if stream else 'generateContent'}"
        case "cohere_chat":
            return base
        case "anthropic":
            return base if base.endswith("/v1/messages") else f"{base}/v1/messages"
    return endpoint.config.get_complete_url(
        api_base=base,
        api_key=endpoint.api_key,
        model=model,
        optional_params={},
        litellm_params={},
        stream=stream,
    )


def _body(
    prepared: PreparedRequest,
    messages: Sequence[Message],
    endpoint: Endpoint,
    parameters: JsonObject,
    headers: dict[str, str],
) -> JsonObject:
    if prepared.model.provider == "gemini":
        return gemini_body(prepared, messages, parameters)
    is_anthropic = prepared.model.provider == "anthropic"
    encoded = _for_anthropic(prepared.messages) if is_anthropic else prepared.messages
    unchanged = endpoint.keeps_messages and all(isinstance(message["content"], str | None) for message in encoded)
    body = endpoint.config.transform_request(
        model=prepared.model.bare_name,
        messages=[] if unchanged else encoded,
        optional_params=parameters,
        litellm_params={},
        headers=headers,
    )
    return {**body, "messages": encoded} if unchanged else body


def _for_anthropic(messages: Sequence[JsonObject]) -> list[JsonObject]:
    """Return *messages* in a form to which LiteLLM adds no text: system messages first, no empty part beside others.

    Anthropic has one place for system messages: LiteLLM turns later ones into user text with a note; it adds a note
    for empty text, which Anthropic refuses, too.

    Raises:
        UnsupportedFeatureError: the text of a message is blank; Anthropic refuses it, and LiteLLM would replace it.
    """
    copies = [{**message, "content": _without_empty_parts(message["content"])} for message in messages]
    for index, message in enumerate(copies):
        if message["role"] in ("user", "assistant") and any(not text.strip() for text in _texts(message["content"])):
            raise UnsupportedFeatureError(feature=f"messages[{index}].content: blank text")
    return sorted(copies, key=lambda message: message["role"] != "system")


def _texts(content: object) -> list[str]:
    if isinstance(content, list):
        return [part["text"] for part in content if part["type"] == "text"]
    return [content] if isinstance(content, str) else []


def _without_empty_parts(content: object) -> object:
    parts = [part for part in content if part != _EMPTY_TEXT] if isinstance(content, list) else []
    return parts or content
