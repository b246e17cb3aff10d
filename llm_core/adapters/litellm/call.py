"""The call lane: `litellm.completion` and `litellm.acompletion`, and a way to close what they leave open."""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence

import attrs

from llm_core.domain import checks
from llm_core.domain.chat_settings import ChatSettings
from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.requests import ChatRequest

from .codec import Wire, encode_choice, encode_messages, encode_output, encode_tools
from .models import Model, find_model
from .support import require_support, sendable_settings

DEFAULT_TIMEOUT = 120.0  # seconds, where neither the request nor the adapter says
_OURS = frozenset(
    {
        *("model", "messages", "tools", "tool_choice", "response_format", "stream", "stream_options"),
        *("api_key", "api_base", "base_url", "timeout", "extra_headers", "extra_body", "drop_params"),
        *("max_retries", "num_retries", "fallbacks", "caching", "mock_response", "client", "headers", "n"),
        *("max_completion_tokens", "functions", "function_call", *attrs.fields_dict(ChatSettings)),
    }
)
_LADDER = ("completion_stream", "response", "streaming_response", "async_response_iterator")


def _not_ours(_: object, field: checks.Field, options: Mapping[str, object]) -> None:
    for key in options:
        if key in _OURS:
            raise ValueError(f"{field.name}.{key}: the adapter sets it")


def _copied(values: Mapping[str, str]) -> dict[str, str]:
    return dict(values)


def _told_headers(_: object, field: checks.Field, headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if not isinstance(value, str):
            raise ValueError(f"{field.name}.{name}: expected str, got {type(value).__name__}")


@attrs.frozen(kw_only=True)
class Options:
    """What an adapter was given: where to ask, and how."""

    model: str = attrs.field(validator=checks.told_text)
    api_key: str | None = attrs.field(default=None, repr=lambda key: "None" if key is None else "****")
    api_base: str | None = None
    settings: ChatSettings = attrs.field(factory=ChatSettings)
    unsupported: str = "drop"
    headers: Mapping[str, str] = attrs.field(
        factory=dict,
        converter=_copied,
        repr=lambda headers: f"<{len(headers)} headers>",
        validator=_told_headers,
    )
    provider_options: Mapping[str, object] = attrs.field(
        factory=dict, repr=lambda options: f"<{len(options)} options>", validator=_not_ours
    )

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every value that may be a key: errors never show them."""
        schemes = (value.partition(" ")[2] for value in self.headers.values())  # the key alone in "Bearer key"
        return tuple(_texts((self.api_key, *self.headers.values(), *schemes, self.provider_options)))


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            yield from _texts(tuple(value.values()))
        case Sequence():
            for item in value:
                yield from _texts(item)


@attrs.frozen(kw_only=True)
class Call:
    """One request as LiteLLM's keywords: fresh values, for it edits what it is given."""

    model: Model
    keywords: Wire = attrs.field(repr=False)
    timeout: float
    ignored: tuple[str, ...]


def prepare(request: ChatRequest, options: Options, *, stream: bool) -> Call:
    """Return the call that *request* makes.

    Raises:
        ModelNotFoundError: no provider goes by the model's prefix.
        UnsupportedFeatureError: the request asks for what the model cannot do.
    """
    model = find_model(request.model or options.model, options.api_base)
    settings = request.settings.over(options.settings)
    require_support(request, model)
    sent, ignored = sendable_settings(settings, model, with_tools=bool(request.tools))
    if ignored and options.unsupported == "error":
        raise UnsupportedFeatureError(feature=f"settings.{ignored[0]}")
    timeout = DEFAULT_TIMEOUT if settings.timeout is None else settings.timeout
    keywords = {**_content(request, model), **sent, **_manner(options, timeout, stream=stream)}
    return Call(model=model, keywords=keywords, timeout=timeout, ignored=ignored)


def _content(request: ChatRequest, model: Model) -> Wire:
    told: Wire = {
        "model": model.name,
        "messages": encode_messages(request.messages, model),
    }
    if request.tools:
        told["tools"] = encode_tools(request.tools)
        if request.tool_choice != "auto":  # the default; some servers refuse the word
            told["tool_choice"] = encode_choice(request.tool_choice)
    if request.output is not None:
        told["response_format"] = encode_output(request.output)
    return told


def _manner(options: Options, timeout: float, *, stream: bool) -> Wire:
    told: Wire = {
        **copy.deepcopy(dict(options.provider_options)),
        "api_key": options.api_key,
        "api_base": options.api_base,
        "timeout": timeout,
        "max_retries": 0,
        "drop_params": False,
        "_skip_mcp_handler": True,  # else tools need the package mcp in 1.106
    }
    if options.headers:
        told["extra_headers"] = dict(options.headers)
    if stream:
        told |= {"stream": True, "stream_options": {"include_usage": True}}
    return told


def closers(stream: object, *names: str) -> list[Callable[[], object]]:
    """Return what closes *stream*, from LiteLLM's wrapper down to the connection: which step frees it, varies."""
    steps = [stream]
    for rung in _LADDER:
        below = getattr(steps[-1], rung, None)
        if below is not None:
            steps.append(below)
    return [method for step in steps if (method := _first_method(step, names)) is not None]


def _first_method(step: object, names: tuple[str, ...]) -> Callable[[], object] | None:
    methods = (getattr(step, name, None) for name in names)
    return next((method for method in methods if callable(method)), None)
