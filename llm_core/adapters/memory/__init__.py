"""A chat for tests that answers from a script and records the requests."""

from llm_core.ports.clock import Clock

from .chat import InMemoryChat
from .script import BrokenStream, Delayed, Script, ScriptItem, UnexpectedCallError

__all__ = ["BrokenStream", "Clock", "Delayed", "InMemoryChat", "Script", "ScriptItem", "UnexpectedCallError"]
