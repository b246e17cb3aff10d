"""A chat for tests that answers from a script and records the requests."""

from .chat import InMemoryChat
from .script import BrokenStream, Delayed, Script, ScriptItem, UnexpectedCallError
from .timing import Clock

__all__ = ["BrokenStream", "Clock", "Delayed", "InMemoryChat", "Script", "ScriptItem", "UnexpectedCallError"]
