"""Runs a contract with pytest, shows the results, and writes the report."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeAlias

import attrs

from llm_core.bootstrap import chat_from_settings
from llm_core.domain.errors import ConfigurationError
from llm_core.env_settings import Settings
from llm_core.ports.chat import ChatPort

from .console import Screen
from .contract_view import Progress, show
from .extras import require_testing

if TYPE_CHECKING:
    import pytest

    from llm_core.testing.report.results import Report

_NEEDED = ("pytest", "h11")
_UNKNOWN_MODEL = "no-such-model-0"

Target: TypeAlias = tuple[str, str]  # a file, and a class in it


@attrs.frozen(kw_only=True)
class RunOptions:
    """How a contract is run."""

    keyword: str | None
    """The clauses to run, as an expression for pytest's ``-k``; None: all."""
    folder: Path | None
    """The folder for the report; None: no report is kept."""
    quick: bool = False
    """Whether each clause is checked in one mode only."""
    baseline: Path | None = None
    """The ``report.json`` of an earlier run, to show what became worse; None: nothing is compared."""


def run_contract(target: Target, options: RunOptions, screen: Screen) -> int:
    """Run the contract class at *target* and return the exit code."""
    require_testing("the contract", *_NEEDED)
    file, name = target
    return _run([f"{file}::{name}", "-o", f"python_classes={name}"], options, screen)


def run_live_contract(settings: Settings, options: RunOptions, screen: Screen) -> int:
    """Run the live contract on the chat of *settings* and return the exit code."""
    require_testing("the contract", *_NEEDED)
    chat_from_settings(settings).close()  # reports wrong settings once, instead of in every clause
    prefix, slash, _ = (settings.model or "").rpartition("/")
    plugin = LiveChatPlugin(partial(chat_from_settings, settings), f"{prefix}{slash}{_UNKNOWN_MODEL}")
    file = Path(__file__).parents[1] / "testing" / "live" / "model.py"
    # A project's settings do not apply.
    isolated = ["-c", os.devnull, "--rootdir", str(Path.cwd()), "-p", "no:cacheprovider"]
    return _run([str(file), "-o", "python_classes=LiveModel", *isolated], options, screen, plugin)


def contract_target(contract: str | None, *, live: bool, model: str | None, quick: bool = False) -> Target | None:
    """Return the file and class of *contract*, or None for the live contract.

    Raises:
        ValueError: neither or both are chosen, an option is for the other one, or the module does not exist.
    """
    if live and quick:
        raise ValueError("--quick is for a contract, not for --live")
    if live and contract is None:
        return None
    if live or model or contract is None:
        raise ValueError("name a contract as module:Class, or use --live, which alone takes --model")
    return resolve_target(contract)


def resolve_target(target: str) -> Target:
    """Return the file and the class that *target* (``module:Class``) names.

    Raises:
        ValueError: *target* has another form, or the module does not exist.
    """
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.insert(0, here)
    module, colon, name = target.partition(":")
    if module.endswith(".py") or "/" in module:
        dotted = module.removesuffix(".py").strip("./").replace("/", ".")
        raise ValueError(f"{target!r} names a file: write the module, as in {dotted}:{name or 'TestMyChat'}")
    if not (module and colon and name.isidentifier()):
        raise ValueError(f"{target!r} must be module:Class, as in tests.test_my_chat:TestMyChat")
    try:
        spec = find_spec(module)
    except ModuleNotFoundError as error:
        raise ValueError(f"no module named {error.name!r}") from None
    if spec is None or spec.origin is None:
        raise ValueError(f"no module named {module!r}")
    return spec.origin, name


@attrs.frozen(eq=False)
class LiveChatPlugin:
    """A pytest plugin that passes a chat to the live contract."""

    _make: Callable[[], ChatPort]
    _unknown_model: str

    def pytest_configure(self, config: pytest.Config) -> None:
        """Put the chat where the live contract reads it."""
        # imported after pytest has started: pytest must rewrite the assertions of the module
        from llm_core.testing.live.model import LIVE_CHAT

        config.stash[LIVE_CHAT] = (self._make, self._unknown_model)


def _run(arguments: Sequence[str], options: RunOptions, screen: Screen, *plugins: object) -> int:
    with TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        selected = ["-k", options.keyword] if options.keyword else []
        quick = ["--llm-core-quick"] if options.quick else []
        baseline = ["--llm-core-baseline", str(options.baseline.resolve())] if options.baseline else []
        progress = Progress(screen)
        output = _pytest([*arguments, *selected, *quick, *baseline], folder, progress, *plugins)
    return _exit_code(progress, output, options, screen)


def _pytest(arguments: Sequence[str], folder: Path, *plugins: object) -> str:
    import pytest

    quiet = "ignore::pytest.PytestAssertRewriteWarning"  # for modules that the command line has imported already
    untruncated = ["verbosity_assertions=1", "truncation_limit_lines=0", "truncation_limit_chars=0"]
    ours = [
        "-p",
        "llm_core_pytest",
        "--llm-core-report",
        str(folder),
        "-W",
        quiet,
        *(f"-o{ini}" for ini in untruncated),
    ]
    output = StringIO()
    with redirect_stdout(output), redirect_stderr(output):
        pytest.main([*arguments, *ours], plugins=list(plugins))
    return output.getvalue()


def _exit_code(progress: Progress, output: str, options: RunOptions, screen: Screen) -> int:
    report: Report | None = progress.report
    if progress.interrupted and report is not None:
        show(report, screen, options.folder, progress.worse)
        return 130
    if report is None or not report.contracts:
        screen.trace(output)
        raise ConfigurationError(
            "no clause matched -k, or none could be run"
            if options.keyword
            else "no clause could be run: is there a class of that name, a subclass of ChatPortContract?"
        )
    show(report, screen, options.folder, progress.worse)
    return 0 if report.kept else 1
