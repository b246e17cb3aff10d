"""What our rules of model families accept, beside LiteLLM's list of every chat model of its map."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module

import attrs
import pytest

from llm_core.adapters.litellm.litellm_module import litellm
from llm_core.domain.settings import ChatSettings
from llm_core.providers.registry import all_profiles
from llm_core.wires.openai_chat.decode import OpenAIChatDecoder
from tests.litellm_version import IS_NEWER

from .explained_newer import SETTINGS as NEWER
from .explained_settings import EXPLAINED, Explained
from .litellm_requests import find_config
from .pairs import UNCOMPARED

SETTINGS = frozenset(attrs.fields_dict(ChatSettings)) - {"timeout", "extra"}
OWN_NAMES = frozenset({"cache", "service_tier"})
"""Settings that LiteLLM's lists do not know by one name."""
PROVIDERS = sorted(all_profiles().keys() - UNCOMPARED)


@attrs.frozen(order=True)
class Difference:
    """A field that one side alone accepts for a model."""

    model: str
    field: str
    """With a plus where it is ours, a minus where it is LiteLLM's."""


def explains(explained: Explained, difference: Difference) -> bool:
    """Return whether *difference* is one of those that *explained* is about."""
    return difference.field in explained.fields and re.fullmatch(explained.models, difference.model) is not None


@cache
def differences(provider: str) -> tuple[Difference, ...]:
    """Return the differences of all models of *provider*."""
    return tuple(_differences(provider))


def _differences(provider: str) -> Iterator[Difference]:
    for model in _models(provider):
        config = find_config(provider, model)
        if config is None:
            continue
        listed = set(config.get_supported_openai_params(model))
        ours, theirs = _ours(provider, model), _by_our_names(listed, provider)
        yield from (Difference(f"{provider}/{model}", f"+{field}") for field in sorted(ours - theirs))
        yield from (Difference(f"{provider}/{model}", f"-{field}") for field in sorted(theirs - ours))


def _models(provider: str) -> Iterator[str]:
    litellm()  # prepares the import
    prices: Mapping[str, object] = import_module("litellm").model_cost
    for name, row in prices.items():
        if isinstance(row, dict) and row.get("litellm_provider") == provider and row.get("mode") == "chat":
            yield name.removeprefix(f"{provider}/")


def _ours(provider: str, model: str) -> set[str]:
    profile = all_profiles()[provider]
    rules = profile.rules(model, profile.base_url or "")
    fields = {
        "tools": rules.tools,
        "tool_choice": rules.tools and bool(rules.tool_choices),
        "output": bool(rules.outputs),
        "stream_options": rules.stream_usage and profile.wire.decoder is OpenAIChatDecoder,
    }
    return set(rules.settings & SETTINGS - OWN_NAMES) | {name for name, accepted in fields.items() if accepted}


def _by_our_names(listed: set[str], provider: str) -> set[str]:
    fields = listed & (SETTINGS - OWN_NAMES | {"tools"})
    if {"tools", "tool_choice"} <= listed:
        fields.add("tool_choice")
    if "response_format" in listed:
        fields.add("output")
    if "stream_options" in listed and all_profiles()[provider].wire.decoder is OpenAIChatDecoder:
        fields.add("stream_options")
    return fields


@pytest.mark.parametrize("provider", PROVIDERS)
def test_rules_differ_from_litellms_lists_only_where_it_is_explained(provider: str) -> None:
    unexplained = [
        difference
        for difference in differences(provider)
        if not any(explains(explained, difference) for explained in (*EXPLAINED, *(NEWER if IS_NEWER else ())))
    ]

    assert [] == unexplained


def test_every_explanation_is_needed() -> None:
    found = [difference for provider in PROVIDERS for difference in differences(provider)]

    stale = [
        (row.models, field)
        for row in (NEWER if IS_NEWER else EXPLAINED)
        for field in sorted(row.fields)
        if not any(explains(attrs.evolve(row, fields=frozenset({field})), difference) for difference in found)
    ]
    assert [] == stale


def test_thousands_of_names_are_compared() -> None:
    assert len([model for provider in PROVIDERS for model in _models(provider)]) > 1500
