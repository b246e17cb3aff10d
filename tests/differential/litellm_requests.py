"""The HTTP request that LiteLLM's own config of a provider writes, without LiteLLM's call around it."""

import copy
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Protocol, runtime_checkable

import attrs

from llm_core import ChatRequest, ChatSettings
from llm_core.adapters.litellm.completion_messages import encode_messages
from llm_core.adapters.litellm.litellm_module import litellm
from llm_core.domain.json_values import JsonObject
from llm_core.wires.openai_chat.encode_fields import encode_choice, encode_output, encode_settings, encode_tools

KEY = "sk-key"
_NOTES = ("json_mode", "fake_stream", "max_retries")  # of a config to LiteLLM's own call


@runtime_checkable
class Config(Protocol):
    """How LiteLLM writes one provider's requests. It edits all values: pass fresh ones."""

    def get_supported_openai_params(self, model: str) -> Sequence[str]:
        """Return the parameters that the model accepts."""

    def map_openai_params(
        self, *, non_default_params: JsonObject, optional_params: JsonObject, model: str, drop_params: bool
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
    """A request over HTTP."""

    url: str
    headers: Mapping[str, str]
    body: JsonObject


@attrs.frozen
class OpenAIFormat:
    """The form of messages that LiteLLM takes; all parts and reasoning blocks are passed on."""

    provider: str
    openai_wire: bool = True
    arguments_as_text: bool = True

    def drops_part(self, part: str) -> bool:  # noqa: ARG002 -- the Protocol has it
        """Return False."""
        return False


@lru_cache(maxsize=None)
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
    messages = copy.deepcopy(encode_messages(request.messages, OpenAIFormat(provider)))
    mapped = _mapped(config, model, parameters)
    for note in _NOTES:
        mapped.pop(note, None)
    own = mapped.pop("extra_body", None)
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
    body |= own if isinstance(own, dict) else {}
    body |= copy.deepcopy(dict(settings.extra))
    if stream:
        body |= {"stream": True, **({"stream_options": {"include_usage": True}} if "stream_options" in supported else {})}
    return Written(url=url, headers=headers, body=body)


def _parameters(request: ChatRequest, settings: ChatSettings) -> JsonObject:
    parameters = encode_settings(settings)
    if request.tools:
        parameters["tools"] = list(encode_tools(request.tools))
        if request.tool_choice != "auto":
            parameters["tool_choice"] = encode_choice(request.tool_choice)
    if request.output is not None:
        parameters["response_format"] = encode_output(request.output)
    return copy.deepcopy(parameters)


def _mapped(config: Config, model: str, parameters: JsonObject) -> JsonObject:
    return config.map_openai_params(
        non_default_params=parameters, optional_params={}, model=model, drop_params=False
    )
