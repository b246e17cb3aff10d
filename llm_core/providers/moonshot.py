"""Moonshot AI.

Sources: https://platform.kimi.ai/docs/api/chat and https://platform.kimi.ai/docs/guide/use-kimi-k2-thinking-model:
Kimi models sample with fixed parameters, think unless switched off, refuse a forced tool while they think, and want the
``reasoning_content`` of every message with calls back.
"""

import re

import attrs

from llm_core.domain.json_values import JsonObject
from llm_core.wires.model_rules import SETTINGS, ModelRules
from llm_core.wires.openai_chat import OPENAI_CHAT

from .profile import Profile
from .rules.addresses import chat_address
from .rules.families import NO_EFFORT, PENALTIES, only_efforts

_KIMI = re.compile(r"kimi-(k[2-9]|thinking|latest)")
_EFFORTS = re.compile(r"kimi-k([3-9])")
_SWITCHED = re.compile(r"kimi-k2\.[56]")


def _switch(_: str) -> JsonObject:
    return {"thinking": {"type": "disabled"}}


_OTHER = ModelRules(settings=NO_EFFORT, tool_choices=frozenset({"none", "named"}))
_THINKING = ModelRules(
    settings=SETTINGS - PENALTIES - {"temperature", "top_p", "reasoning_effort"},
    tool_choices=frozenset({"none"}),
    calls_need_reasoning="reasoning_content",
    empty_reasoning=" ",  # the least that it accepts
)
_WITH_EFFORT = _THINKING.settings | {"reasoning_effort"}
_WITH_EFFORTS = attrs.evolve(
    _THINKING,
    settings=_WITH_EFFORT,
    refused_settings=only_efforts("low", "high", "max"),
    tool_choices=frozenset({"none", "required"}),
)
_WITH_SWITCH = attrs.evolve(
    _THINKING, settings=_WITH_EFFORT, refused_settings=only_efforts("none"), effort_fields=_switch
)


def _rules(model: str, _: str) -> ModelRules:
    if _EFFORTS.match(model):
        return _WITH_EFFORTS
    if _SWITCHED.match(model):
        return _WITH_SWITCH
    return _THINKING if _KIMI.match(model) else _OTHER


PROFILES = {
    "moonshot": Profile(
        wire=OPENAI_CHAT,
        base_url="https://api.moonshot.ai/v1",
        base_variables=("MOONSHOT_API_BASE",),
        key_variables=("MOONSHOT_API_KEY",),
        address=chat_address,
        rules=_rules,
    )
}
