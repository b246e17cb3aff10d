"""A chat model in memory: a script in, answers out, requests remembered."""

from .chat import InMemoryChat
from .script import Cut, Script, ScriptItem, UnexpectedCallError

__all__ = ["Cut", "InMemoryChat", "Script", "ScriptItem", "UnexpectedCallError"]
