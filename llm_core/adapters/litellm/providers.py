"""Which provider takes which lane, and why: the direct lane is for those whose answers were proven to be read right."""

from collections.abc import Callable

import attrs

from llm_core.wires.anthropic_messages.decode import AnthropicMessages
from llm_core.wires.cohere_chat.decode import CohereChat
from llm_core.wires.deltas import Wire
from llm_core.wires.framing import Framing, NDJSONDecoder, SSEDecoder
from llm_core.wires.gemini.decode import Gemini
from llm_core.wires.ollama_chat.decode import OllamaChat
from llm_core.wires.openai_chat.decode import OpenAIChat


@attrs.frozen(kw_only=True)
class Provider:
    """A provider in the direct table.

    `keys` and `bases` are the variables that LiteLLM documents for it, where LiteLLM does not look them up itself;
    `base` is where it is asked if nobody says. `key_optional`: it may be asked without a key.
    """

    wire: Callable[[], Wire]
    framing: Callable[[], Framing] = SSEDecoder
    keys: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    base: str | None = None
    key_optional: bool = False
    options: frozenset[str] = frozenset()  # of `provider_options`, those that it takes


_RELATIVE = Provider(wire=OpenAIChat)  # LiteLLM itself knows where it is, and its key
_LOCAL = Provider(wire=OpenAIChat, key_optional=True)

PROVIDERS: dict[str, Provider] = {
    "openai": Provider(
        wire=OpenAIChat,
        keys=("OPENAI_API_KEY",),
        bases=("OPENAI_BASE_URL", "OPENAI_API_BASE"),
        base="https://api.openai.com/v1",
    ),
    "azure": Provider(
        wire=OpenAIChat, keys=("AZURE_API_KEY",), bases=("AZURE_API_BASE",), options=frozenset({"api_version"})
    ),
    "openrouter": Provider(
        wire=OpenAIChat,
        keys=("OPENROUTER_API_KEY", "OR_API_KEY"),
        bases=("OPENROUTER_API_BASE",),
        base="https://openrouter.ai/api/v1",
    ),
    **dict.fromkeys(
        ("groq", "mistral", "deepseek", "xai", "together_ai", "fireworks_ai", "perplexity"),
        _RELATIVE,
    ),
    **dict.fromkeys(("hosted_vllm", "lm_studio", "llamafile", "litellm_proxy"), _LOCAL),
    "anthropic": Provider(
        wire=AnthropicMessages,
        keys=("ANTHROPIC_API_KEY",),
        bases=("ANTHROPIC_API_BASE", "ANTHROPIC_BASE_URL"),
        base="https://api.anthropic.com",
    ),
    "gemini": Provider(
        wire=Gemini,
        keys=("GOOGLE_API_KEY", "GEMINI_API_KEY"),
        bases=("GEMINI_API_BASE",),
        base="https://generativelanguage.googleapis.com/v1beta",
    ),
    "ollama_chat": Provider(
        wire=OllamaChat,
        framing=NDJSONDecoder,
        keys=("OLLAMA_API_KEY",),
        bases=("OLLAMA_API_BASE",),
        base="http://localhost:11434",
        key_optional=True,
    ),
    "cohere_chat": Provider(
        wire=CohereChat,
        keys=("COHERE_API_KEY", "CO_API_KEY"),
        bases=("COHERE_API_BASE",),
        base="https://api.cohere.com/v2/chat",
    ),
}
