"""Z.AI.

Sources: https://docs.z.ai/api-reference/llm/chat-completion (the only tool choice is ``auto``, the only output format
plain JSON) and https://docs.z.ai/guides/capabilities/thinking-mode.
"""

import re

import attrs

from llm_core.domain.json_values import JsonObject
from llm_core.wires.model_rules import SETTINGS, ModelRules
from llm_core.wires.openai_chat import OPENAI_CHAT

from .profile import Profile
from .rules.addresses import chat_address
from .rules.families import PENALTIES, only_efforts

_EFFORTS = re.compile(r"glm-5\.[2-9]")


def _effort_fields(effort: str) -> JsonObject:
    return {"thinking": {"type": "disabled"}} if effort == "none" else {"reasoning_effort": effort}


_RULES = ModelRules(
    settings=SETTINGS - PENALTIES - {"seed", "parallel_tool_calls"},
    refused_settings=only_efforts("none"),
    effort_fields=_effort_fields,
    tool_choices=frozenset(),
    strict_tools=False,
    outputs=frozenset({"json", "json with tools"}),
)


def _rules(model: str, _: str) -> ModelRules:
    if _EFFORTS.match(model):
        return attrs.evolve(_RULES, refused_settings=only_efforts("none", "low", "medium", "high", "max"))
    return _RULES


PROFILES = {
    "zai": Profile(
        wire=OPENAI_CHAT,
        base_url="https://api.z.ai/api/paas/v4",
        base_variables=("ZAI_API_BASE",),
        key_variables=("ZAI_API_KEY",),
        address=chat_address,
        rules=_rules,
    )
}
