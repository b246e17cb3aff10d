"""Fireworks AI.

Sources: https://docs.fireworks.ai/api-reference/post-chatcompletions, https://docs.fireworks.ai/guides/function-calling,
https://docs.fireworks.ai/serverless/serving-paths (``service_tier``) and
https://docs.fireworks.ai/structured-responses/structured-response-formatting.
"""

from collections.abc import Mapping
from types import MappingProxyType

import attrs

from llm_core.wires.model_rules import SETTINGS, ModelRules
from llm_core.wires.openai_chat import OPENAI_CHAT

from .profile import Address, Profile
from .rules.addresses import address_below
from .rules.families import by_family

_ACCOUNT = "accounts/fireworks/"
_ROUTER_SUFFIX = "-fast"

_RULES = ModelRules(
    settings=SETTINGS | {"service_tier"},
    strict_tools=False,
    outputs=frozenset({"json", "schema"}),  # either tools or a response format
    choice_names=MappingProxyType({"required": "any"}),
)


def _address(base_url: str, model: str, _: Mapping[str, str]) -> Address:
    return attrs.evolve(address_below(base_url), model=_resource(model))


def _resource(model: str) -> str:
    """Return the whole name of *model*, which may lack its account; a deployment stands behind a number sign."""
    if model.startswith("accounts/") or "#" in model:
        return model
    if model.startswith(("models/", "routers/")):
        return f"{_ACCOUNT}{model}"
    return f"{_ACCOUNT}{'routers' if model.endswith(_ROUTER_SUFFIX) else 'models'}/{model}"


PROFILES = {
    "fireworks_ai": Profile(
        wire=OPENAI_CHAT,
        base_url="https://api.fireworks.ai/inference/v1",
        base_variables=("FIREWORKS_API_BASE",),
        key_variables=("FIREWORKS_API_KEY", "FIREWORKS_AI_API_KEY", "FIREWORKSAI_API_KEY", "FIREWORKS_AI_TOKEN"),
        address=_address,
        rules=by_family(_RULES),
    )
}
