"""Creates the chat that the settings choose; only this module and the command line name adapters."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from .domain.errors import ConfigurationError, ModelNotFoundError
from .ports.chat import ManagedChatPort
from .ports.closing import RuntimeChatPort, managed

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from .adapters.direct import DirectChat
    from .adapters.litellm import LiteLLMChat
    from .env_settings import Settings

GROUP = "llm_core.adapters"
_BUILT_IN = ("litellm", "direct", "memory")


def chat_from_env() -> ManagedChatPort:
    """Return the chat that the environment variables choose; the caller closes it.

    Raises:
        ConfigurationError: no model is set, a value is wrong, or the adapter is not installed or does not load.
    """
    from .env_settings import settings_from_env

    return chat_from_settings(settings_from_env())


def installed_adapters() -> Iterable[EntryPoint]:
    """Return the entry points of the group ``llm_core.adapters``; each is a ``Callable[[], ChatPort]``."""
    from importlib.metadata import entry_points

    return entry_points(group=GROUP)


def chat_from_settings(
    settings: Settings, *, installed: Callable[[], Iterable[EntryPoint]] = installed_adapters
) -> ManagedChatPort:
    """Return the chat that *settings* choose; otherwise as `chat_from_env`."""
    match settings.adapter:
        case "litellm":
            return _litellm(settings)
        case "direct":
            return _direct(settings)
        case "memory":
            from .adapters.memory import InMemoryChat

            return InMemoryChat.echo()
        case name:
            return _from_entry_point(_entry_point(name, list(installed())))


def effective_lane(settings: Settings) -> str | None:
    """Return the lane for the model of *settings*, and the reason; None without a model, or for another adapter."""
    if settings.adapter != "litellm" or settings.model is None:
        return None
    try:
        return _litellm(settings).route()
    except ConfigurationError as error:  # pragma: no cover -- LiteLLM is installed wherever the tests run
        return f"unknown: {error}"


def effective_wire(settings: Settings) -> str | None:
    """Return the wire format for the model of *settings*, and the reason; None where it is not known."""
    if settings.model is None or settings.adapter not in ("litellm", "direct"):
        return None
    try:
        known = (_litellm(settings) if settings.adapter == "litellm" else _direct(settings)).describe()
    except (ModelNotFoundError, ConfigurationError):
        return None
    return f"{known.wire}: {known.wire_reason}" if known.wire_reason else known.wire


def example_for(settings: Settings) -> str:
    """Return a command that sets a model and its key for the adapter of *settings*."""
    from .env_settings import prefix_of

    return f"export {prefix_of(settings.adapter)}CHAT_MODEL=openai/gpt-5-mini OPENAI_API_KEY=..."


def _model(settings: Settings) -> str:
    if settings.model is None:
        example = example_for(settings)
        raise ConfigurationError(f"{example.split()[1].partition('=')[0]}: no model is set; for example: {example}")
    return settings.model


def _direct(settings: Settings) -> DirectChat:
    model = _model(settings)
    from .adapters.direct import DirectChat

    return DirectChat(
        model,
        api_key=settings.api_key,
        api_base=settings.api_base,
        settings=settings.chat,
        unsupported=settings.unsupported,
    )


def _litellm(settings: Settings) -> LiteLLMChat:
    model = _model(settings)
    from .adapters.litellm import LiteLLMChat

    return LiteLLMChat(
        model,
        api_key=settings.api_key,
        api_base=settings.api_base,
        settings=settings.chat,
        unsupported=settings.unsupported,
        lane=settings.lane,
    )


def _entry_point(name: str, installed: list[EntryPoint]) -> EntryPoint:
    for point in installed:
        if point.name == name:
            return point
    names = ", ".join((*_BUILT_IN, *sorted({point.name for point in installed})))
    raise ConfigurationError(f"DEFAULT_LLM: no adapter named {name!r}; installed: {names}")


def _from_entry_point(point: EntryPoint) -> ManagedChatPort:
    try:
        chat: object = point.load()()
    except ConfigurationError:
        raise
    except Exception as error:  # noqa: BLE001 -- third-party code may raise anything
        problem = f"could not be created ({type(error).__name__})"
    else:
        if isinstance(chat, RuntimeChatPort):
            return managed(chat)
        problem = f"returned a {type(chat).__name__}, which is not a ChatPort"
    raise ConfigurationError(f"DEFAULT_LLM: the adapter {point.name!r} from {point.value} {problem}")
