"""The checks of ``llm-core doctor``: what is there, and what to do where something is missing."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from types import MappingProxyType
from typing import Literal, TypeAlias

import attrs

from llm_core import __version__
from llm_core.bootstrap import chat_from_settings, effective_lane, effective_wire, example_for
from llm_core.domain.errors import AuthenticationError, ChatError, ConfigurationError
from llm_core.env_settings import VARIABLES, Settings, names_in_env, prefix_of, settings_from_env
from llm_core.providers.registry import find_profile
from llm_core.transport.adapter_config import AdapterConfig
from llm_core.transport.endpoints import find_target
from llm_core.transport.masking import masked_url

from .exit_codes import CREDENTIALS, TEMPORARY, USAGE
from .known_models import unknown_model
from .misspelt import misspelt
from .reachable import unreachable

EXTRAS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "direct": ("msgspec",),
        "litellm": ("litellm",),
        "cli": ("rich",),
        "typed": ("pydantic", "docstring_parser"),
        "otel": ("opentelemetry.util.genai",),
        "testing": ("pytest", "h11", "hypothesis", "mypy"),
    }
)
"""The extras, and the modules that each of them installs."""

Verdict: TypeAlias = Literal["ok", "note", "problem"]


@attrs.frozen(kw_only=True)
class Check:
    """One check. `advice` says what to do; `code` is the exit code of a problem."""

    verdict: Verdict = "ok"
    name: str
    found: str
    advice: str = ""
    code: int = USAGE


def checks(*, connect: bool, model: str | None = None) -> Iterator[Check]:
    """Yield every check; with *connect* the provider's address is connected to, and nothing is sent.

    *model* takes the place of the configured one.
    """
    yield Check(name="Python", found=sys.version.split()[0])
    yield Check(name="llm-core", found=__version__)
    yield from map(_extra, EXTRAS)
    try:
        settings = attrs.evolve(found := settings_from_env(), model=model or found.model)
    except ConfigurationError as error:
        yield Check(verdict="problem", name="settings", found=str(error), advice="set another value")
        return
    yield from _misspelt(settings)
    problem = _configured(settings)
    yield problem or Check(name="adapter", found=f"{settings.adapter}, {settings.model or 'no model needed'}")
    if problem is None and settings.model is not None and settings.adapter in ("litellm", "direct"):
        yield from _of_model(settings, settings.model, connect=connect)


def _extra(name: str) -> Check:
    missing = [module for module in EXTRAS[name] if not _is_installed(module)]
    if missing:
        advice = f'if you need it: pip install "llm-core[{name}]"'
        return Check(verdict="note", name=f"extra {name}", found=f"without {', '.join(missing)}", advice=advice)
    return Check(name=f"extra {name}", found=", ".join(f"{module} {_version(module)}" for module in EXTRAS[name]))


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # of the package that it is in
        return False


def _version(module: str) -> str:
    try:
        return version(module.replace(".", "-"))
    except PackageNotFoundError:
        return "without a version"


def _misspelt(settings: Settings) -> Iterator[Check]:
    ours = [*VARIABLES, *_key_variables(settings)]
    for name, near in misspelt(names_in_env(), ours):
        yield Check(verdict="problem", name="variable", found=f"{name} is not read", advice=f"did you mean {near}?")


def _key_variables(settings: Settings) -> tuple[str, ...]:
    profile = find_profile((settings.model or "").partition("/")[0])
    return () if profile is None else (*profile.key_variables, *profile.base_variables)


def _configured(settings: Settings) -> Check | None:
    """Return what is wrong with the choice of adapter and model; None if nothing is."""
    if not (settings.variables or settings.model):
        advice = f"for example: {example_for(settings)}"
        return Check(verdict="problem", name="model", found="nothing is configured", advice=advice)
    if unknown := unknown_model(settings):
        found, _, advice = unknown.partition(": ")
        return Check(verdict="problem", name="model", found=found, advice=advice)
    try:
        chat_from_settings(settings).close()
    except ConfigurationError as error:
        found, _, advice = str(error).partition("; ")
        return Check(verdict="problem", name="adapter", found=found, advice=advice)
    return None


def _of_model(settings: Settings, model: str, *, connect: bool) -> Iterator[Check]:
    lane = effective_lane(settings)
    if lane is not None:
        yield Check(name="lane", found=lane)
    if lane is not None and not lane.startswith("direct"):
        yield Check(
            verdict="note",
            name="key",
            found="LiteLLM reads it",
            advice="its documentation of the provider names the variables",
        )
        return
    yield Check(name="wire", found=effective_wire(settings) or "unknown")
    config = AdapterConfig(model=model, api_key=settings.api_key, api_base=settings.api_base)
    yield _key(model, config)
    yield _address(model, attrs.evolve(config, api_key=config.api_key or "any"), settings, connect=connect)


def _key(model: str, config: AdapterConfig) -> Check:
    try:
        find_target(model, config)
    except AuthenticationError as error:
        found, _, advice = (error.detail or str(error)).partition(": ")
        return Check(verdict="problem", name="key", found=found, advice=advice, code=CREDENTIALS)
    except ChatError:
        pass  # there is no address, which is a check of its own
    return Check(name="key", found="present, or not needed")


def _address(model: str, config: AdapterConfig, settings: Settings, *, connect: bool) -> Check:
    try:
        url = masked_url(find_target(model, config).endpoint.base_url)
    except ChatError as error:
        advice = f"set {prefix_of(settings.adapter)}API_BASE"
        return Check(verdict="problem", name="address", found=error.detail or str(error), advice=advice)
    if not connect:
        return Check(name="address", found=url, advice="--connect checks whether it is reachable")
    if problem := unreachable(url):
        advice = "check the address, the network and the proxy"
        return Check(verdict="problem", name="address", found=f"{url}: {problem}", advice=advice, code=TEMPORARY)
    return Check(name="address", found=f"{url} is reachable")
