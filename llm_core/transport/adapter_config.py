"""The configuration of one adapter: which model, where, with which key, and the defaults of its calls."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Literal, TypeAlias

import attrs

from llm_core.domain import validators
from llm_core.domain.settings import ChatSettings
from llm_core.providers.profile import WireChoice
from llm_core.wires.model_rules import ALL_SETTINGS

from .masking import shown_url, url_keys

Unsupported: TypeAlias = Literal["drop", "error"]

_MIN_KEY = 12  # characters
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # a token, by RFC 9110
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_HEADERS_OF_HTTP = frozenset({"host", "content-length", "transfer-encoding"})
_CREDENTIALS = frozenset({"authorization", "x-api-key", "api-key", "x-goog-api-key"})


def _copied(values: Mapping[str, str]) -> dict[str, str]:
    return dict(values)


def _copied_options(values: Mapping[str, object]) -> dict[str, object]:
    return dict(values)


def _valid_headers(_: object, field: validators.Field, headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if not isinstance(value, str):
            raise ValueError(f"{field.name}.{name}: expected str, got {type(value).__name__}")
        if name.lower() in _HEADERS_OF_HTTP:
            raise ValueError(f"{field.name}.{name}: the transport sets it")
        if _HEADER_NAME.fullmatch(name) is None:
            raise ValueError(f"{field.name}.{name[:40]!r}: not the name of a header")
        if _CONTROL.search(value):
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


@attrs.frozen(kw_only=True)
class AdapterConfig:
    """Where an adapter sends requests, and how."""

    model: str = attrs.field(validator=validators.non_empty_str)
    """The model, with the prefix of its provider: ``openai/gpt-5-mini``."""
    api_key: str | Callable[[], str] | None = attrs.field(
        default=None, repr=lambda key: "None" if key is None else "****", validator=_key
    )
    """The key, or a function that is called once for each request; None: the provider's own variable is read."""
    api_base: str | None = attrs.field(default=None, repr=shown_url)
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
        converter=_copied,
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
        schemes = (value.partition(" ")[2] for value in self.headers.values())  # the key alone in "Bearer key"
        values = (self.api_key, *self.headers.values(), *schemes, self.provider_options, *url_keys(self.api_base))
        return (*_texts(values), *extra_keys(self.settings.extra))

    @cached_property
    def has_credential(self) -> bool:
        """Whether `headers` hold a credential."""
        return any(name.lower() in _CREDENTIALS for name in self.headers)


def extra_keys(extra: Mapping[str, object]) -> Iterator[str]:
    """Yield the texts in `extra` that may be a key: long, and without white space."""
    return (
        text for text in (_texts(extra) if extra else ()) if len(text) >= _MIN_KEY and not any(map(str.isspace, text))
    )


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
