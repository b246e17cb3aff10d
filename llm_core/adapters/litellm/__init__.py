"""LiteLLM's hundred providers behind the port (extra ``litellm``)."""

from .chat import LiteLLMChat

__all__ = ["LiteLLMChat"]
