"""OpenRouter.

Sources: https://openrouter.ai/docs/api-reference/parameters, https://openrouter.ai/docs/guides/features/service-tiers,
https://openrouter.ai/docs/use-cases/reasoning-tokens and https://openrouter.ai/docs/use-cases/usage-accounting (every
answer holds its usage and its price).
"""

from collections.abc import Mapping
from types import MappingProxyType

import attrs

from llm_core.wires.model_rules import SETTINGS, ModelRules
from llm_core.wires.openai_chat import OPENAI_CHAT

from .profile import Address, Profile
from .rules.addresses import address_below
from .rules.families import always

_OWN = "openrouter"  # the maker of OpenRouter's own models: openrouter/auto
_RULES = ModelRules(
    settings=SETTINGS | {"service_tier"},
    efforts=MappingProxyType({"max": "xhigh"}),  # its name of the most
)


def _address(base_url: str, model: str, _: Mapping[str, str]) -> Address:
    name = model if "/" in model else f"{_OWN}/{model}"  # openrouter/auto
    return attrs.evolve(address_below(base_url), model=name)


PROFILES = {
    _OWN: Profile(
        wire=OPENAI_CHAT,
        base_url="https://openrouter.ai/api/v1",
        base_variables=("OPENROUTER_API_BASE",),
        key_variables=("OPENROUTER_API_KEY", "OR_API_KEY"),
        address=_address,
        rules=always(_RULES),
    )
}
