"""Anthropic: its address, and what each family of Claude models accepts.

Sources: https://platform.claude.com/docs/en/about-claude/models/overview (the most output tokens), /about-claude/models
(what is new in each version, and its migration guide), /build-with-claude/effort, /adaptive-thinking,
/extended-thinking, /structured-outputs and /prompt-caching, /api/service-tiers; "This model does not support effort
level 'xhigh'" and "`temperature` and `top_p` cannot both be specified for this model" are answers of the API.
"""

import re
from collections.abc import Mapping
from functools import partial
from typing import Literal

import attrs

from llm_core.domain.requests import ChatRequest
from llm_core.domain.settings import ChatSettings, ReasoningEffort
from llm_core.wires.anthropic_messages import ANTHROPIC_MESSAGES
from llm_core.wires.anthropic_messages.encode_fields import DEFAULT_MAX_TOKENS
from llm_core.wires.model_rules import CHOICES, PARTS, SETTINGS, Choice, ModelRules, Output

from .profile import Address, LiteLLMQuirks, Profile

_PATH = "/v1/messages"
_TOOL_CALL_IDS = re.compile(r"[a-zA-Z0-9_-]+")
_OTHERS_SETTINGS = SETTINGS - {"seed", "presence_penalty", "frequency_penalty"}
_SETTINGS = _OTHERS_SETTINGS | {"cache", "service_tier"}
_NUMBER = re.compile(r"(?<![0-9a-z])[0-9]{1,2}(?![0-9])")  # of a version, not of a date
_NEWEST = (5, 5)
_BUDGETS: dict[str, int] = {"minimal": 1024, "low": 1024, "medium": 2048, "high": 4096, "xhigh": 8192, "max": 16384}
_LEAST_TOP_P = 0.95  # beside thinking


@attrs.frozen(kw_only=True)
class _Family:
    """What models of one family and version accept."""

    max_tokens: int = DEFAULT_MAX_TOKENS
    thinking: Literal["none", "budget", "adaptive"] = "budget"
    thinking_off: str | None = "disabled"
    efforts: frozenset[str] = frozenset(_BUDGETS)
    sampling: Literal["both", "one", "none"] = "both"
    forces_tools: bool = True
    schemas: bool = True


def anthropic_address(base_url: str, model: str, options: Mapping[str, str]) -> Address:  # noqa: ARG001 -- a hook's form
    """Return the address: *base_url* may end with ``/v1``, or with the whole path."""
    base, _, query = base_url.partition("?")
    base = base.rstrip("/")
    return Address(base_url=base.removesuffix(_PATH).removesuffix("/v1"), query=query)


def anthropic_key(key: str) -> Mapping[str, str]:
    """Return the header that carries a key."""
    return {"x-api-key": key}


def claude_rules(model: str, base_url: str) -> ModelRules:  # noqa: ARG001 -- a hook's form
    """Return what *model* accepts; models of another name than Claude are served by other hosts in this format."""
    family, settings = _family(model.lower()), _SETTINGS if "claude" in model.lower() else _OTHERS_SETTINGS
    outputs: frozenset[Output] = frozenset({"schema", "schema with tools"} if family.schemas else {"schema"})
    choices: frozenset[Choice] = CHOICES if family.forces_tools else frozenset({"none"})
    return ModelRules(
        settings=settings if family.thinking != "none" else settings - {"reasoning_effort"},
        refused_settings=partial(_refused, family),
        efforts={"minimal": "low"},  # the lowest level
        thinking_budgets=_BUDGETS if family.thinking == "budget" else {},
        thinking_off=family.thinking_off or "adaptive",
        tool_choices=choices,
        strict_tools=family.schemas,
        outputs=outputs,
        forced_tools_with_reasoning=family.thinking != "budget",
        recursive_schemas=False,
        schema_limits=frozenset({"pattern"}),  # "numerical and string constraints" are refused, and sizes above 1
        schema_as_tool=not family.schemas,
        parts=PARTS - {"audio"} | {"image in a result"},
        tool_call_ids=_TOOL_CALL_IDS,
        max_tokens=family.max_tokens,
        replays_unsigned_thinking="claude" not in model.lower(),
    )


def _family(model: str) -> _Family:
    if "claude" not in model:
        return _Family()
    version = _version(model)
    if version < (4, 5):
        return _Family(
            max_tokens=_most_tokens(model, version),
            thinking="budget" if version >= (3, 7) else "none",
            sampling="one" if version == (4, 1) else "both",
            schemas=False,
        )
    if version < (4, 6):
        return _Family(max_tokens=64_000, sampling="one")
    newer = version >= (4, 7)
    is_newest = version >= (5, 5) or (("fable" in model or "mythos" in model) and version >= (5, 1))
    return _Family(
        max_tokens=128_000,
        thinking="adaptive",
        thinking_off=_thinking_off(model, is_newest=is_newest),
        efforts=frozenset(_BUDGETS) - (frozenset() if newer else {"xhigh"}),
        sampling="none" if newer else "one",
        forces_tools=not is_newest or "haiku" in model,
    )


def _version(model: str) -> tuple[int, int]:
    """Return the version in a name such as ``claude-sonnet-4-5-20250929`` or ``claude-3-7-sonnet-latest``."""
    numbers = [int(number) for number in _NUMBER.findall(model)]
    if not numbers:
        return (5, 0) if "mythos" in model else _NEWEST
    return (numbers[0], numbers[1] if len(numbers) > 1 else 0)


def _most_tokens(model: str, version: tuple[int, int]) -> int:
    if version < (3, 5):
        return 4096
    if version < (3, 7):
        return 8192
    return 32_000 if "opus" in model else 64_000


def _thinking_off(model: str, *, is_newest: bool) -> str | None:
    """Return the type of thinking that turns it off; None for a model that always thinks."""
    if "fable" in model or "mythos" in model or (is_newest and "opus" in model):
        return None
    return "between_tools" if is_newest and "sonnet" in model else "disabled"


def _refused(family: _Family, request: ChatRequest, settings: ChatSettings) -> frozenset[str]:
    """Return the settings that the API would refuse for their value, or beside others."""
    refused = set[str]()
    effort = settings.reasoning_effort
    if effort is not None and not _accepts_effort(family, effort, settings):
        refused.add("reasoning_effort")
        effort = None
    thinks = family.thinking != "none" and effort not in (None, "none")
    if settings.temperature is not None and not _accepts_temperature(family, settings.temperature, thinks=thinks):
        refused.add("temperature")
    has_temperature = settings.temperature is not None and "temperature" not in refused
    if settings.top_p is not None and (
        family.sampling == "none"
        or (family.sampling == "one" and has_temperature)
        or (thinks and settings.top_p < _LEAST_TOP_P)
    ):
        refused.add("top_p")
    if request.tool_choice == "none":
        refused.add("parallel_tool_calls")
    return frozenset(refused)


def _accepts_effort(family: _Family, effort: ReasoningEffort, settings: ChatSettings) -> bool:
    if effort == "none":
        return family.thinking_off is not None
    if family.thinking == "budget":
        return _BUDGETS[effort] < (settings.max_tokens or family.max_tokens)
    return effort in family.efforts


def _accepts_temperature(family: _Family, temperature: float, *, thinks: bool) -> bool:
    return temperature == 1 if thinks or family.sampling == "none" else temperature <= 1


PROFILES = {
    "anthropic": Profile(
        wire=ANTHROPIC_MESSAGES,
        base_url="https://api.anthropic.com",
        base_variables=("ANTHROPIC_API_BASE", "ANTHROPIC_BASE_URL"),
        key_variables=("ANTHROPIC_API_KEY",),
        key_headers=anthropic_key,
        address=anthropic_address,
        rules=claude_rules,
        model_families=re.compile("claude"),
        litellm=LiteLLMQuirks(
            invents_ids=True, dropped_parameters=frozenset({"json_object"}), lost_parts=frozenset({"audio"})
        ),
    )
}
