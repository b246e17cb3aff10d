"""``llm-core settings``: the settings in force."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from .arguments import Command
from .console import Screen

_DESCRIPTION = """Each line names a setting, its value with keys masked, and the environment variable that sets it.

  llm-core settings
  DEFAULT_LLM=direct llm-core settings | grep wire
"""


def _add_options(_: ArgumentParser) -> None:
    """Add none."""


def _run(_: Namespace, screen: Screen) -> int:
    from llm_core.bootstrap import effective_lane, effective_wire, example_for
    from llm_core.env_settings import effective_settings, settings_from_env

    effective = settings_from_env()
    if not effective.variables:
        screen.hint(f"llm-core: no model is configured; for example: {example_for(effective)}")
    lane = [("effective lane", lane, "LiteLLM")] if (lane := effective_lane(effective)) else []
    wire = [("effective wire", wire, "")] if (wire := effective_wire(effective)) else []
    screen.table(("setting", "value", "set by"), [*effective_settings(effective), *lane, *wire])
    return 0


SETTINGS = Command(
    name="settings",
    summary="Show the settings in force",
    description=_DESCRIPTION,
    add_options=_add_options,
    run=_run,
)
