"""Cohere's Chat API, version 2."""

from llm_core.wires.wire import Wire

from .decode import CohereChatDecoder
from .encode import encode

COHERE_CHAT = Wire(name="cohere_chat", encode=encode, decoder=CohereChatDecoder)
