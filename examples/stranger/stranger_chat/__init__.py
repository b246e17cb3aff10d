"""An adapter for `llm_core`: any server that speaks OpenAI chat completions, over httpx."""

from .chat import StrangerChat, chat_from_env

__all__ = ["StrangerChat", "chat_from_env"]
