"""The HTTP request that LiteLLM's own config of a provider writes, without LiteLLM's call around it."""

import copy
import inspect
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Protocol, runtime_checkable

import attrs

from llm_core import ChatRequest, ChatSettings
from llm_core.adapters.litellm.completion_messages import encode_messages
from llm_core.adapters.litellm.litellm_module import litellm
from llm_core.domain.json_values import JsonObject, JsonValue
from llm_core.wires.openai_chat.encode_fields import encode_choice, encode_output, encode_settings, encode_tools

KEY = "sk-key"
_OWN_WIRES = frozenset({"anthropic", "cohere_chat", "gemini", "ollama_chat"})
_STREAMS_BY_ADDRESS = frozenset({"gemini"})
_NOTES = ("json_mode", "fake_stream", "max_retries")  # of a config to LiteLLM's own call


@runtime_checkable
class Config(Protocol):
    """How LiteLLM writes one provider's requests. It edits all values: pass fresh ones."""

    def get_supported_openai_params(self, model: str) -> Sequence[str]:
        """Return the parameters that the model accepts."""

    def map_openai_params(
        self,
        *,
        non_default_params: JsonObject,
        optional_params: JsonObject,
        model: str,
        drop_params: bool,
        **more: str,
    ) -> JsonObject:
        """Return the parameters by the provider's own names."""

    def validate_environment(
        self,
        *,
        headers: dict[str, str],
        model: str,
        messages: Sequence[JsonObject],
        optional_params: JsonObject,
        litellm_params: JsonObject,
        api_key: str,
        api_base: str,
    ) -> dict[str, str]:
        """Return the headers, the key among them."""

    def get_complete_url(
        self,
        *,
        api_base: str,
        api_key: str,
        model: str,
        optional_params: JsonObject,
        litellm_params: JsonObject,
        stream: bool,
    ) -> str:
        """Return the address."""

    def transform_request(
        self,
        *,
        model: str,
        messages: Sequence[JsonObject],
        optional_params: JsonObject,
        litellm_params: JsonObject,
        headers: Mapping[str, str],
    ) -> JsonObject:
        """Return the body."""


@attrs.frozen(kw_only=True)
class Written:
    """A request over HTTP; where LiteLLM's call writes address and headers itself, both are empty."""

    url: str = ""
    headers: Mapping[str, str] = attrs.field(factory=dict)
    body: JsonObject


@attrs.frozen
class OpenAIFormat:
    """The form of messages that LiteLLM takes; all parts and reasoning blocks are passed on."""

    provider: str
    openai_wire: bool
    arguments_as_text: bool = True

    def drops_part(self, part: str) -> bool:  # noqa: ARG002 -- the Protocol has it
        """Return False."""
        return False


@cache
def find_config(provider: str, model: str) -> Config | None:
    """Return LiteLLM's config of *model*; None if it has none."""
    litellm()
    manager = import_module("litellm.utils").ProviderConfigManager
    providers = import_module("litellm.types.utils").LlmProviders
    try:
        config: object = manager.get_provider_chat_config(model, providers(provider))
    except ValueError:
        return None
    return config if isinstance(config, Config) else None


def base_of(provider: str, model: str) -> str | None:
    """Return the address that LiteLLM knows."""
    *_, base = litellm().get_llm_provider(f"{provider}/{model}", api_base=None)
    return base


def write(
    config: Config, provider: str, model: str, request: ChatRequest, settings: ChatSettings, base: str, *, stream: bool
) -> Written:
    """Return *request* with *settings* as *config* writes it; whatever it raises passes."""
    supported = config.get_supported_openai_params(model)
    parameters = {name: value for name, value in _parameters(request, settings).items() if name in supported}
    if provider == "azure":  # the config writes bodies for a version of the API
        mapped = config.map_openai_params(
            non_default_params=parameters,
            optional_params={},
            model=model,
            drop_params=False,
            **({"api_version": "2024-10-21"} if _takes_version(config) else {}),
        )
    else:
        mapped = config.map_openai_params(
            non_default_params=parameters, optional_params={}, model=model, drop_params=False
        )
    for note in _NOTES:
        mapped.pop(note, None)
    own = mapped.pop("extra_body", None)
    written = _written(config, provider, model, request, mapped, base, stream=stream)
    body = written.body
    body |= own if isinstance(own, dict) else {}
    body |= copy.deepcopy(dict(settings.extra))
    if stream and provider not in _STREAMS_BY_ADDRESS:
        body["stream"] = True
        if "stream_options" in supported and provider not in _OWN_WIRES:
            body["stream_options"] = {"include_usage": True}
    elif body.get("stream") is False:
        del body["stream"]
    return written


def _takes_version(config: Config) -> bool:
    return "api_version" in inspect.signature(config.map_openai_params).parameters


def _written(
    config: Config, provider: str, model: str, request: ChatRequest, mapped: JsonObject, base: str, *, stream: bool
) -> Written:
    messages = copy.deepcopy(encode_messages(request.messages, OpenAIFormat(provider, provider not in _OWN_WIRES)))
    if provider == "gemini":
        return Written(body=_gemini(model, messages, mapped))
    headers: dict[str, str] = {}
    url = ""
    if provider != "azure":
        headers = config.validate_environment(
            headers={},
            model=model,
            messages=messages,
            optional_params=mapped,
            litellm_params={},
            api_key=KEY,
            api_base=base,
        )
        url = config.get_complete_url(
            api_base=base, api_key=KEY, model=model, optional_params={}, litellm_params={}, stream=stream
        )
    body = config.transform_request(
        model=model, messages=messages, optional_params=mapped, litellm_params={}, headers=headers
    )
    return Written(url=url, headers=headers, body=body)


def _gemini(model: str, messages: list[JsonObject], mapped: JsonObject) -> JsonObject:
    """Return the body, with all names in camel case: Google reads both spellings."""
    write_body = import_module("litellm.llms.vertex_ai.gemini.transformation").transform_request_body
    body: object = write_body(
        messages=messages,
        model=model,
        optional_params=mapped,
        custom_llm_provider="gemini",
        litellm_params={},
        cached_content=None,
    )
    camel = _camel(json.loads(json.dumps(body)))
    return {**camel} if isinstance(camel, dict) else {}


def _camel(value: JsonValue) -> JsonValue:
    match value:
        case dict():
            return {
                re.sub(r"_([a-z])", lambda found: found[1].upper(), name): item if "chema" in name else _camel(item)
                for name, item in value.items()
            }
        case list():
            return [_camel(item) for item in value]
        case _:
            return value


def _parameters(request: ChatRequest, settings: ChatSettings) -> JsonObject:
    parameters = encode_settings(settings)
    if request.tools:
        parameters["tools"] = list(encode_tools(request.tools))
        if request.tool_choice != "auto":
            parameters["tool_choice"] = encode_choice(request.tool_choice)
    if request.output is not None:
        parameters["response_format"] = encode_output(request.output)
    return copy.deepcopy(parameters)
