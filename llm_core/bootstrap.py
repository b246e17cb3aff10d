"""From settings to a chat; with the command line the only place that names adapters."""

from .ports.chat import ManagedChatPort


def chat_from_env() -> ManagedChatPort:
    """Return the chat that the environment asks for."""
    raise NotImplementedError
