"""What a request asks of a model, before it takes either lane: refused where it cannot be, else by OpenAI's names."""

import attrs

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.requests import ChatRequest

from .capability_checks import require_support, sendable_extra, sendable_settings
from .codec import JsonObject, encode_choice, encode_messages, encode_output, encode_tools
from .config import AdapterConfig
from .model_info import ModelInfo

DEFAULT_TIMEOUT = 120.0  # seconds, where neither the request nor the adapter says


@attrs.frozen(kw_only=True)
class PreparedRequest:
    """One request for one model. `parameters` are fresh values, for LiteLLM edits what it is given.

    `extra` is for the body as it is. `timeout`: seconds. `ignored`: the settings that the model does not take.
    """

    model: ModelInfo
    messages: list[JsonObject] = attrs.field(repr=False)
    parameters: JsonObject = attrs.field(repr=False)
    extra: JsonObject = attrs.field(repr=False)
    timeout: float
    ignored: tuple[str, ...]


def prepare_request(request: ChatRequest, model: ModelInfo, options: AdapterConfig, *, direct: bool) -> PreparedRequest:
    """Return what *request* asks of *model*.

    Raises:
        UnsupportedFeatureError: the request asks for what the model cannot do.
    """
    settings = request.settings.with_defaults(options.settings)
    require_support(request, model)
    sent, ignored = sendable_settings(settings, model, with_tools=bool(request.tools))
    extra, dropped = sendable_extra(settings, model, direct=direct)
    ignored += dropped
    if ignored and options.unsupported == "error":
        raise UnsupportedFeatureError(feature=f"settings.{ignored[0]}")
    return PreparedRequest(
        model=model,
        messages=encode_messages(request.messages, model),
        parameters={**_content(request), **sent},
        extra=extra,
        timeout=DEFAULT_TIMEOUT if settings.timeout is None else settings.timeout,
        ignored=ignored,
    )


def _content(request: ChatRequest) -> JsonObject:
    told: JsonObject = {}
    if request.tools:
        told["tools"] = encode_tools(request.tools)
        if request.tool_choice != "auto":  # the default; some servers refuse the word
            told["tool_choice"] = encode_choice(request.tool_choice)
    if request.output is not None:
        told["response_format"] = encode_output(request.output)
    return told
