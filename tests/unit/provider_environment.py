"""The environment variables of all providers, for tests that set some of them and unset all others."""

import pytest

from llm_core.providers.registry import all_profiles

KEY_VARIABLES = {name: profile.key_variables for name, profile in all_profiles().items()}
_ALL = {
    variable
    for profile in all_profiles().values()
    for variable in (*profile.key_variables, *profile.base_variables, *profile.option_variables.values())
}


def unset_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unset every variable of a provider's key, address or options."""
    for name in _ALL:
        monkeypatch.delenv(name, raising=False)
