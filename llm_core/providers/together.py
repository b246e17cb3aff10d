"""Together AI.

Sources: https://docs.together.ai/reference/chat-completions-1 and https://docs.together.ai/docs/reasoning-overview
(hybrid models are switched off with ``reasoning``; GPT-OSS always reasons).
"""

import attrs

from llm_core.domain.json_values import JsonObject
from llm_core.wires.model_rules import ModelRules
from llm_core.wires.openai_chat import OPENAI_CHAT

from .profile import Profile
from .rules.addresses import chat_address
from .rules.families import by_family, only_efforts


def _effort_fields(effort: str) -> JsonObject:
    return {"reasoning": {"enabled": False}} if effort == "none" else {"reasoning_effort": effort}


_RULES = ModelRules(effort_fields=_effort_fields)
_by_family = by_family(_RULES)


def _rules(model: str, base_url: str) -> ModelRules:
    rules = _by_family(model, base_url)
    if "gpt-oss" in model:
        return attrs.evolve(rules, refused_settings=only_efforts("low", "medium", "high"))
    return rules


PROFILES = {
    "together_ai": Profile(
        wire=OPENAI_CHAT,
        base_url="https://api.together.ai/v1",
        base_variables=("TOGETHER_AI_API_BASE",),
        key_variables=("TOGETHER_API_KEY", "TOGETHER_AI_API_KEY", "TOGETHERAI_API_KEY", "TOGETHER_AI_TOKEN"),
        address=chat_address,
        rules=_rules,
    )
}
