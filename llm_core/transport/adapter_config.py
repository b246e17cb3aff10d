"""The configuration of one adapter: which model, where, with which key, and the defaults of its calls."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Literal, TypeAlias

import attrs

from llm_core.domain import validators
from llm_core.domain.reprs import may_be_a_key
from llm_core.domain.settings import ChatSettings
from llm_core.providers.profile import WireChoice
from llm_core.wires.model_rules import ALL_SETTINGS

from .masking import credentials_of, shown_url, url_keys
from .secret_values import Value, is_sendable, trimmed

Unsupported: TypeAlias = Literal["drop", "error"]

_MAX_NAME = 40  # characters of a header's name in a message
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # a token, by RFC 9110
_HEADERS_OF_HTTP = frozenset({"host", "content-length", "transfer-encoding"})
_CREDENTIALS = frozenset({"authorization", "x-api-key", "api-key", "x-goog-api-key"})


def _trimmed_text(value: Value, name: str) -> Value | str:
    return trimmed(value, name) if isinstance(value, str) else value


def _trimmed_key(key: str | Callable[[], str] | None) -> str | Callable[[], str] | None:
    return _trimmed_text(key, "api_key")


def _trimmed_url(url: str | None) -> str | None:
    return _trimmed_text(url, "api_base")


def _trimmed_headers(values: Mapping[str, str]) -> dict[str, str]:
    return {name: _trimmed_text(value, f"headers.{name[:_MAX_NAME]}") for name, value in values.items()}


def _copied_options(values: Mapping[str, object]) -> dict[str, object]:
    return dict(values)


def _valid_headers(_: object, field: validators.Field, headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if not isinstance(value, str):
            raise ValueError(f"{field.name}.{name}: expected str, got {type(value).__name__}")
        if name.lower() in _HEADERS_OF_HTTP:
            raise ValueError(f"{field.name}.{name}: the transport sets it")
        if _HEADER_NAME.fullmatch(name) is None:
            raise ValueError(f"{field.name}.{name[:_MAX_NAME]!r}: not the name of a header")
        if not is_sendable(value):
            raise ValueError(f"{field.name}.{name}: must not hold line breaks or control characters")


def _setting_names(values: Collection[str] | None) -> frozenset[str] | None:
    return None if values is None else frozenset(values)


def _known_settings(_: object, field: validators.Field, names: frozenset[str] | None) -> None:
    unknown = sorted((names or frozenset()) - ALL_SETTINGS)
    if unknown:
        raise ValueError(
            f"{field.name}: {unknown[0]!r} is not a setting; the settings are {', '.join(sorted(ALL_SETTINGS))}"
        )


def _key(_: object, field: validators.Field, key: str | Callable[[], str] | None) -> None:
    if not (key is None or isinstance(key, str) or callable(key)):
        raise ValueError(f"{field.name}: expected str or a function that returns one, got {type(key).__name__}")
    if isinstance(key, str) and not is_sendable(key):
        raise ValueError(f"{field.name}: must not hold line breaks or control characters")


@attrs.frozen(kw_only=True)
class AdapterConfig:
    """Where an adapter sends requests, and how."""

    model: str = attrs.field(validator=validators.non_empty_str)
    """The model, with the prefix of its provider: ``openai/gpt-5-mini``."""
    api_key: str | Callable[[], str] | None = attrs.field(
        default=None,
        converter=_trimmed_key,
        repr=lambda key: "None" if key is None else "****",
        validator=_key,
    )
    """The key, or a function that is called once for each request; None: the provider's own variable is read."""
    api_base: str | None = attrs.field(default=None, converter=_trimmed_url, repr=shown_url)
    """The address; None: the provider's own variable, else its public address."""
    settings: ChatSettings = attrs.field(
        factory=ChatSettings,
        repr=lambda settings: repr(_without_extra(settings)),
        validator=validators.instance(ChatSettings),
    )
    """The defaults of every request."""
    unsupported: Unsupported = attrs.field(default="drop", validator=validators.one_of("drop", "error"))
    """Whether a setting that the model does not accept is left out, or is an error."""
    supported_settings: frozenset[str] | None = attrs.field(
        default=None, converter=_setting_names, validator=_known_settings
    )
    """The settings that the model accepts; None: by the rules of its provider."""
    wire: WireChoice = attrs.field(default="auto", validator=validators.one_of("auto", "chat", "responses"))
    """Which of OpenAI's APIs requests take; auto: Responses where the model needs it."""
    headers: Mapping[str, str] = attrs.field(
        factory=dict,
        converter=_trimmed_headers,
        repr=lambda headers: f"<{len(headers)} headers>",
        validator=_valid_headers,
    )
    """Headers of every request; a credential among them takes the place of the key."""
    provider_options: Mapping[str, object] = attrs.field(
        factory=dict, repr=lambda options: f"<{len(options)} options>", converter=_copied_options
    )
    """Options of the provider, such as ``api_version``."""

    @cached_property
    def secrets(self) -> tuple[str, ...]:
        """Every value that may be a key: errors never contain them."""
        headers = (text for value in self.headers.values() for text in credentials_of(value))
        values = (self.api_key, *headers, self.provider_options, *url_keys(self.api_base))
        return (*_texts(values), *extra_keys(self.settings.extra))

    @cached_property
    def has_credential(self) -> bool:
        """Whether `headers` hold a credential."""
        return any(name.lower() in _CREDENTIALS for name in self.headers)


def extra_keys(extra: Mapping[str, object]) -> Iterator[str]:
    """Yield the texts in `extra` that may be a key."""
    return filter(may_be_a_key, _texts(extra) if extra else ())


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
