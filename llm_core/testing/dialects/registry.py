"""The dialects of the fake provider, by name."""

from collections.abc import Mapping
from types import MappingProxyType

from .anthropic_messages import AnthropicMessages
from .cohere_chat import CohereChat
from .dialect import Dialect
from .gemini import Gemini
from .ollama_chat import OllamaChat
from .openai_chat import OpenAIChat
from .openai_responses import OpenAIResponses

_ALL: tuple[Dialect, ...] = (
    OpenAIChat(),
    OpenAIResponses(),
    AnthropicMessages(),
    Gemini(),
    OllamaChat(),
    CohereChat(),
)
DIALECTS: Mapping[str, Dialect] = MappingProxyType({dialect.name: dialect for dialect in _ALL})

PATHS: Mapping[str, str] = MappingProxyType(
    {
        "openai_chat": "/v1/chat/completions",
        "openai_responses": "/v1/responses",
        "anthropic_messages": "/v1/messages",
        "gemini": "/v1beta/models/MODEL:generateContent",
        "ollama_chat": "/api/chat",
        "cohere_chat": "/v2/chat",
    }
)
"""The usual paths of their requests."""


def dialect_named(name: str) -> Dialect:
    """Return the dialect of that *name*. ValueError if it is unknown."""
    if name not in DIALECTS:
        raise ValueError(f"dialect: no {name!r}; there are {', '.join(DIALECTS)}")
    return DIALECTS[name]


def as_dialect(dialect: Dialect | str) -> Dialect:
    """Return *dialect*, looked up if it is a name. ValueError if no dialect has that name."""
    return dialect_named(dialect) if isinstance(dialect, str) else dialect
