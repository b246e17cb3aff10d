"""`DirectChat`: the port over our own wires and transport; LiteLLM is not needed."""

from .chat import DirectChat

__all__ = ["DirectChat"]
