"""The pytest options of contracts, all named ``--llm-core-...``, and the fixture `recorded_chat`.

pytest imports this module in every run wherever this project is installed, so it must cost nothing. It is a module
beside the package: importing it loads nothing of `llm_core`.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from llm_core import ManagedChatPort

OPTION = "--llm-core-report"
BASELINE = "--llm-core-baseline"
QUICK = "--llm-core-quick"
SEED = "--llm-core-seed"
EXAMPLES = "--llm-core-examples"
RECORD_MODE = "--llm-core-record-mode"
MARKER = "recorded_chat(tape=None, namespace=None): the tape of the fixture recorded_chat, in the test's folder `tapes`"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("llm-core")
    group.addoption(OPTION, metavar="DIR", help="write the results of contracts to DIR/report.html and DIR/report.json")
    group.addoption(
        BASELINE, metavar="FILE", help="with --llm-core-report: show what is worse than in this report.json"
    )
    group.addoption(QUICK, action="store_true", help="check each clause of a contract in one mode instead of all four")
    group.addoption(SEED, metavar="N", type=int, help="the seed of the values that a contract draws; 0 by default")
    group.addoption(
        EXAMPLES,
        metavar="N",
        type=int,
        help="how many values each law of a contract draws; 10 by default, in a quick run 4",
    )
    group.addoption(
        RECORD_MODE,
        *([] if find_spec("pytest_recording") else ["--record-mode"]),  # that plugin has an option of this name
        choices=["replay", "record", "once"],
        default="replay",
        dest="llm_core_record_mode",
        help="what recorded_chat does: replay tapes, record them anew, or record once what they lack",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and start a report, if the option is given."""
    config.addinivalue_line("markers", MARKER)
    if folder := config.getoption(OPTION):
        try:
            from llm_core.testing.report.reporting import begin
        except ModuleNotFoundError as error:
            raise _missing_extra(error) from error
        begin(config, folder)


def _missing_extra(error: ModuleNotFoundError) -> Exception:
    import pytest

    return pytest.UsageError(f'{OPTION} needs {error.name}: pip install "llm-core[testing]"')


@pytest.fixture
def chat_to_record() -> ManagedChatPort:
    """Return the chat that `recorded_chat` records: that of the environment. Override it to record another one."""
    from llm_core import chat_from_env

    return chat_from_env()


@pytest.fixture
def recorded_chat(request: pytest.FixtureRequest) -> Iterator[ManagedChatPort]:
    """Return a chat that replays the tape of the test, which needs no key; ``--record-mode`` records it.

    The tape is a file of its own in the folder ``tapes`` beside the test. With the marker
    ``@pytest.mark.recorded_chat(tape="shared.jsonl")`` tests share one, in which each has a namespace.
    """
    from llm_core.wrappers import Recorded

    mode = request.config.getoption("llm_core_record_mode")
    chat = None if mode == "replay" else request.getfixturevalue("chat_to_record")
    marker = request.node.get_closest_marker("recorded_chat")
    path, namespace = _tape_of(request, **({} if marker is None else marker.kwargs))
    with Recorded(chat, path, mode=mode, namespace=namespace) as recorded:
        yield recorded


def _tape_of(
    request: pytest.FixtureRequest, *, tape: str | None = None, namespace: str | None = None
) -> tuple[Path, str]:
    """Return the path of the tape of a test, and its namespace there."""
    import re
    from hashlib import sha256

    folder, test = request.path.parent / "tapes", request.node.nodeid.partition("::")[2]
    if tape is not None:
        return folder / tape, test if namespace is None else namespace
    name = re.sub(r"[^\w.=+\[\]-]", "_", test.replace("::", "."))[:100]
    if name != test.replace("::", "."):  # names of two tests may have become one
        name = f"{name}-{sha256(test.encode()).hexdigest()[:8]}"
    return folder / request.path.stem / f"{name}.jsonl", namespace or ""
