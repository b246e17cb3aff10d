"""LiteLLM's hundred providers behind the port (extra ``litellm``).

`LiteLLMChat` is imported where it is used: the names of LiteLLM's providers are read without it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .chat import LiteLLMChat

__all__ = ["LiteLLMChat"]


def __getattr__(name: str) -> object:
    if name != "LiteLLMChat":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .chat import LiteLLMChat

    globals()[name] = LiteLLMChat
    return LiteLLMChat
