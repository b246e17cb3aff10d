"""Our requests beside those of LiteLLM's own configs: every difference is explained, no explanation is stale."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache

import pytest

from llm_core.providers.registry import all_profiles
from tests.litellm_version import IS_NEWER

from .explained_newer import REQUESTS as NEWER
from .explained_newer import WITH_CONFIG
from .explained_requests import EXPLAINED, Explained
from .pairs import UNCOMPARED, Difference, compared, models

WITHOUT_CONFIG = frozenset(
    {
        *("abliteration", "aihubmix", "aiml", "crusoe", "empiriolabs", "gmi", "lemonade", "llamagate", "sarvam"),
        *("veniceai", "xinference"),
    }
)
"""Providers that LiteLLM calls through OpenAI's library."""
MODELS = tuple(models())


@cache
def differences(provider: str, model: str) -> tuple[Difference, ...]:
    """Return the differences of one model, found once."""
    return tuple(compared(provider, model))


def explains(explained: Explained, difference: Difference) -> bool:
    """Return whether *difference* is one of those that *explained* is about."""
    return (
        _matches(difference.model, explained.model)
        and _matches(difference.request, explained.request)
        and _matches(difference.what, explained.what)
    )


def _matches(text: str, pattern: str) -> bool:
    return fnmatchcase(text, pattern.replace("[", "[[]"))


def test_every_provider_but_some_has_a_config() -> None:
    compared_providers = {provider for provider, _ in MODELS}

    assert (
        WITHOUT_CONFIG - (WITH_CONFIG if IS_NEWER else set()) == all_profiles().keys() - UNCOMPARED - compared_providers
    )


@pytest.mark.parametrize(("provider", "model"), MODELS)
def test_requests_differ_from_litellms_only_where_it_is_explained(provider: str, model: str) -> None:
    unexplained = [
        difference
        for difference in differences(provider, model)
        if not any(explains(explained, difference) for explained in (*EXPLAINED, *(NEWER if IS_NEWER else ())))
    ]

    assert [] == unexplained


def test_every_explanation_is_needed() -> None:
    found = list(_all())

    rows = NEWER if IS_NEWER else EXPLAINED
    assert [] == [row for row in rows if not any(explains(row, difference) for difference in found)]


def _all() -> Iterator[Difference]:
    for provider, model in MODELS:
        yield from differences(provider, model)
