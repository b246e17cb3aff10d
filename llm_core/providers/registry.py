"""The table of providers, by the prefix that LiteLLM's model names have."""

from llm_core.wires.openai_chat.decode import OpenAIChatDecoder

from .anthropic import ANTHROPIC
from .cohere import COHERE
from .gemini import GEMINI
from .mistral import MISTRAL
from .ollama import OLLAMA_CHAT, OLLAMA_GENERATE
from .openai import AZURE, COMPATIBLE, LOCAL, OPENAI
from .openrouter import OPENROUTER
from .profile import Profile

PROFILES: dict[str, Profile] = {
    "anthropic": ANTHROPIC,
    "azure": AZURE,
    "cohere_chat": COHERE,
    "deepseek": COMPATIBLE,
    "fireworks_ai": COMPATIBLE,
    "gemini": GEMINI,
    "groq": COMPATIBLE,
    "hosted_vllm": LOCAL,
    "litellm_proxy": LOCAL,
    "llamafile": LOCAL,
    "lm_studio": LOCAL,
    "mistral": MISTRAL,
    "ollama": OLLAMA_GENERATE,
    "ollama_chat": OLLAMA_CHAT,
    "openai": OPENAI,
    "openrouter": OPENROUTER,
    "perplexity": COMPATIBLE,
    "together_ai": COMPATIBLE,
    "xai": COMPATIBLE,
}
"""Each provider that has a profile."""

UNKNOWN = Profile(decoder=OpenAIChatDecoder, direct=False)
"""The profile of any other provider, which LiteLLM's own call serves."""

DIRECT = {name: profile for name, profile in PROFILES.items() if profile.direct}
"""The providers of the direct lane: recordings prove that our wires decode their answers correctly."""


def profile_for(provider: str) -> Profile:
    """Return the profile of *provider*, `UNKNOWN` if it has none."""
    return PROFILES.get(provider, UNKNOWN)
