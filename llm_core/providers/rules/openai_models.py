"""What OpenAI's models accept, by their names, at OpenAI itself and at hosts that pass requests on unchanged.

Sources: https://platform.openai.com/docs/guides/reasoning, https://platform.openai.com/docs/guides/latest-model and
https://platform.openai.com/docs/api-reference/chat/create; for deployments at Azure
https://learn.microsoft.com/en-us/azure/ai-foundry/openai/how-to/reasoning.
"""

import re
from types import MappingProxyType
from typing import TypeAlias

import attrs

from llm_core.domain.model_description import SCHEMA_LIMITS
from llm_core.domain.requests import ChatRequest
from llm_core.domain.settings import ChatSettings
from llm_core.wires.model_rules import OUTPUTS, PARTS, SETTINGS, ModelRules, Output, Part

from .families import NO_EFFORT, PENALTIES, only_efforts

Version: TypeAlias = tuple[int, int]

PARTS_OF_OPENAI: frozenset[Part] = PARTS - {"file by url"}  # files are sent as base64 data, or as the id of an upload
"""The parts of messages that OpenAI's models accept."""

_LIMITS = SCHEMA_LIMITS - {"minLength", "maxLength", "uniqueItems"}  # those that the guide to structured outputs lists
_COMPLETION_TOKENS = MappingProxyType({"max_tokens": "max_completion_tokens"})  # that limit counts reasoning, too
_WITHOUT_REASONING = re.compile(r"gpt-(3\.5|35|4)|gpt-(audio|realtime)|gpt-5-chat|chatgpt-4o")
_WITHOUT_JSON = re.compile(r"gpt-4(-0613|-0314|-32k.*)?$|gpt-3\.5-turbo-16k")
_WITHOUT_SCHEMAS = re.compile(r"gpt-(3\.5|35)|gpt-4(-|$)")  # GPT-4o was the first with them
_SEARCH = re.compile(r"gpt-.*-search")
_O_SERIES = re.compile(r"o[1-9](-|$)")
_GPT_SERIES = re.compile(r"gpt-(?P<major>[5-9])(\.(?P<minor>\d+))?(-|$)")


def is_openai_model(model: str) -> bool:
    """Return whether *model* is one of OpenAI's, by its name."""
    name = model.rpartition("/")[2]
    return any(family.match(name) for family in (_WITHOUT_REASONING, _SEARCH, _O_SERIES, _GPT_SERIES))


def openai_model_rules(model: str) -> ModelRules:
    """Return what *model* accepts; everything where its name is of no known family: a deployment's own, perhaps."""
    return attrs.evolve(_rules_of_family(model), schema_limits=_LIMITS)


def _rules_of_family(model: str) -> ModelRules:
    name = model.rpartition("/")[2].removeprefix("ft:")
    if _SEARCH.match(name):
        return ModelRules(
            settings=frozenset({"max_tokens"}), tools=False, setting_names=_COMPLETION_TOKENS, parts=PARTS_OF_OPENAI
        )
    if _WITHOUT_REASONING.match(name):
        return ModelRules(settings=NO_EFFORT, parts=PARTS_OF_OPENAI, outputs=_outputs(name))
    if _O_SERIES.match(name):
        return _o_series(name)
    if series := _GPT_SERIES.match(name):
        return _gpt_series(name, (int(series["major"]), int(series["minor"] or 0)))
    return ModelRules(parts=PARTS_OF_OPENAI)


def _outputs(name: str) -> frozenset[Output]:
    if _WITHOUT_JSON.match(name):
        return frozenset()
    return frozenset({"json", "json with tools"}) if _WITHOUT_SCHEMAS.match(name) else OUTPUTS


def _o_series(name: str) -> ModelRules:
    refused = PENALTIES | {"top_p", "parallel_tool_calls"} | (frozenset() if name.startswith("o1") else {"stop"})
    only_known_efforts = only_efforts("low", "medium", "high")

    def refused_settings(request: ChatRequest, settings: ChatSettings) -> frozenset[str]:
        return only_known_efforts(request, settings) | _refused_temperature(settings)

    return ModelRules(
        settings=SETTINGS - refused,
        refused_settings=refused_settings,
        setting_names=_COMPLETION_TOKENS,
        parts=PARTS_OF_OPENAI,
    )


def _gpt_series(name: str, version: Version) -> ModelRules:
    efforts = _efforts(name, version)
    default = "none" if "none" in efforts and version < (5, 5) else "medium"
    only_known_efforts = only_efforts(*efforts)

    def refused_settings(request: ChatRequest, settings: ChatSettings) -> frozenset[str]:
        refused = only_known_efforts(request, settings)
        effort = default if refused or settings.reasoning_effort is None else settings.reasoning_effort
        return refused if effort == "none" else refused | {"top_p"} | _refused_temperature(settings)

    return ModelRules(
        settings=SETTINGS - PENALTIES - {"stop"} - (frozenset() if "none" in efforts else {"top_p"}),
        refused_settings=refused_settings,
        setting_names=_COMPLETION_TOKENS,
        parts=PARTS_OF_OPENAI,
    )


def _refused_temperature(settings: ChatSettings) -> frozenset[str]:
    """Return ``temperature`` if it is set to anything but 1, the one value that a reasoning model accepts."""
    return frozenset() if settings.temperature in (None, 1) else frozenset({"temperature"})


def _efforts(name: str, version: Version) -> frozenset[str]:
    efforts = {"low", "medium", "high"}
    if version < (5, 1):
        efforts.add("minimal")
    elif version < (6, 1) and re.search("pro|codex|chat|astra", name) is None:
        efforts.add("none")
    if version >= (5, 2) or "codex-max" in name:
        efforts.add("xhigh")
    if version >= (6, 0):
        efforts.add("max")
    return frozenset(efforts)
