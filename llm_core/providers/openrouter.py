"""OpenRouter."""

from llm_core.wires.openai_chat.decode import OpenAIChatDecoder

from .profile import Profile

OPENROUTER = Profile(
    decoder=OpenAIChatDecoder,
    openai_wire=True,
    base_url="https://openrouter.ai/api/v1",
    base_variables=("OPENROUTER_API_BASE",),
    key_variables=("OPENROUTER_API_KEY", "OR_API_KEY"),
)
