"""A chat for tests that answers from a script and records the requests."""

from .chat import InMemoryChat
from .script import BrokenStream, Script, ScriptItem, UnexpectedCallError

__all__ = ["BrokenStream", "InMemoryChat", "Script", "ScriptItem", "UnexpectedCallError"]
