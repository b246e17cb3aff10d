"""Families of models that keep their rules at every host."""

import re
from collections.abc import Callable
from typing import TypeAlias

import attrs

from llm_core.domain.requests import ChatRequest
from llm_core.domain.settings import ChatSettings
from llm_core.wires.model_rules import SETTINGS, ModelRules

Rules: TypeAlias = Callable[[str, str], ModelRules]

MISTRAL_IDS = re.compile(r"[a-zA-Z0-9]{9}")
"""Mistral's ids of tool calls: "must be a-z, A-Z, 0-9, with a length of 9"."""
NO_EFFORT = SETTINGS - {"reasoning_effort"}
"""The settings of models whose reasoning cannot be adjusted."""
PENALTIES = frozenset({"presence_penalty", "frequency_penalty"})
"""The settings that many hosts refuse together."""

_MISTRAL_AT_A_HOST = "mistralai/"  # the name that Mistral's models have at other hosts
_NOT_REASONING = re.compile(r"non-reasoning|instruct|coder|gpt-5-chat|distill", re.IGNORECASE)
_REASONING = re.compile(  # DeepSeek R1 and QwQ reason, but always alike
    r"""
      gpt-oss | gpt-[5-9] | (^|/)o[1-9]\b | claude.*(-3-7|-3\.7|[4-9]) | gemini-(2\.5|[3-9]) | gemma-[4-9](?!b)
    | deepseek.*(reasoner|v3[.p][1-9]|v[4-9]) | qwen-?3(?!\d*b) | glm-?[4-9] | kimi-?k(2[.p][5-9]|[3-9])
    | minimax-m[1-9] | mistral-(medium-3[.-]5|small-4|large-4) | seed-(1\.[5-9]|[2-9]) | nemotron | grok-(3-mini|[4-9])
    | mercury | muse | mimo | hunyuan | hy3 | deep-research | reasoning | think
    """,
    re.IGNORECASE | re.VERBOSE,
)


def reasons(model: str) -> bool:
    """Return whether *model* is one of a family whose reasoning can be adjusted, by its name."""
    return _REASONING.search(model) is not None and _NOT_REASONING.search(model) is None


def always(rules: ModelRules) -> Rules:
    """Return a function that returns *rules* for every model, with Mistral's ids for Mistral's models."""
    with_ids = attrs.evolve(rules, tool_call_ids=MISTRAL_IDS)
    return lambda model, _: with_ids if model.startswith(_MISTRAL_AT_A_HOST) else rules


def by_family(rules: ModelRules) -> Rules:
    """Return a function that returns *rules*, without `reasoning_effort` for models that do not reason."""
    reasoning, other = always(rules), always(attrs.evolve(rules, settings=rules.settings - {"reasoning_effort"}))
    return lambda model, base_url: (reasoning if reasons(model) else other)(model, base_url)


def only_efforts(*accepted: str) -> Callable[[ChatRequest, ChatSettings], frozenset[str]]:
    """Return a function that refuses every `reasoning_effort` but the *accepted* ones."""
    return lambda _, settings: (
        frozenset()
        if settings.reasoning_effort is None or settings.reasoning_effort in accepted
        else frozenset({"reasoning_effort"})
    )
