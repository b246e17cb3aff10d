"""The configuration of one adapter."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Literal

import attrs

from llm_core.domain import validators
from llm_core.domain.settings import ChatSettings
from llm_core.transport.masking import shown_url, url_keys

from .litellm_module import Router

_MIN_KEY = 12  # characters
_RESERVED = frozenset(
    {
        *("model", "messages", "tools", "tool_choice", "response_format", "stream", "stream_options"),
        *("api_key", "api_base", "base_url", "timeout", "extra_headers", "extra_body", "drop_params"),
        *("max_retries", "num_retries", "fallbacks", "caching", "mock_response", "client", "headers", "n"),
        *("max_completion_tokens", "functions", "function_call", *attrs.fields_dict(ChatSettings)),
    }
)


def _not_reserved(_: object, field: validators.Field, options: Mapping[str, object]) -> None:
    for key in options:
        if key in _RESERVED:
            raise ValueError(f"{field.name}.{key}: the adapter sets it")


def _copied(values: Mapping[str, str]) -> dict[str, str]:
    return dict(values)


def _str_headers(_: object, field: validators.Field, headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if not isinstance(value, str):
            raise ValueError(f"{field.name}.{name}: expected str, got {type(value).__name__}")


@attrs.frozen(kw_only=True)
class AdapterConfig:
    """Where an adapter sends requests, and how."""

    model: str = attrs.field(validator=validators.non_empty_str)
    api_key: str | None = attrs.field(default=None, repr=lambda key: "None" if key is None else "****")
    api_base: str | None = attrs.field(default=None, repr=shown_url)
    settings: ChatSettings = attrs.field(
        factory=ChatSettings,
        repr=lambda settings: repr(_without_extra(settings)),
        validator=validators.instance(ChatSettings),
    )
    unsupported: Literal["drop", "error"] = attrs.field(default="drop", validator=validators.one_of("drop", "error"))
    headers: Mapping[str, str] = attrs.field(
        factory=dict,
        converter=_copied,
        repr=lambda headers: f"<{len(headers)} headers>",
        validator=_str_headers,
    )
    provider_options: Mapping[str, object] = attrs.field(
        factory=dict, repr=lambda options: f"<{len(options)} options>", validator=_not_reserved
    )

    lane: Literal["auto", "direct", "call"] = attrs.field(
        default="auto", validator=validators.one_of("auto", "direct", "call")
    )
    router: Router | None = attrs.field(default=None)

    @router.validator
    def _not_direct(self, _: object, router: Router | None) -> None:
        if router is not None and self.lane == "direct":
            raise ValueError("router: a Router needs LiteLLM's own call, not lane='direct'")

    @cached_property
    def secrets(self) -> tuple[str, ...]:
        """Every value that may be a key: errors never contain them."""
        schemes = (value.partition(" ")[2] for value in self.headers.values())  # the key alone in "Bearer key"
        values = (self.api_key, *self.headers.values(), *schemes, self.provider_options, *url_keys(self.api_base))
        return (*_texts(values), *extra_keys(self.settings.extra))


def extra_keys(extra: Mapping[str, object]) -> Iterator[str]:
    """Yield the texts in `extra` that may be a key: long, and without white space."""
    return (text for text in _texts(extra) if len(text) >= _MIN_KEY and not any(map(str.isspace, text)))


def _without_extra(settings: ChatSettings) -> ChatSettings:
    return attrs.evolve(settings, extra=dict.fromkeys(settings.extra, "****"))


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            yield from _texts(tuple(value.values()))
        case Sequence():
            for item in value:
                yield from _texts(item)
