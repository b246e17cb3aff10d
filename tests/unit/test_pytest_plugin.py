import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # nearly every test is a pytest of its own

TOY = '''
import os
import attrs
import pytest
from llm_core import AudioPart, UnsupportedFeatureError, UserMessage
from llm_core.adapters.memory import InMemoryChat
from llm_core.testing import Capabilities, expected_response
from llm_core.testing.clauses.answers import AnswerClauses
from llm_core.testing.clauses.requests import RequestClauses
from llm_core.testing.clauses.settings import SettingClauses

__version__ = "7.1"


class TestToy(AnswerClauses, RequestClauses, SettingClauses):
    capabilities = Capabilities(http=False, audio=False)
    xfails = {"request.model-per-call": "the toy has one model"}

    def arrange(self, scenario):
        def answer(request):
            parts = [p for m in request.messages if isinstance(m, UserMessage) for p in m.parts]
            if any(isinstance(part, AudioPart) for part in parts):
                return UnsupportedFeatureError(feature="audio")
            self.record(attrs.evolve(request, model=None))
            told = expected_response(scenario)
            return attrs.evolve(told, message=attrs.evolve(told.message, content=told.text.strip()))

        return InMemoryChat(answer)

    @pytest.fixture
    def no_beginning(self):
        raise LookupError("no beginning")

    @pytest.fixture
    def no_end(self):
        yield
        raise LookupError("no end")

    def test_cannot_begin(self, no_beginning): ...
    def test_cannot_end(self, no_end): ...

    def test_is_left_out(self):
        pytest.skip("not today")

    @pytest.mark.skip(reason="never")
    def test_is_marked(self): ...

    @pytest.mark.xfail(strict=True, reason="it ought to fail")
    def test_works_after_all(self): ...

    @pytest.mark.parametrize("size", [1, 2])
    def test_of_two_sizes(self, size):
        """Both sizes fit."""

    @pytest.mark.xfail(reason="reported while it runs")
    def test_gives_up(self):
        pytest.xfail("later")


class TestOther(AnswerClauses):
    capabilities = Capabilities(http=False)
    arrange = TestToy.arrange


class TestCrash(TestToy):
    def test_ends_the_process(self):
        os._exit(1)


def test_of_no_contract(): ...
'''
CHOSEN = "TestToy and (answer.text or request.media or request.model-per-call or own.) or no_contract"


def run(folder: Path, *options: str, plugin: str = "llm_core_pytest") -> subprocess.CompletedProcess[str]:
    (folder / "test_toy.py").write_text(TOY)
    command = [sys.executable, "-m", "pytest", "-c", "/dev/null", "--rootdir", str(folder), "-p", "no:cacheprovider"]
    return subprocess.run(
        [*command, "-p", plugin, *options, "test_toy.py"],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The results of the toy adapter in the JSON document."""
    folder = tmp_path_factory.mktemp("toy")
    done = run(folder, "--llm-core-report", "out/deep", "-k", CHOSEN)
    assert f"contract report: {Path('out/deep/report.html')}" in done.stdout
    assert (folder / "out" / "deep" / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    document: dict[str, Sequence[dict[str, object]]] = json.loads((folder / "out" / "deep" / "report.json").read_text())
    assert 1 == len(document["contracts"])
    return document["contracts"][0]


def results_of(contract: dict[str, object], clause: str) -> list[dict[str, str]]:
    results = contract["results"]
    assert isinstance(results, list)
    return [result for result in results if result["clause"] == clause]


def test_the_adapter_and_its_contract_are_named(contract: dict[str, object]) -> None:
    named = (contract["contract"], contract["adapter"])

    assert ("test_toy:TestToy", "llm_core.adapters.memory.chat.InMemoryChat") == named
    assert str(contract["version"]).endswith(" 0.1.0")


def test_a_broken_promise_is_reported_by_mode_with_its_message(contract: dict[str, object]) -> None:
    results = results_of(contract, "answer.text")

    assert ["complete", "stream", "acomplete", "astream"] == [result["mode"] for result in results]
    assert {"fail"} == {result["outcome"] for result in results}
    assert results[0]["message"].startswith("the text: expected ")
    assert "promise answer.text" not in results[0]["message"]
    assert (
        "The text is exactly what the model wrote: no character is stripped, moved or re-encoded."
        == results[0]["sentence"]
    )
    assert "clauses/answers.py:" in results[0]["places"][-1]


def test_an_unclaimed_ability_is_refused_as_claimed(contract: dict[str, object]) -> None:
    results = results_of(contract, "request.media")

    seen = {(result["variant"], result["outcome"]) for result in results}

    assert ("audio", "refused-as-claimed") in seen
    assert ("image-bytes", "pass") in seen
    assert 10 == len(seen)


def test_an_xfail_has_its_reason(contract: dict[str, object]) -> None:
    results = results_of(contract, "request.model-per-call")

    seen = {(result["outcome"], result["message"]) for result in results}

    assert {("xfail", "the toy has one model")} == seen


@pytest.mark.parametrize(
    ("name", "outcome", "message"),
    [
        ("test_cannot_begin", "fail", "LookupError: no beginning"),
        ("test_cannot_end", "fail", "LookupError: no end"),
        ("test_is_left_out", "skipped", "not today"),
        ("test_is_marked", "skipped", "never"),
        ("test_works_after_all", "fail", "[XPASS(strict)] it ought to fail"),
        ("test_gives_up", "xfail", "later"),
    ],
)
def test_the_classs_own_tests_are_reported_beside_the_clauses(
    contract: dict[str, object], name: str, outcome: str, message: str
) -> None:
    results = results_of(contract, f"own.{name}")

    seen = [(result["outcome"], result["message"], result["mode"]) for result in results]

    assert [(outcome, message, "-")] == seen


def test_parameters_other_than_the_mode_are_variants(contract: dict[str, object]) -> None:
    results = results_of(contract, "own.test_of_two_sizes")

    seen = [(result["variant"], result["mode"], result["sentence"]) for result in results]

    assert [("1", "-", "Both sizes fit."), ("2", "-", "Both sizes fit.")] == seen


def test_tests_outside_a_contract_are_not_reported(contract: dict[str, object]) -> None:
    results = contract["results"]

    assert isinstance(results, list)
    assert not [result for result in results if "no_contract" in result["clause"]]


def test_an_early_end_is_reported(tmp_path: Path) -> None:
    run(tmp_path, "--llm-core-report", "out", "-x", "-k", "TestOther and answer.text")

    document = json.loads((tmp_path / "out" / "report.json").read_text())

    assert document["stopped_early"]
    assert document["deselected"] > 0
    assert 1 == len(document["contracts"][0]["results"])


def test_a_worker_process_writes_no_report(tmp_path: Path) -> None:
    hook = (
        "import pytest\n@pytest.hookimpl(tryfirst=True)\ndef pytest_configure(config):\n    config.workeroutput = {}\n"
    )
    (tmp_path / "as_worker.py").write_text(hook)

    done = run(tmp_path, "-p", "as_worker", "--llm-core-report", "out", "-k", "TestOther and answer.who")

    assert "contract report" not in done.stdout
    assert [] == list((tmp_path / "out").iterdir())


def results_without_times(folder: Path) -> dict[str, object]:
    document: dict[str, object] = json.loads((folder / "report.json").read_text())
    contracts = document["contracts"]
    assert isinstance(contracts, list)
    for contract in contracts:
        contract["seconds"] = None
        contract["results"] = [result | {"seconds": None} for result in contract["results"]]
    return document | {"written": None}


def test_a_distributed_run_reports_the_same_in_the_same_order(tmp_path: Path) -> None:
    run(tmp_path, "--llm-core-report", "one", "-k", CHOSEN)

    done = run(tmp_path, "-p", "xdist", "-n", "2", "--llm-core-report", "two", "-k", CHOSEN)

    assert "contract report: two/report.html" in done.stdout
    assert results_without_times(tmp_path / "one") == results_without_times(tmp_path / "two")
    assert results_without_times(tmp_path / "two")["deselected"] != 0


def test_a_baseline_that_is_no_report_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text("{}")

    done = run(tmp_path, "--llm-core-report", "out", "--llm-core-baseline", "old.json")

    assert 4 == done.returncode
    assert "ERROR: --llm-core-baseline: old.json: not a report.json of a contract" in done.stderr


def test_a_baseline_is_compared_with(tmp_path: Path) -> None:
    chosen = ["-k", "TestToy and answer.who"]
    run(tmp_path, "--llm-core-report", "out", *chosen)

    done = run(tmp_path, "--llm-core-report", "out", "--llm-core-baseline", "out/report.json", *chosen)

    assert "nothing is worse than in out/report.json\n" in done.stdout


def test_a_crashed_worker_is_no_kept_promise(tmp_path: Path) -> None:
    done = run(tmp_path, "-p", "xdist", "-n", "1", "--llm-core-report", "out", "-k", "TestCrash and own.")

    document = json.loads((tmp_path / "out" / "report.json").read_text())
    assert "crashed" in done.stdout
    assert document["stopped_early"]


def test_a_folder_that_cannot_be_made_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")

    done = run(tmp_path, "--llm-core-report", "taken")

    assert 4 == done.returncode
    assert "ERROR: --llm-core-report: " in done.stderr


def test_without_the_option_nothing_is_loaded_and_nothing_written(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("import sys\ndef test_it():\n    assert 'llm_core' not in sys.modules\n")
    command = [sys.executable, "-m", "pytest", "-p", "llm_core_pytest", "-c", "/dev/null", "test_it.py"]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    assert 0 == done.returncode, done.stdout
    assert [] == list(tmp_path.glob("**/report.*"))


@pytest.mark.parametrize("missing", ["pytest", "h11", "hypothesis"])
def test_the_package_says_which_extra_is_missing(missing: str) -> None:
    script = f"import sys; sys.modules[{missing!r}] = None; import llm_core.testing"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)

    sentence = f'ModuleNotFoundError: llm_core.testing needs {missing}: pip install "llm-core[testing]"'
    assert sentence == done.stderr.splitlines()[-1]


def test_a_missing_extra_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "without_h11.py").write_text("import sys\nsys.modules['h11'] = None\n")

    done = run(tmp_path, "-p", "llm_core_pytest", "--llm-core-report", "out", plugin="without_h11")

    assert 4 == done.returncode
    assert 'ERROR: --llm-core-report needs h11: pip install "llm-core[testing]"' in done.stderr
