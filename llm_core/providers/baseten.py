"""Baseten: its shared models, and deployments of one's own.

Source: https://docs.baseten.co/development/model-apis/overview.
"""

import re
from collections.abc import Mapping

from llm_core.wires.model_rules import ModelRules
from llm_core.wires.openai_chat import OPENAI_CHAT

from .profile import Address, Profile
from .rules.addresses import address_below
from .rules.families import NO_EFFORT, always

_SHARED = "https://inference.baseten.co/v1"
_DEPLOYMENT = re.compile(r"[a-zA-Z0-9]{8}")


def _address(base_url: str, model: str, _: Mapping[str, str]) -> Address:
    if base_url == _SHARED and _DEPLOYMENT.fullmatch(model):
        return Address(base_url=f"https://model-{model}.api.baseten.co/environments/production/sync/v1")
    return address_below(base_url)


PROFILES = {
    "baseten": Profile(
        wire=OPENAI_CHAT,
        base_url=_SHARED,
        base_variables=("BASETEN_API_BASE",),
        key_variables=("BASETEN_API_KEY",),
        address=_address,
        rules=always(ModelRules(settings=NO_EFFORT - {"parallel_tool_calls"})),
    )
}
