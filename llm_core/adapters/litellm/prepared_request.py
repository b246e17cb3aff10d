"""A request for LiteLLM's own call: refused if impossible, else by OpenAI's names."""

import copy
import re

import attrs

from llm_core.domain.json_values import JsonObject
from llm_core.domain.requests import ChatRequest
from llm_core.ports.chat import DEFAULT_TIMEOUT
from llm_core.providers.registry import find_profile
from llm_core.transport.adapter_config import AdapterConfig
from llm_core.transport.credentials import given_key
from llm_core.wires.openai_chat.encode_fields import encode_choice, encode_output, encode_tools

from .capability_checks import require_support, sendable_extra, sendable_settings
from .completion_messages import encode_messages
from .model_info import ModelInfo


@attrs.frozen(kw_only=True)
class PreparedRequest:
    """One request for one model. `parameters` are fresh values: LiteLLM edits what it is given.

    `extra` goes into the body as it is. `api_key` is the caller's, if there is one. `timeout` is in seconds. `ignored`
    names the settings that are not sent.
    """

    model: ModelInfo
    messages: list[JsonObject] = attrs.field(repr=False)
    parameters: JsonObject = attrs.field(repr=False)
    extra: JsonObject = attrs.field(repr=False)
    api_key: str | None = attrs.field(repr=False)
    timeout: float
    ignored: tuple[str, ...]


def prepare_request(request: ChatRequest, model: ModelInfo, config: AdapterConfig) -> PreparedRequest:
    """Return *request* prepared for *model*.

    Raises:
        UnsupportedFeatureError: the request needs what the model does not support.
    """
    settings = request.settings.with_defaults(config.settings)
    require_support(request, model)
    sent, ignored = sendable_settings(settings, model, config.supported_settings, with_tools=bool(request.tools))
    extra, dropped = sendable_extra(settings, model)
    return PreparedRequest(
        model=model,
        messages=encode_messages(request.messages, model, _tool_call_ids(model)),
        parameters={**copy.deepcopy(_tools_and_output(request)), **sent},
        extra=extra,
        api_key=given_key(config),
        timeout=DEFAULT_TIMEOUT if settings.timeout is None else settings.timeout,
        ignored=(*ignored, *dropped),
    )


def _tool_call_ids(model: ModelInfo) -> re.Pattern[str] | None:
    profile = find_profile(model.provider)
    if profile is None:
        return None
    base_url = model.base_url or profile.base_url or ""
    return profile.rules(model.bare_name, base_url).tool_call_ids


def _tools_and_output(request: ChatRequest) -> JsonObject:
    parameters: JsonObject = {}
    if request.tools:
        parameters["tools"] = encode_tools(request.tools)
        if request.tool_choice != "auto":  # the default; some servers refuse it when it is sent
            parameters["tool_choice"] = encode_choice(request.tool_choice)
    if request.output is not None:
        parameters["response_format"] = encode_output(request.output)
    return parameters
