"""Hugging Face: its router of inference providers, and endpoints of one's own.

Source: https://huggingface.co/docs/inference-providers/tasks/chat-completion.
"""

from collections.abc import Mapping

import attrs

from llm_core.wires.model_rules import ModelRules
from llm_core.wires.openai_chat import OPENAI_CHAT

from .profile import Address, Profile
from .rules.addresses import versioned_address_below
from .rules.families import NO_EFFORT, always

_ROUTER = "https://router.huggingface.co/v1"


def _address(base_url: str, model: str, _: Mapping[str, str]) -> Address:
    address = versioned_address_below(base_url)
    if base_url != _ROUTER or model.count("/") < 2:  # noqa: PLR2004 -- maker and model; a third part is a provider
        return address
    provider, name = model.split("/", 1)
    return attrs.evolve(address, model=f"{name}:{provider}")  # the router's own way to name the provider


PROFILES = {
    "huggingface": Profile(
        wire=OPENAI_CHAT,
        base_url=_ROUTER,
        base_variables=("HF_API_BASE", "HUGGINGFACE_API_BASE"),
        key_variables=("HUGGINGFACE_API_KEY", "HF_TOKEN"),
        address=_address,
        rules=always(ModelRules(settings=NO_EFFORT)),
    )
}
