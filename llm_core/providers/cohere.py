"""Cohere."""

from llm_core.wires.cohere_chat.decode import CohereChatDecoder

from .profile import Profile

COHERE = Profile(
    decoder=CohereChatDecoder,
    arguments_as_text=True,
    base_url="https://api.cohere.com/v2/chat",
    base_variables=("COHERE_API_BASE",),
    key_variables=("COHERE_API_KEY", "CO_API_KEY"),
)
