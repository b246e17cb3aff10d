import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from llm_core.cli.console import Screen
from llm_core.cli.contract_run import RunOptions, contract_target, resolve_target, run_contract, run_live_contract
from llm_core.cli.main import run
from llm_core.env_settings import VARIABLES, Settings

TOY = '''
import time
from pathlib import Path

from llm_core.adapters.memory import InMemoryChat
from llm_core.testing import Capabilities, expected_response
from llm_core.testing.clauses.answers import AnswerClauses


class Good(AnswerClauses):
    capabilities = Capabilities(http=False)
    xfails = {"answer.who": "an echo reports no model"}

    def arrange(self, scenario):
        def answer(request):
            self.record(request)
            response = expected_response(scenario)
            return response if scenario.id == "answer-1" else InMemoryChat.echo().complete(request)

        return InMemoryChat(answer)


class Bad(Good):
    def arrange(self, scenario):
        return InMemoryChat.echo()

    def test_without_docstring(self):
        raise AssertionError

    def test_many_lines(self):
        """It is long.

        In the last line.
        """
        raise AssertionError("\\n".join(map(str, range(20))))


class Slow(Good):
    def test_one(self): ...

    def test_waits(self):
        Path("waiting").touch()
        time.sleep(60)


broken = 1
'''
ASK = ": is there a class of that name, a subclass of ChatPortContract?"
COMMAND = (sys.executable, "-m", "llm_core", "contract")


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("contracts")
    (made / "toys").mkdir()
    (made / "toys" / "toy.py").write_text(TOY)
    (made / "faulty.py").write_text("raise LookupError('in the module')\n")
    (made / "pytest.ini").write_text("[pytest]\n")
    return made


@pytest.fixture
def here(folder: Path) -> Iterator[Path]:
    """The folder as the current one, and nothing of it imported afterwards."""
    before, path = Path.cwd(), list(sys.path)
    os.chdir(folder)
    yield folder
    os.chdir(before)
    sys.path[:] = path
    for name in [name for name in sys.modules if name.partition(".")[0] in ("toys", "toy", "faulty")]:
        del sys.modules[name]


class _Tty(io.StringIO):
    """A text buffer that reports to be a terminal."""

    def isatty(self) -> bool:
        return True


def options(keyword: str | None = None, folder: Path | None = None) -> RunOptions:
    return RunOptions(keyword=keyword, folder=folder)


def piped(folder: Path, *arguments: str) -> tuple[str, str, int]:
    done = subprocess.run([*COMMAND, *arguments], cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    return done.stdout, done.stderr, done.returncode


def test_a_kept_contract_exits_with_0(folder: Path, tmp_path: Path) -> None:
    out, err, code = piped(
        folder, "toys.toy:Good", "-k", "answer.text or answer.who", "--report", str(tmp_path / "new")
    )

    assert (0, "") == (code, err)
    assert [
        "answer.text\t\tpass\tpass\tpass\tpass",
        "answer.who\t\txfail\txfail\txfail\txfail",
        "xfail answer.who: an echo reports no model",
        "llm_core.adapters.memory.chat.InMemoryChat (llm_core 0.1.0): 4 expected to fail, 4 kept",
        f"report: {tmp_path / 'new' / 'report.html'}",
        "Every promise is kept",
    ] == [line.replace("llm-core 0", "llm_core 0") for line in out.splitlines()]
    assert (tmp_path / "new" / "report.json").is_file()


def test_a_quick_run_checks_each_clause_in_one_mode(folder: Path) -> None:
    out, err, code = piped(folder, "toys.toy:Good", "-k", "answer.text or answer.who", "--quick")

    assert (0, "") == (code, err)
    assert ["answer.text pass", "answer.who xfail"] == [" ".join(line.split()) for line in out.splitlines()[:2]]
    assert "1 expected to fail, 1 kept\n" in out


@pytest.mark.slow
def test_a_run_is_compared_with_an_earlier_one(folder: Path, tmp_path: Path) -> None:
    before = tmp_path / "before"
    piped(folder, "toys.toy:Good", "-k", "answer.text", "--quick", "--report", str(before))
    document = (before / "report.json").read_text()
    (before / "report.json").write_text(document.replace(":Good", ":Bad"))

    options = ["-k", "answer.text", "--quick", "--report", str(before), "--baseline", str(before / "report.json")]
    out, err, code = piped(folder, "toys.toy:Bad", *options)

    assert (1, "") == (code, err)
    assert "worse than in report.json: answer.text (" in out
    assert "1 check worse than in " in (before / "report.html").read_text()
    assert ["fail"] == [check["now"] for check in json.loads((before / "report.json").read_text())["worse"]]


@pytest.mark.slow
def test_a_broken_promise_exits_with_1_and_shows_where_to_look(folder: Path) -> None:
    out, err, code = piped(folder, "toys.toy:Bad", "-k", "answer.text or own.")

    assert (1, "") == (code, err)
    assert "BROKEN answer.text (complete, and 3 more): The text is exactly what the model wrote: " in out
    assert "\n    the text: expected " in out
    assert "clauses/answers.py:" in out
    assert "BROKEN own.test_many_lines (once): It is long.\n    0\n    1\n" in out
    assert "    11\n    ... 8 more lines\n  look at: In the last line.\n  at " in out
    assert "BROKEN own.test_without_docstring (once): \n    AssertionError\n  at " in out
    assert out.endswith("\n3 promises broken\n")


def test_a_terminal_shows_the_progress(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "120")
    out, err = _Tty(), _Tty()

    code = run_contract(resolve_target("toys.toy:Bad"), options("answer.text"), Screen(out, err))

    assert 1 == code
    assert "\r\x1b[K1 of 4 checks, 1 failed" in err.getvalue()
    assert err.getvalue().endswith("\r\x1b[K")
    assert "✗" in out.getvalue()
    assert "clause" in out.getvalue()
    assert [] == list(here.glob("**/report.*"))


@pytest.mark.slow
def test_ctrl_c_still_writes_the_report(folder: Path, tmp_path: Path) -> None:
    command = [*COMMAND, "toys.toy:Slow", "-k", "own.", "--report", str(tmp_path)]

    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_for(folder / "waiting")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)

    assert (130, "") == (process.returncode, err)
    assert out.endswith("Every promise is kept, but not everything ran\n")
    document = json.loads((tmp_path / "report.json").read_text())
    assert document["stopped_early"]
    assert ["own.test_one"] == [result["clause"] for result in document["contracts"][0]["results"]]


def wait_for(file: Path) -> None:
    deadline = time.monotonic() + 60
    while not file.exists():
        assert time.monotonic() < deadline, f"{file} was not created"
        time.sleep(0.05)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("arguments", "seen", "message"),
    [
        (["toys.toy:Nothing"], "not found", f"no clause could be run{ASK}"),
        (["toys.toy:broken"], "no tests", f"no clause could be run{ASK}"),
        (["faulty:Any"], "LookupError: in the module", f"no clause could be run{ASK}"),
        (["toys.toy:Good", "-k", "wombat"], "deselected", "no clause matched -k, or none could be run"),
    ],
)
def test_a_run_without_clauses_exits_with_2(
    arguments: list[str], seen: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["contract", *arguments])

    out, err = capsys.readouterr()
    assert (2, "") == (code, out)
    assert seen in err
    assert err.endswith(f"llm-core: {message}\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name a contract as module:Class, or use --live, which alone takes --model"),
        (["toys.toy:Good", "--live"], "name a contract"),
        (["toys.toy:Good", "--model", "openai/x"], "name a contract"),
        (["toys.toy:Good", "--baseline", "none.json"], "--baseline none.json: no such file"),
        (["--live", "--quick"], "--quick is for a contract, not for --live"),
        (["toys.toy"], "'toys.toy' must be module:Class, as in tests.test_my_chat:TestMyChat"),
        (["toys.nowhere:Good"], "no module named 'toys.nowhere'"),
        (["nowhere.at.all:Good"], "no module named 'nowhere'"),
        (["toys:Good"], "no module named 'toys'"),  # a folder without __init__.py
    ],
)
@pytest.mark.usefixtures("here")
def test_wrong_usage_exits_with_2_and_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["contract", *arguments])

    seen = capsys.readouterr()
    assert (2, "") == (code, seen.out)
    assert seen.err.startswith(f"llm-core: {message}")
    assert 1 == seen.err.count("\n")


def test_the_current_folder_is_added_to_the_path_once(here: Path) -> None:
    found = [resolve_target("toys.toy:Good") for _ in range(2)]

    assert [(str(here / "toys" / "toy.py"), "Good")] * 2 == found
    assert 1 == sys.path.count(str(here))


def test_live_needs_no_contract() -> None:
    seen = contract_target(None, live=True, model="openai/x")

    assert seen is None


@pytest.mark.parametrize("arguments", [[], ["--model", "gpt"]])
def test_live_needs_a_configured_model(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEFAULT_LLM", "unknown")

    code = run(["contract", "--live", *arguments])

    assert 2 == code
    assert (
        "llm-core: DEFAULT_LLM: no adapter named 'unknown'; installed: litellm, direct, memory\n"
        == capsys.readouterr().err
    )


def test_live_checks_the_configured_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings, keyword = Settings(adapter="memory", model="acme/small"), "live.text or live.usage and complete"

    code = run_live_contract(settings, options(keyword, tmp_path), Screen(sys.stdout, sys.stderr))

    out = capsys.readouterr().out
    assert 1 == code
    assert "live.text\t\tpass\tpass\tpass\tpass\nlive.usage\t\tfail\t\tfail\t\n" in out
    assert "look at: The code that reads usage; in a stream many providers report it only on request.\n" in out


@pytest.mark.slow
def test_live_checks_an_echo_in_a_separate_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEFAULT_LLM", "memory")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --wombat\n")  # the project's own settings are not read

    out, err, code = piped(tmp_path, "--live", "-k", "live.usage and acomplete")

    assert (1, "") == (code, err)
    assert "\n    assert None is not None\n" in out  # which shows that the assertion was rewritten


@pytest.mark.parametrize("missing", ["pytest", "h11"])
def test_a_missing_extra_prints_one_line(missing: str) -> None:
    script = (
        f"import sys; sys.modules[{missing!r}] = None; from llm_core.cli.main import run; sys.exit(run(sys.argv[1:]))"
    )
    arguments = ["contract", "json:Good"]

    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, timeout=60, check=False
    )

    assert 2 == done.returncode
    assert f'llm-core: the contract needs {missing}: pip install "llm-core[testing]"\n' == done.stderr


def test_help_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["contract", "--help"])

    out = capsys.readouterr().out
    assert 0 == code
    assert "\n  llm-core contract tests.test_my_chat:TestMyChat\n" in out
    assert "\n  llm-core contract --live --model openai/gpt-5-mini --report build/live\n" in out
