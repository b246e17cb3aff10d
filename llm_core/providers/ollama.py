"""Ollama."""

import attrs

from llm_core.wires.framing import NDJSONDecoder
from llm_core.wires.ollama_chat.decode import OllamaChatDecoder

from .profile import Profile

OLLAMA_CHAT = Profile(
    decoder=OllamaChatDecoder,
    framer=NDJSONDecoder,
    base_url="http://localhost:11434",
    base_variables=("OLLAMA_API_BASE",),
    key_variables=("OLLAMA_API_KEY",),
    key_optional=True,
    litellm_invents_ids=True,
)
OLLAMA_GENERATE = attrs.evolve(OLLAMA_CHAT, direct=False)  # LiteLLM's prefix ``ollama/`` calls another endpoint
