"""Finds a provider's profile by its name, the prefix of model names: ``openai`` in ``openai/gpt-5-mini``.

A profile is a row of the table of compatible hosts, or stands in the module that is named as the first word of the
provider's name. Only the module that is needed is imported.
"""

from collections.abc import Collection
from functools import cache
from importlib import import_module
from pathlib import Path

from .profile import Profile

_TABLE = "compatible"
_LIKENESS = 0.7  # of difflib, 0 to 1
_NOT_PROVIDERS = frozenset({"__init__", "accepted", "environment", "profile", "registry", _TABLE})


def find_profile(provider: str) -> Profile | None:
    """Return the profile of *provider*; None if it has none."""
    module = provider.partition("_")[0]
    found = _profiles(module).get(provider) if module in _modules() else None
    return found or _profiles(_TABLE).get(provider)


def provider_of(model: str) -> str | None:
    """Return the provider whose models have names such as *model*, which has no prefix; None if there is none."""
    for module in _modules():
        for name, profile in _profiles(module).items():
            if profile.model_families is not None and profile.model_families.match(model):
                return name
    return None


def nearest_provider(name: str, others: Collection[str] = ()) -> str | None:
    """Return the provider whose name is spelt most like *name*, here or among *others*; None if none is."""
    from difflib import get_close_matches  # most names are known

    near = get_close_matches(name.lower(), {*_modules(), *_profiles(_TABLE), *others}, 1, _LIKENESS)
    own = _profiles(near[0]) if near and near[0] in _modules() else {}
    return next(iter(get_close_matches(name.lower(), own, 1, 0)), None) or next(iter(near), None)


def all_profiles() -> dict[str, Profile]:
    """Return the profiles of all providers, by their names."""
    return {name: profile for module in (*_modules(), _TABLE) for name, profile in _profiles(module).items()}


@cache
def _modules() -> tuple[str, ...]:
    names = sorted(path.stem for path in Path(__file__).parent.glob("*.py"))
    return tuple(name for name in names if name not in _NOT_PROVIDERS)


@cache
def _profiles(module: str) -> dict[str, Profile]:
    loaded = import_module(f"{__package__}.{module}")
    profiles: dict[str, Profile] = loaded.COMPATIBLE if module == _TABLE else loaded.PROFILES
    return profiles
