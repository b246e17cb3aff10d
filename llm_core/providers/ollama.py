"""Ollama. Sources: https://docs.ollama.com/api/chat, /api/authentication and /capabilities/thinking."""

from collections.abc import Mapping

import attrs

from llm_core.domain.requests import ChatRequest
from llm_core.domain.settings import ChatSettings
from llm_core.wires.model_rules import SETTINGS, ModelRules
from llm_core.wires.ollama_chat import OLLAMA_CHAT

from .profile import Address, LiteLLMQuirks, Profile

_EFFORTS = frozenset({None, "none", "low", "medium", "high"})  # older servers refuse any other word


def _refused(request: ChatRequest, settings: ChatSettings) -> frozenset[str]:  # noqa: ARG001 -- a hook's form
    return frozenset() if settings.reasoning_effort in _EFFORTS else frozenset({"reasoning_effort"})


_RULES = ModelRules(
    settings=SETTINGS - {"parallel_tool_calls"},
    refused_settings=_refused,
    tool_choices=frozenset(),
    strict_tools=False,
    outputs=frozenset({"json", "schema"}),  # a format keeps the model from calling tools (ollama/ollama#11185)
    parts=frozenset({"image data", "image in a result"}),
)


def _rules(model: str, base_url: str) -> ModelRules:  # noqa: ARG001 -- a hook's form
    return _RULES


def _address(base_url: str, model: str, options: Mapping[str, str]) -> Address:  # noqa: ARG001 -- a hook's form
    """Return the server's address; *base_url* may end with the path of the API, or of the chat."""
    return Address(base_url=base_url.rstrip("/").removesuffix("/api/chat").removesuffix("/api").rstrip("/"))


_QUIRKS = LiteLLMQuirks(invents_ids=True, lost_parts=frozenset({"image by url", "audio", "file"}))
_PROFILE = Profile(
    wire=OLLAMA_CHAT,
    base_url="http://localhost:11434",
    base_variables=("OLLAMA_API_BASE",),
    key_variables=("OLLAMA_API_KEY",),
    key_optional=True,
    address=_address,
    rules=_rules,
    litellm=attrs.evolve(_QUIRKS, dropped_parameters=frozenset({"frequency_penalty", "tool_choice"})),
)

PROFILES: dict[str, Profile] = {
    "ollama": attrs.evolve(_PROFILE, litellm=attrs.evolve(_QUIRKS, call_only=True)),  # it is sent to /api/generate
    "ollama_chat": _PROFILE,
}
