"""Google's Gemini API, and what the families of its models accept.

Sources: https://ai.google.dev/gemini-api/docs/thinking (budgets until Gemini 2.5, levels from Gemini 3 on),
https://ai.google.dev/gemini-api/docs/gemini-3, https://ai.google.dev/gemini-api/docs/structured-output (with tools from
Gemini 3 on), https://ai.google.dev/gemini-api/docs/generate-content/whats-new-gemini-3.6 (temperature and top_p are
ignored), https://ai.google.dev/gemini-api/docs/flex-inference, https://ai.google.dev/gemini-api/docs/thought-signatures
(the placeholder). Its prompt cache is a resource with an address of its own, which no setting of a call can ask for.
"""

import re
from collections.abc import Mapping

import attrs

from llm_core.domain.requests import ChatRequest
from llm_core.domain.settings import ChatSettings
from llm_core.wires.gemini import GEMINI
from llm_core.wires.model_rules import OUTPUTS, PARTS, ModelRules, Output, Part

from .profile import LiteLLMQuirks, Profile

_EFFORT = frozenset({"reasoning_effort"})
_PENALTIES = frozenset({"presence_penalty", "frequency_penalty"})
_SAMPLING = frozenset({"temperature", "top_p"})
_TIER = frozenset({"service_tier"})
_SETTINGS = _EFFORT | _PENALTIES | _SAMPLING | _TIER | {"max_tokens", "stop", "seed"}
_PARTS = PARTS - {"image by url"}  # of other addresses than Google's own
_WITHOUT_TOOLS: frozenset[Output] = frozenset({"json", "schema"})
_PLACEHOLDER = "skip_thought_signature_validator"

_BUDGETS = {"low": 1024, "medium": 2048, "high": 4096}
_LEAST_BUDGETS: Mapping[str, Mapping[str, int]] = {  # the ends of the documented ranges; Pro cannot stop thinking
    "pro": {"minimal": 128},
    "flash-lite": {"none": 0, "minimal": 512},
    "flash": {"none": 0, "minimal": 1},
}
_FLASH_WITH_MINIMAL = frozenset({(3, 0), (3, 1), (3, 5), (3, 6)})  # 3.7 and 3.8 refuse this level

_LIMITS = frozenset({"minItems", "maxItems", "minimum", "maximum"})
_VERSION = re.compile(r"gemini-(\d+)(?:\.(\d+))?(?:-|$)")
_FIRST = re.compile(r"gemini-(?:exp|(?:pro|flash)(?!-(?:lite-)?latest$))(?:-|$)")  # the first models had no version
_WITHOUT_VERSION = (3, -1)  # the aliases of the latest models
_NOT_THINKING = re.compile(r"-(?:image|tts)(?:-|$)")


def gemini_rules(model: str, base_url: str) -> ModelRules:  # noqa: ARG001 -- a hook's form
    """Return what *model* accepts; a schema refers to itself in optional properties alone."""
    return attrs.evolve(_rules_of_family(model), recursive_schemas=False, schema_limits=_LIMITS)


def _rules_of_family(model: str) -> ModelRules:
    name = model.rpartition("/")[2].lower()
    version = _version(name)
    if version is None:
        return _with_budgets("flash", parts=_PARTS | {"image in a result"})
    if version < (2, 5):
        return ModelRules(settings=_SETTINGS - _EFFORT - _TIER, parts=_PARTS, outputs=_WITHOUT_TOOLS)
    settings = _SETTINGS - (_EFFORT if _NOT_THINKING.search(name) else frozenset())
    if version < (3, -1):
        family = next(family for family in _LEAST_BUDGETS if family in name or family == "flash")
        # "Penalty is not enabled for models/gemini-2.5-flash", the API answers
        return _with_budgets(family, settings=settings - _PENALTIES, outputs=_WITHOUT_TOOLS)
    return _with_levels(name, version, settings)


def _version(name: str) -> tuple[int, int] | None:
    """Return the version of a model; None if it is not one of Google's Gemini models."""
    if found := _VERSION.match(name):
        return int(found[1]), int(found[2] or 0)
    if _FIRST.match(name):
        return 1, 0
    return _WITHOUT_VERSION if name.startswith("gemini-") else None


def _with_budgets(
    family: str,
    *,
    settings: frozenset[str] = _SETTINGS,
    parts: frozenset[Part] = _PARTS,
    outputs: frozenset[Output] = OUTPUTS,
) -> ModelRules:
    """Return the rules of a model that counts the tokens that it thinks with; thoughts are part of `max_tokens`."""
    budgets = {**_LEAST_BUDGETS[family], **_BUDGETS}

    def refused(_: ChatRequest, settings: ChatSettings) -> frozenset[str]:
        budget = budgets.get(settings.reasoning_effort or "low")
        return _EFFORT if budget is None or budget >= (settings.max_tokens or budget + 1) else frozenset()

    return ModelRules(
        settings=settings, refused_settings=refused, thinking_budgets=budgets, parts=parts, outputs=outputs
    )


def _with_levels(name: str, version: tuple[int, int], settings: frozenset[str]) -> ModelRules:
    """Return the rules of a model that thinks at levels: Gemini 3 and later. None of them can stop thinking."""
    levels = _levels(name, version)

    def refused(_: ChatRequest, settings: ChatSettings) -> frozenset[str]:
        return frozenset() if settings.reasoning_effort in (None, *levels) else _EFFORT

    ignores_sampling = version >= (3, 6) or (version == (3, 5) and "flash-lite" in name)
    return ModelRules(
        settings=settings - _PENALTIES - (_SAMPLING if ignores_sampling else frozenset()),
        refused_settings=refused,
        efforts={level: level for level in levels},
        parts=_PARTS | {"image in a result"},
        placeholder_signature=_PLACEHOLDER,
    )


def _levels(name: str, version: tuple[int, int]) -> tuple[str, ...]:
    if version == (3, 0) and "pro" in name:
        return ("low", "high")
    if version in _FLASH_WITH_MINIMAL and "flash" in name:
        return ("minimal", "low", "medium", "high")
    return ("low", "medium", "high")


def _key_header(key: str) -> Mapping[str, str]:
    return {"x-goog-api-key": key}


LITELLM_QUIRKS = LiteLLMQuirks(
    dropped_parameters=frozenset({"parallel_tool_calls"}), lost_parts=frozenset({"image by url"}), drops_extra=True
)

PROFILES = {
    "gemini": Profile(
        wire=GEMINI,
        base_url="https://generativelanguage.googleapis.com/v1beta",
        base_variables=("GEMINI_API_BASE",),
        key_variables=("GOOGLE_API_KEY", "GEMINI_API_KEY"),
        key_headers=_key_header,
        rules=gemini_rules,
        litellm=LITELLM_QUIRKS,
    )
}
