"""Which provider takes which lane, and why: the direct lane is for those whose answers were proven to be read right."""

from collections.abc import Callable

import attrs

from llm_core.wires.anthropic_messages.decode import AnthropicMessagesDecoder
from llm_core.wires.cohere_chat.decode import CohereChatDecoder
from llm_core.wires.deltas import WireDecoder
from llm_core.wires.framing import NDJSONDecoder, SSEDecoder, StreamFramer
from llm_core.wires.gemini.decode import GeminiDecoder
from llm_core.wires.ollama_chat.decode import OllamaChatDecoder
from llm_core.wires.openai_chat.decode import OpenAIChatDecoder


@attrs.frozen(kw_only=True)
class Provider:
    """A provider in the direct table.

    `keys` and `bases` are the variables that LiteLLM documents for it, where LiteLLM does not look them up itself;
    `base` is where it is asked if nobody says. `key_optional`: it may be asked without a key.
    """

    wire: Callable[[], WireDecoder]
    framing: Callable[[], StreamFramer] = SSEDecoder
    keys: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    base: str | None = None
    key_optional: bool = False
    options: frozenset[str] = frozenset()  # of `provider_options`, those that it takes


_RELATIVE = Provider(wire=OpenAIChatDecoder)  # LiteLLM itself knows where it is, and its key
_LOCAL = Provider(wire=OpenAIChatDecoder, key_optional=True)

PROVIDERS: dict[str, Provider] = {
    "openai": Provider(
        wire=OpenAIChatDecoder,
        keys=("OPENAI_API_KEY",),
        bases=("OPENAI_BASE_URL", "OPENAI_API_BASE"),
        base="https://api.openai.com/v1",
    ),
    "azure": Provider(
        wire=OpenAIChatDecoder, keys=("AZURE_API_KEY",), bases=("AZURE_API_BASE",), options=frozenset({"api_version"})
    ),
    "openrouter": Provider(
        wire=OpenAIChatDecoder,
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
        wire=AnthropicMessagesDecoder,
        keys=("ANTHROPIC_API_KEY",),
        bases=("ANTHROPIC_API_BASE", "ANTHROPIC_BASE_URL"),
        base="https://api.anthropic.com",
    ),
    "gemini": Provider(
        wire=GeminiDecoder,
        keys=("GOOGLE_API_KEY", "GEMINI_API_KEY"),
        bases=("GEMINI_API_BASE",),
        base="https://generativelanguage.googleapis.com/v1beta",
    ),
    "ollama_chat": Provider(
        wire=OllamaChatDecoder,
        framing=NDJSONDecoder,
        keys=("OLLAMA_API_KEY",),
        bases=("OLLAMA_API_BASE",),
        base="http://localhost:11434",
        key_optional=True,
    ),
    "cohere_chat": Provider(
        wire=CohereChatDecoder,
        keys=("COHERE_API_KEY", "CO_API_KEY"),
        bases=("COHERE_API_BASE",),
        base="https://api.cohere.com/v2/chat",
    ),
}
