"""``llm-core contract``: runs a contract, shows what it found, and writes the report."""

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
from typing import TYPE_CHECKING, Annotated, TypeAlias

import attrs
import typer

from llm_core.bootstrap import chat_from_settings
from llm_core.domain.errors import ConfigurationError
from llm_core.env_settings import Settings
from llm_core.ports.chat import ChatPort

from .console import Screen
from .contract_view import Progress, show

if TYPE_CHECKING:
    import pytest

    from llm_core.testing.report.results import Report

HELP = """Check an adapter against the contract, or a genuine endpoint against what can be promised there.

CONTRACT is a subclass of ChatPortContract or LiveContract, as module:Class; its module is imported as pytest does it.
With --live the model that the environment names is asked some forty short questions, which cost what they cost;
LITELLM_MAX_TOKENS bounds each answer. Exit code: 0 every promise is kept, 1 one is broken, 2 nothing could be checked.

\b
llm-core contract tests.test_my_chat:TestMyChat
llm-core contract tests.test_my_chat:TestMyChat --quick
llm-core contract tests.test_my_chat:TestMyChat -k "stream.one-end or cancel" --report build/contract
llm-core contract --live --model openai/gpt-5-mini --report build/live
"""
_NEEDED = ("pytest", "h11")
_UNKNOWN_MODEL = "no-such-model-0"


Contract = Annotated[str | None, typer.Argument(help="The contract, as module:Class.", show_default=False)]
Live = Annotated[bool, typer.Option("--live", help="Ask the configured model, over the network.")]
Folder = Annotated[Path | None, typer.Option(help="Write report.html and report.json into this folder.")]
Keyword = Annotated[str | None, typer.Option("-k", help="Run these clauses alone, by their ids, as pytest's -k does.")]
Quick = Annotated[bool, typer.Option("--quick", help="Check each clause in one mode, not in all four.")]
Located: TypeAlias = tuple[str, str]  # a file, and a class in it


@attrs.frozen(kw_only=True)
class Choice:
    """Which clauses are run (an expression as pytest's ``-k`` takes it), whether quickly, and where the report goes."""

    keyword: str | None
    folder: Path | None
    quick: bool = False


def check(located: Located, choice: Choice, screen: Screen) -> int:
    """Run the contract class that was *located* and return the exit code."""
    _require_extra()
    file, name = located
    return _run([f"{file}::{name}", "-o", f"python_classes={name}"], choice, screen)


def check_live(settings: Settings, choice: Choice, screen: Screen) -> int:
    """Run the live contract over the chat of *settings* and return the exit code."""
    _require_extra()
    chat_from_settings(settings).close()  # what is wrong with the settings is told once, and not by every clause
    prefix, slash, _ = (settings.model or "").rpartition("/")
    handing = Handing(partial(chat_from_settings, settings), f"{prefix}{slash}{_UNKNOWN_MODEL}")
    file = Path(__file__).parents[1] / "testing" / "live" / "model.py"
    alone = ["-c", os.devnull, "--rootdir", str(Path.cwd()), "-p", "no:cacheprovider"]  # no project's settings
    return _run([str(file), "-o", "python_classes=LiveModel", *alone], choice, screen, handing)


def wanted(contract: str | None, *, live: bool, model: str | None, quick: bool = False) -> Located | None:
    """Return where the contract stands; None is the live one. ValueError: none is named, or both, or there is none."""
    if live and quick:
        raise ValueError("--quick is for a contract, not for --live")
    if live and contract is None:
        return None
    if live or model or contract is None:
        raise ValueError("name a contract as module:Class, or ask for --live, then with or without --model")
    return resolve_target(contract)


def resolve_target(target: str) -> Located:
    """Return the file and the class that *target* (``module:Class``) names. ValueError: there is no such module."""
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.insert(0, here)
    module, colon, name = target.partition(":")
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
class Handing:
    """A plugin of pytest that hands a chat to the live contract."""

    _make: Callable[[], ChatPort]
    _unknown_model: str

    def pytest_configure(self, config: pytest.Config) -> None:
        """Leave it where the contract looks for it."""
        from llm_core.testing.live.model import (
            LIVE_CHAT,  # not before pytest has begun: it must see its assertions first
        )

        config.stash[LIVE_CHAT] = (self._make, self._unknown_model)


def _require_extra() -> None:
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise ConfigurationError(f'the contract needs {" and ".join(missing)}: pip install "llm-core[testing]"')


def _run(arguments: Sequence[str], choice: Choice, screen: Screen, *plugins: object) -> int:
    with TemporaryDirectory() as elsewhere:
        folder = choice.folder or Path(elsewhere)
        selected = ["-k", choice.keyword] if choice.keyword else []
        quick = ["--llm-core-quick"] if choice.quick else []
        progress = Progress(screen)
        said = _pytest([*arguments, *selected, *quick], folder, progress, *plugins)
    return _told(progress, said, choice, screen)


def _pytest(arguments: Sequence[str], folder: Path, *plugins: object) -> str:
    import pytest

    quiet = "ignore::pytest.PytestAssertRewriteWarning"  # of what the command line had to import before
    whole = ["verbosity_assertions=1", "truncation_limit_lines=0", "truncation_limit_chars=0"]
    ours = ["-p", "llm_core_pytest", "--llm-core-report", str(folder), "-W", quiet, *(f"-o{ini}" for ini in whole)]
    said = StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        pytest.main([*arguments, *ours], plugins=list(plugins))
    return said.getvalue()


def _told(progress: Progress, said: str, choice: Choice, screen: Screen) -> int:
    report: Report | None = progress.report
    if progress.interrupted and report is not None:
        show(report, screen, choice.folder)
        return 130
    if report is None or not report.contracts:
        sys.stderr.write(said)
        raise ConfigurationError(
            "no clause could be run" if not choice.keyword else "no clause was chosen, or none ran"
        )
    show(report, screen, choice.folder)
    return 0 if report.kept else 1
