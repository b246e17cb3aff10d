"""Cohere. Sources: https://docs.cohere.com/reference/chat, /docs/reasoning and /docs/structured-outputs."""

from collections.abc import Mapping
from urllib.parse import urlsplit

import attrs

from llm_core.domain.requests import ChatRequest
from llm_core.domain.settings import ChatSettings
from llm_core.wires.cohere_chat import COHERE_CHAT
from llm_core.wires.cohere_chat.encode import THINKING_BUDGETS
from llm_core.wires.model_rules import SETTINGS, ModelRules

from .profile import Address, LiteLLMQuirks, Profile

_ANSWER = 1000  # tokens that the documentation wants to be left for the answer


def _refused(request: ChatRequest, settings: ChatSettings) -> frozenset[str]:  # noqa: ARG001 -- a hook's form
    """Return whether the effort has no budget, or one that leaves no room for the answer within `max_tokens`."""
    effort, limit = settings.reasoning_effort, settings.max_tokens
    if effort is None or effort == "none":
        return frozenset()
    budget = THINKING_BUDGETS.get(effort)
    fits = budget is not None and (limit is None or budget + _ANSWER <= limit)
    return frozenset() if fits else frozenset({"reasoning_effort"})


_RULES = ModelRules(
    settings=SETTINGS - {"parallel_tool_calls", "reasoning_effort"},
    tool_choices=frozenset({"none", "required"}),
    outputs=frozenset({"json", "schema"}),  # `response_format` is not supported beside tools
    parts=frozenset({"image by url", "image data"}),
)
_REASONING_RULES = attrs.evolve(_RULES, settings=SETTINGS - {"parallel_tool_calls"}, refused_settings=_refused)


def _rules(model: str, base_url: str) -> ModelRules:  # noqa: ARG001 -- a hook's form
    return _REASONING_RULES if "reasoning" in model else _RULES


def _address(base_url: str, model: str, options: Mapping[str, str]) -> Address:  # noqa: ARG001 -- a hook's form
    """Return the address of the API; *base_url* may be that of the host alone, or the whole address of the chat."""
    base = base_url.rstrip("/").removesuffix("/chat")
    return Address(base_url=base if urlsplit(base).path else f"{base}/v2")


_PROFILE = Profile(
    wire=COHERE_CHAT,
    base_url="https://api.cohere.com/v2",
    base_variables=("COHERE_API_BASE",),
    key_variables=("COHERE_API_KEY", "CO_API_KEY"),
    address=_address,
    rules=_rules,
    litellm=LiteLLMQuirks(arguments_as_text=True, lost_parts=frozenset({"audio", "file", "image in a result"})),
)

PROFILES: dict[str, Profile] = {"cohere": _PROFILE, "cohere_chat": _PROFILE}
