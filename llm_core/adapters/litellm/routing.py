"""Which lane a model takes: our own transport if its provider has a profile, else LiteLLM's own call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import attrs

from llm_core.domain.errors import ModelNotFoundError
from llm_core.providers.profile import Profile
from llm_core.providers.registry import find_profile
from llm_core.transport.endpoints import split_model

Lane: TypeAlias = Literal["auto", "direct", "call"]


@attrs.frozen
class Route:
    """The lane of a model, and the reason for it."""

    lane: Literal["direct", "call"]
    reason: str

    def __str__(self) -> str:
        """Return both in one line."""
        return f"{self.lane}: {self.reason}"


def route_of(model: str, lane: Lane, options: Mapping[str, object], *, has_router: bool) -> Route:
    """Return the lane that *model* takes. It depends on nothing that is installed."""
    if lane == "call":
        return Route("call", "lane='call' is set")
    if has_router:
        return Route("call", "a Router is set")
    provider, profile = _provider_of(model)
    if profile is None:
        return Route("call", f"{provider} has no profile")
    if profile.litellm.call_only:
        return Route("call", f"{provider} means another endpoint of the provider to LiteLLM")
    others = sorted(set(options) - set(profile.option_variables))
    if others:
        return Route("call", f"provider_options: {others[0]} is for LiteLLM's own call")
    return Route("direct", f"{provider} has a profile")


def _provider_of(model: str) -> tuple[str, Profile | None]:
    try:
        provider, _ = split_model(model)
    except ModelNotFoundError:
        return f"the model {model!r}", None
    return provider, find_profile(provider)
