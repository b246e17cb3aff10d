"""``llm-core doctor``: checks this installation and the configuration."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from .arguments import Command
from .console import Screen

_DESCRIPTION = """Checks Python, the extras, the variables (misspelt ones too), the key, the address, the wire format
and the lane, and says what to do. Nothing is sent; --connect opens a connection to the provider, and closes it.

Exit code: 0 nothing is wrong, else that of the first problem: 2 configuration, 3 no key, 6 not reachable.

  llm-core doctor
  llm-core doctor --connect
  LITELLM_CHAT_MODEL=groq/llama-3.3-70b-versatile llm-core doctor
"""
_MARKS = {"ok": "✓", "note": "-", "problem": "✗"}
_STYLES = {"✓": "green", "✗": "bold white on red"}


def _add_options(parser: ArgumentParser) -> None:
    parser.add_argument("--connect", action="store_true", help="check whether the provider's address is reachable")
    parser.add_argument("--model", metavar="MODEL", help="instead of the configured one, as in openai/gpt-5-mini")


def _run(given: Namespace, screen: Screen) -> int:
    from .checks import checks

    found = list(checks(connect=given.connect, model=given.model))
    rows = [(_MARKS[check.verdict], check.name, check.found, check.advice) for check in found]
    screen.table(("", "check", "found", "what to do"), rows, styles=_STYLES)
    return next((check.code for check in found if check.verdict == "problem"), 0)


DOCTOR = Command(
    name="doctor",
    summary="Check this installation and the configuration",
    description=_DESCRIPTION,
    add_options=_add_options,
    run=_run,
)
