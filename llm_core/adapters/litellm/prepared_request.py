"""A request for one model, before it takes either lane: refused if impossible, else by OpenAI's names."""

import attrs

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.json_values import JsonObject
from llm_core.domain.requests import ChatRequest
from llm_core.ports.chat import DEFAULT_TIMEOUT
from llm_core.wires.openai_chat.encode import encode_choice, encode_messages, encode_output, encode_tools

from .capability_checks import require_support, sendable_extra, sendable_settings
from .config import AdapterConfig
from .model_info import ModelInfo
from .tool_call_ids import rewrite_ids


@attrs.frozen(kw_only=True)
class PreparedRequest:
    """One request for one model. `parameters` are fresh values: LiteLLM edits what it is given.

    `extra` goes into the body as it is. `timeout` is in seconds. `ignored` names the settings that are not sent.
    """

    model: ModelInfo
    messages: list[JsonObject] = attrs.field(repr=False)
    parameters: JsonObject = attrs.field(repr=False)
    extra: JsonObject = attrs.field(repr=False)
    timeout: float
    ignored: tuple[str, ...]


def prepare_request(request: ChatRequest, model: ModelInfo, config: AdapterConfig, *, direct: bool) -> PreparedRequest:
    """Return *request* prepared for *model*.

    Raises:
        UnsupportedFeatureError: the request needs what the model does not support.
    """
    settings = request.settings.with_defaults(config.settings)
    require_support(request, model)
    sent, ignored = sendable_settings(settings, model, with_tools=bool(request.tools))
    extra, dropped = sendable_extra(settings, model, direct=direct)
    ignored += dropped
    if ignored and config.unsupported == "error":
        raise UnsupportedFeatureError(feature=f"settings.{ignored[0]}")
    return PreparedRequest(
        model=model,
        messages=encode_messages(request.messages, model, rewrite_ids(request.messages, model)),
        parameters={**_tools_and_output(request), **sent},
        extra=extra,
        timeout=DEFAULT_TIMEOUT if settings.timeout is None else settings.timeout,
        ignored=ignored,
    )


def _tools_and_output(request: ChatRequest) -> JsonObject:
    parameters: JsonObject = {}
    if request.tools:
        parameters["tools"] = encode_tools(request.tools)
        if request.tool_choice != "auto":  # the default; some servers refuse it when it is sent
            parameters["tool_choice"] = encode_choice(request.tool_choice)
    if request.output is not None:
        parameters["response_format"] = encode_output(request.output)
    return parameters
