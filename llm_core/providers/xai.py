"""xAI.

Sources: https://docs.x.ai/docs/api-reference, https://docs.x.ai/docs/guides/multi-agent (on Responses alone),
https://docs.x.ai/docs/guides/reasoning (reasoning models accept neither
penalties nor stop sequences; Grok 4 as first released reasons without an adjustable effort).
"""

import re

import attrs

from llm_core.wires.model_rules import ModelRules
from llm_core.wires.openai_chat import OPENAI_CHAT

from .profile import LiteLLMQuirks, Profile, ResponsesUse
from .rules.addresses import chat_address
from .rules.families import PENALTIES

_EFFORT = frozenset({"reasoning_effort"})
_STOPS = frozenset({"stop"})
_FIXED_EFFORT = re.compile(r"grok-(2|3(?!-mini)|4(-0709|-latest|-1|-fast|$)|code)|non-reasoning|grok-beta|vision")
_REASONING = re.compile(r"grok-(3-mini|[4-9]|code-fast)")


def xai_rules(model: str, _: str) -> ModelRules:
    """Return what *model* accepts."""
    refused = PENALTIES | _STOPS if _REASONING.match(model) else frozenset[str]()
    if _FIXED_EFFORT.search(model):
        refused |= _EFFORT
    rules = ModelRules()
    return attrs.evolve(rules, settings=rules.settings - refused)


def _responses(model: str, _: str) -> ResponsesUse:
    return "always" if "multi-agent" in model else "never"


PROFILES = {
    "xai": Profile(
        wire=OPENAI_CHAT,
        base_url="https://api.x.ai/v1",
        base_variables=("XAI_API_BASE",),
        key_variables=("XAI_API_KEY",),
        address=chat_address,
        rules=xai_rules,
        responses=_responses,
        litellm=LiteLLMQuirks(prices_from_threshold_on=True),
    )
}
