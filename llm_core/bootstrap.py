"""From settings to a chat; with the command line the only place that names adapters."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from .domain.errors import ChatError, ConfigurationError
from .ports.chat import ManagedChatPort
from .ports.closing import RuntimeChatPort, managed

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from .adapters.litellm import LiteLLMChat
    from .env_settings import Settings

GROUP = "llm_core.adapters"
EXAMPLE = "export LITELLM_CHAT_MODEL=openai/gpt-5-mini OPENAI_API_KEY=..."
_OURS = ("litellm", "memory")


def chat_from_env() -> ManagedChatPort:
    """Return the chat that the environment asks for; the caller closes it.

    Raises:
        ConfigurationError: no model is set, a value is wrong, no such adapter is installed, or it does not load.
    """
    from .env_settings import settings_from_env

    return chat_from_settings(settings_from_env())


def installed_adapters() -> Iterable[EntryPoint]:
    """Return the entry points of the group `llm_core.adapters`; each loads a ``Callable[[], ChatPort]``."""
    from importlib.metadata import entry_points

    return entry_points(group=GROUP)


def chat_from_settings(
    settings: Settings, *, installed: Callable[[], Iterable[EntryPoint]] = installed_adapters
) -> ManagedChatPort:
    """Return the chat that *settings* ask for; otherwise as `chat_from_env`."""
    match settings.adapter:
        case "litellm":
            return _litellm(settings)
        case "memory":
            from .adapters.memory import InMemoryChat

            return InMemoryChat.echo()
        case name:
            return _made_by(_entry_point(name, list(installed())))


def lane_in_force(settings: Settings) -> str | None:
    """Return the lane that the model of *settings* takes, and why; None where there are no lanes, or no model."""
    if settings.adapter != "litellm" or settings.model is None:
        return None
    try:
        return _litellm(settings).route()
    except (ChatError, ConfigurationError) as error:
        return f"unknown: {error}"


def _litellm(settings: Settings) -> LiteLLMChat:
    if settings.model is None:
        raise ConfigurationError(f"LITELLM_CHAT_MODEL: no model is set; for example: {EXAMPLE}")
    from .adapters.litellm import LiteLLMChat

    return LiteLLMChat(
        settings.model,
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
    names = ", ".join((*_OURS, *sorted({point.name for point in installed})))
    raise ConfigurationError(f"DEFAULT_LLM: no adapter named {name!r}; installed: {names}")


def _made_by(point: EntryPoint) -> ManagedChatPort:
    try:
        chat: object = point.load()()
    except ConfigurationError:
        raise
    except Exception as error:  # noqa: BLE001 -- third-party code may raise anything
        problem = f"could not be made ({type(error).__name__})"
    else:
        if isinstance(chat, RuntimeChatPort):
            return managed(chat)
        problem = f"made a {type(chat).__name__}, which is no ChatPort"
    raise ConfigurationError(f"DEFAULT_LLM: the adapter {point.name!r} from {point.value} {problem}")
