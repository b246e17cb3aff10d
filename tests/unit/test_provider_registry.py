"""Tests of the registry of profiles: which names are providers, and which providers names of models belong to."""

import attrs
import pytest

from llm_core.providers.profile import Address, Profile
from llm_core.providers.registry import all_profiles, find_profile, nearest_provider, provider_of
from llm_core.wires.openai_chat import OPENAI_CHAT


@pytest.mark.parametrize("name", sorted(all_profiles()))
def test_every_profile_is_found_by_its_name(name: str) -> None:
    assert all_profiles()[name] is find_profile(name)


@pytest.mark.parametrize(
    "name",
    [
        *("", "acme", "OpenAI", "openai ", " openai", "openai_", "openai/gpt-5", "open", "azure_", "_", "__init__"),
        *("registry", "profile", "accepted", "environment", "compatible", "rules", "rules.families", "__pycache__"),
        *("..", ".", "../openai", "../x", "/etc/passwd", "os", "sys", "openai.PROFILES", "openai\0", "__main__"),
        *("registry_x", "profile_x", "compatible_x", "__init___x", "rules_x", "anthropic_beta", "gemini_x"),
    ],
)
def test_a_name_that_is_no_provider_has_no_profile(name: str) -> None:
    assert None is find_profile(name)


def test_names_of_one_module_share_it() -> None:
    assert find_profile("azure") is not find_profile("azure_ai")
    assert {"azure", "azure_ai"} <= all_profiles().keys()


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("openai", "gpt-5-mini"),
        ("openai", "gpt-4o"),
        ("openai", "o3"),
        ("openai", "chatgpt-4o-latest"),
        ("openai", "ft:gpt-4o:me"),
        ("anthropic", "claude-sonnet-4-5"),
        (None, "llama3.1"),
        (None, "my-gpt-5"),
        (None, ""),
    ],
)
def test_a_model_without_a_prefix_belongs_to_the_owner_of_its_family(provider: str | None, model: str) -> None:
    assert provider == provider_of(model)


def test_a_profile_has_defaults_that_accept_everything() -> None:
    profile = Profile(wire=OPENAI_CHAT)

    assert Address(base_url="http://h/v1") == profile.address("http://h/v1/", "m", {})
    assert {"Authorization": "Bearer k"} == profile.key_headers("k")
    assert profile.rules("m", "http://h").tools
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        profile.base_url = "http://other"  # type: ignore[misc]  # frozen


@pytest.mark.parametrize(
    ("nearest", "name"),
    [
        *(("openai", "opnai"), ("anthropic", "Antropic"), ("together_ai", "together"), ("deepinfra", "deep-infra")),
        *(("acme", "akme"), (None, "qqqqqq"), (None, "")),
    ],
)
def test_the_nearest_provider_is_spelt_most_like_the_name(nearest: str | None, name: str) -> None:
    assert nearest == nearest_provider(name, ("acme", "zeta"))


def test_an_address_is_a_base_without_a_query_unless_more_is_given() -> None:
    address = Address(base_url="http://a.test")

    assert ("", False, None) == (address.query, address.whole_url, address.model)
