"""Mistral, and its own host for Codestral.

Sources: https://docs.mistral.ai/api/ and https://docs.mistral.ai/capabilities/reasoning (Magistral reasons always;
newer models accept the efforts ``none`` and ``high``).
"""

import re
from types import MappingProxyType

import attrs

from llm_core.wires.model_rules import ModelRules
from llm_core.wires.openai_chat import OPENAI_CHAT

from .profile import Profile
from .rules.addresses import versioned_address
from .rules.families import MISTRAL_IDS, NO_EFFORT, only_efforts

_ADJUSTABLE = re.compile(r"mistral-(small-(latest|2603|4)|medium(-latest|-3|-3[-.]5|-2604)?$|large-4)|mistral-vibe")
_GLM = re.compile(r"(zai-)?glm-")  # Z.AI's models, which Mistral hosts

_RULES = ModelRules(
    setting_names=MappingProxyType({"seed": "random_seed"}),
    tool_call_ids=MISTRAL_IDS,
    stream_usage=False,  # the last event of a stream always holds the usage; other fields are refused
    file_format="document_url",
)


def mistral_rules(model: str, _: str) -> ModelRules:
    """Return what *model* accepts. An effort that it does not know is named as ignored, never sent as another one."""
    if _GLM.match(model):
        return _RULES
    if _ADJUSTABLE.match(model):
        return attrs.evolve(_RULES, refused_settings=only_efforts("none", "high"))
    return attrs.evolve(_RULES, settings=NO_EFFORT)


PROFILES = {
    "mistral": Profile(
        wire=OPENAI_CHAT,
        base_url="https://api.mistral.ai/v1",
        base_variables=("MISTRAL_API_BASE", "MISTRAL_AZURE_API_BASE"),
        key_variables=("MISTRAL_AZURE_API_KEY", "MISTRAL_API_KEY"),
        address=versioned_address,
        rules=mistral_rules,
    )
}
