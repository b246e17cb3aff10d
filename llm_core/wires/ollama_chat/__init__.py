"""Ollama's own chat API (`/api/chat`)."""

from llm_core.wires.framing import NDJSONDecoder
from llm_core.wires.wire import Wire

from .decode import OllamaChatDecoder
from .encode import encode

OLLAMA_CHAT = Wire(name="ollama_chat", encode=encode, decoder=OllamaChatDecoder, framer=NDJSONDecoder)
