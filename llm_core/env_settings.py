"""Settings from environment variables: the only module that reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

import attrs

from .domain.errors import ConfigurationError
from .domain.secret_text import MASK, SecretText
from .domain.settings import ChatSettings
from .transport.masking import masked, masked_url, shown_url
from .transport.secret_values import secret_url

if TYPE_CHECKING:
    from environs import Env

Unsupported: TypeAlias = Literal["drop", "error"]
Lane: TypeAlias = Literal["auto", "direct", "call"]
Number = TypeVar("Number", int, float)
Choice = TypeVar("Choice", bound=str)

_NAMES = ("CHAT_MODEL", "API_KEY", "API_BASE", "TEMPERATURE", "TOP_P", "MAX_TOKENS", "TIMEOUT", "UNSUPPORTED")
_LITELLM = ("DEFAULT_LLM", *(f"LITELLM_{name}" for name in (*_NAMES, "LANE")))
_DIRECT = ("DEFAULT_LLM", *(f"DIRECT_{name}" for name in _NAMES))
VARIABLES = (*_LITELLM, *_DIRECT[1:])
_UNSUPPORTED: tuple[Unsupported, ...] = ("drop", "error")
_LANES: tuple[Lane, ...] = ("auto", "direct", "call")
_MAX_SHOWN = 40  # characters of a wrong value


def _mask(secret: str | None) -> str:
    return str(secret if secret is None else MASK)


@attrs.frozen(kw_only=True)
class Settings:
    """The settings in the environment; None is "not set". All but `adapter` are for LiteLLMChat and DirectChat."""

    adapter: str = "litellm"
    """``litellm``, ``direct``, ``memory``, or the name of an installed adapter."""
    model: str | None = None
    """The model, as in ``openai/gpt-5-mini``."""
    api_key: str | None = attrs.field(default=None, repr=_mask)
    """The provider's key; None: the adapter reads the provider's own variable."""
    api_base: str | None = attrs.field(default=None, repr=shown_url)
    """The URL of the provider's API."""
    chat: ChatSettings = attrs.field(factory=ChatSettings)
    """The adapter's default settings of a call."""
    unsupported: Unsupported = "drop"
    """Whether a setting that the model does not accept is dropped, or is an error."""
    lane: Lane = "auto"
    """How LiteLLM is called: over our own transport (``direct``), by ``litellm.completion`` (``call``), or by model."""
    variables: frozenset[str] = attrs.field(default=frozenset(), eq=False)
    """The names of the variables that are set."""


def settings_from_env() -> Settings:
    """Return the settings in the environment; an empty variable counts as not set.

    Raises:
        ConfigurationError: a value cannot be read or is out of range; the message names the variable.
    """
    from environs import Env

    env = Env()
    adapter = _text(env, "DEFAULT_LLM") or _default_adapter(env)
    prefix = prefix_of(adapter)
    return Settings(
        adapter=adapter,
        model=_text(env, f"{prefix}CHAT_MODEL"),
        api_key=_text(env, f"{prefix}API_KEY"),
        api_base=_url(env, f"{prefix}API_BASE"),
        chat=_chat_settings(env, prefix),
        unsupported=_one_of(env, f"{prefix}UNSUPPORTED", _UNSUPPORTED),
        lane=_one_of(env, "LITELLM_LANE", _LANES),
        variables=frozenset(name for name in _variables_of(adapter) if env.str(name, "")),
    )


def names_in_env() -> frozenset[str]:
    """Return the names of all environment variables."""
    import os

    return frozenset(os.environ)


def prefix_of(adapter: str) -> str:
    """Return what the names of the variables for *adapter* begin with."""
    return "DIRECT_" if adapter == "direct" else "LITELLM_"


def _default_adapter(env: Env) -> str:
    """Return the adapter whose model is set; if that is neither or both, LiteLLM's where it is installed."""
    from importlib.util import find_spec

    named = [adapter for adapter in ("litellm", "direct") if _text(env, f"{prefix_of(adapter)}CHAT_MODEL")]
    if len(named) == 1:
        return named[0]
    return "direct" if find_spec("litellm") is None else "litellm"


def _variables_of(adapter: str) -> tuple[str, ...]:
    return _DIRECT if adapter == "direct" else _LITELLM


def effective_settings(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Yield the name of each setting, its value (a secret masked), and its variable or ``default``."""
    values = (
        ("adapter", settings.adapter),
        ("model", settings.model),
        ("api key", settings.api_key and MASK),
        ("api base", settings.api_base and masked_url(settings.api_base)),
        ("temperature", settings.chat.temperature),
        ("top p", settings.chat.top_p),
        ("max tokens", settings.chat.max_tokens),
        ("timeout", settings.chat.timeout),
        ("unsupported", settings.unsupported),
        ("lane", settings.lane),
    )
    variables = _variables_of(settings.adapter)
    for variable, (name, value) in zip(variables, values[: len(variables)], strict=True):
        yield (
            name,
            "not set" if value is None else str(value),
            variable if variable in settings.variables else "default",
        )


def _text(env: Env, name: str) -> str | None:
    value = SecretText(env.str(name, ""))
    if value != value.strip() or not value.isprintable():
        raise ConfigurationError(f"{name}: must not begin or end with white space, or hold unprintable characters")
    return str(value) or None


def _url(env: Env, name: str) -> str | None:
    value = secret_url(_text(env, name))
    if value is not None and not _is_url(value):
        raise ConfigurationError(f"{name}: must be a URL that begins with http:// or https://")
    return value


def _is_url(value: str) -> bool:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _one_of(env: Env, name: str, choices: tuple[Choice, ...]) -> Choice:
    value = SecretText(env.str(name, "") or choices[0])
    for choice in choices:
        if choice == value:
            return choice
    raise ConfigurationError(f"{name}: must be one of {', '.join(choices)}, got {_shown(value)}")


def _chat_settings(env: Env, prefix: str) -> ChatSettings:
    temperature = _number(env, f"{prefix}TEMPERATURE", env.float, "a number")
    top_p = _number(env, f"{prefix}TOP_P", env.float, "a number")
    max_tokens = _number(env, f"{prefix}MAX_TOKENS", env.int, "a whole number")
    timeout = _number(env, f"{prefix}TIMEOUT", env.float, "a number of seconds")
    try:
        return ChatSettings(temperature=temperature, top_p=top_p, max_tokens=max_tokens, timeout=timeout)
    except ValueError as error:
        field, _, problem = str(error).partition(": ")
    raise ConfigurationError(f"{prefix}{field.upper()}: {problem}")


def _number(env: Env, name: str, read: Callable[[str], Number], expected: str) -> Number | None:
    from environs import EnvError

    if not (value := SecretText(env.str(name, ""))):
        return None
    try:
        return read(name)
    except EnvError:
        pass  # raised below, outside of `except`: the message of environs quotes the value, and must not be the context
    raise ConfigurationError(f"{name}: expected {expected}, got {_shown(value)}")


def _shown(value: str) -> str:
    value = masked(value, ())  # a key in the wrong variable
    return repr(value if len(value) <= _MAX_SHOWN else f"{value[:_MAX_SHOWN]}...")
