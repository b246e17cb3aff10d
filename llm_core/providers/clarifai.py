"""Clarifai.

Source: https://docs.clarifai.com/compute/inference/open-ai.
"""

from collections.abc import Mapping

import attrs

from llm_core.wires.model_rules import ModelRules
from llm_core.wires.openai_chat import OPENAI_CHAT

from .profile import Address, Profile
from .rules.addresses import address_below
from .rules.families import NO_EFFORT, always


def _address(base_url: str, model: str, _: Mapping[str, str]) -> Address:
    return attrs.evolve(address_below(base_url), model=_page(model))


def _page(model: str) -> str:
    """Return the address of a model's page, which is its name in the body, for ``user.app.model``."""
    user, _, rest = model.partition(".")
    app, dot, name = rest.partition(".")
    return f"https://clarifai.com/{user}/{app}/models/{name}" if dot and ":" not in model else model


PROFILES = {
    "clarifai": Profile(
        wire=OPENAI_CHAT,
        base_url="https://api.clarifai.com/v2/ext/openai/v1",
        key_variables=("CLARIFAI_API_KEY",),
        address=_address,
        rules=always(ModelRules(settings=NO_EFFORT - {"seed", "stop", "parallel_tool_calls"})),
    )
}
