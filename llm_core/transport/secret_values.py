"""Keys, addresses and headers as they are given: held masked, and without the white space around them."""

import logging
import re
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import TypeVar

from llm_core.domain.secret_text import SecretText

Value = TypeVar("Value")

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
_AROUND = " \t\r\n\v\f\x85\xa0\u2028\u2029\u200b\ufeff"  # white space, and the marks that files begin or end with
_logger = logging.getLogger("llm_core")


def secret_key(key: str | Callable[[], str] | None) -> str | Callable[[], str] | None:
    """Return *key* masked, if it is a text."""
    return _secret(key)


def secret_url(url: str | None) -> str | None:
    """Return *url* masked: it may hold a password."""
    return _secret(url)


def secret_headers(headers: Mapping[str, str] | None) -> dict[str, str]:
    """Return *headers* with masked values."""
    return {name: _secret(value) for name, value in (headers or {}).items()}


def secret_options(options: Mapping[str, object] | None) -> dict[str, object]:
    """Return *options* with masked texts."""
    return {name: _secret(value) for name, value in (options or {}).items()}


def _secret(value: Value) -> Value | SecretText:
    """Return *value* masked, if it is a text; the validators name any other."""
    return SecretText(value) if isinstance(value, str) else value


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
