"""The configuration of one adapter: which model, where, with which key, and the defaults of its calls."""

import logging
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache, partial
from typing import Literal, TypeAlias

import attrs

from llm_core.domain import validators
from llm_core.domain.reprs import may_be_a_key
from llm_core.domain.secret_text import SecretText
from llm_core.domain.settings import ChatSettings
from llm_core.wires.model_rules import ALL_SETTINGS

from .masking import credentials_of, shown_url, url_keys

Unsupported: TypeAlias = Literal["drop", "error"]

_MAX_NAME = 40  # characters of a header's name in a message
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # a token, by RFC 9110
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
_AROUND = " \t\r\n\v\f\x85\xa0\u2028\u2029\u200b\ufeff"  # white space, and the marks that files begin or end with
_HEADERS_OF_HTTP = frozenset({"host", "content-length", "transfer-encoding"})
_CREDENTIALS = frozenset({"authorization", "x-api-key", "api-key", "x-goog-api-key"})


_logger = logging.getLogger("llm_core")


def secret_key(key: str | Callable[[], str] | None) -> str | Callable[[], str] | None:
    """Return *key* masked, if it is a text."""
    return SecretText(key) if isinstance(key, str) else key


def secret_url(url: str | None) -> str | None:
    """Return *url* masked: it may hold a password."""
    return SecretText(url) if isinstance(url, str) else url


def secret_headers(headers: Mapping[str, str] | None) -> dict[str, str]:
    """Return *headers* with masked values."""
    masked = {name: SecretText(value) if isinstance(value, str) else value for name, value in (headers or {}).items()}
    return masked  # noqa: RET504 -- for a caller whose header is no text, which the validator names


def secret_options(options: Mapping[str, object] | None) -> dict[str, object]:
    """Return *options* with masked texts."""
    return {name: SecretText(value) if isinstance(value, str) else value for name, value in (options or {}).items()}


def trimmed(value: str, name: str, warn: Callable[[str], None] | None = None) -> str:
    """Return *value* without the white space around it, such as the line end of a file; a warning names *name*."""
    value = SecretText(value)
    inner = SecretText(value.strip(_AROUND))
    if inner != value:
        (warn or _warn)(name)
    return inner


def _warn(name: str) -> None:
    _logger.warning("%s: the white space around it is not sent", name)


@lru_cache(maxsize=64)
def _warn_once(_: int, name: str) -> None:
    _warn(name)


def trimmed_result(key: str, function: Callable[[], str]) -> str:
    """Return *key*, which *function* returned, without the white space around it; a warning comes once."""
    return trimmed(key, "the function api_key", partial(_warn_once, id(function)))


def is_sendable(value: str) -> bool:
    """Return whether a header can carry *value*: it holds no line break and no control character."""
    return _CONTROL.search(value) is None


def _trimmed_key(key: str | Callable[[], str] | None) -> str | Callable[[], str] | None:
    return trimmed(key, "api_key") if isinstance(key, str) else key


def _trimmed_url(url: str | None) -> str | None:
    return trimmed(url, "api_base") if isinstance(url, str) else url


def _trimmed_headers(values: Mapping[str, str]) -> dict[str, str]:
    return {
        name: trimmed(value, f"headers.{name[:_MAX_NAME]}") if isinstance(value, str) else value
        for name, value in values.items()
    }


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
