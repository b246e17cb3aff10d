"""A chat model in memory: a script in, answers out, requests remembered."""

from .chat import InMemoryChat
from .script import BrokenStream, Script, ScriptItem, UnexpectedCallError

__all__ = ["BrokenStream", "InMemoryChat", "Script", "ScriptItem", "UnexpectedCallError"]
