"""A quick run of the contract: no clause and no variant goes missing, and all four modes are used."""

from collections import Counter
from pathlib import Path
from types import FunctionType

import attrs
import pytest

from llm_core.testing import ChatPortContract, LiveContract
from llm_core.testing.clauses.modes import EVERY
from llm_core.testing.guards.quick_run import is_in_quick_run
from llm_core.testing.guards.variants import variants

CLAUSES: list[FunctionType] = [
    getattr(ChatPortContract, name) for name in dir(ChatPortContract) if name.startswith("test_")
]
IDS = sorted(vars(clause)["clause_id"] for clause in CLAUSES)
# Nothing is written, and no five collections of all that this process holds.
LEAN = ("-p", "no:cacheprovider", "-p", "no:unraisableexception")
FAKES = """
import pytest
from llm_core.adapters.memory import InMemoryChat
from llm_core.testing import ChatPortContract, LiveContract


class TestWhole(ChatPortContract):
    def arrange(self, scenario):
        def answer(request):
            self.record(request)
            return "Hello."

        return InMemoryChat(answer)

    @pytest.mark.parametrize("mode", ["complete", "stream"])
    def test_of_my_own(self, mode):
        pass


class TestQuick(TestWhole):
    quick = True
    xfails = {"answer.text[complete]": "it can only say hello", "answer.text[stream]": "it can only say hello",
        "answer.text[acomplete]": "it can only say hello", "answer.text[astream]": "it can only say hello"}


class TestLive(LiveContract):
    def chat(self):
        return InMemoryChat.echo()
"""


@attrs.define
class Run:
    """What pytest chose, what it deselected, and how the tests ended."""

    chosen: list[str] = attrs.field(factory=list)
    deselected: int = 0
    outcomes: Counter[str] = attrs.field(factory=Counter)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.chosen = [item.nodeid.partition("::")[2] for item in session.items]

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        self.deselected += len(items)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            self.outcomes[report.outcome] += 1

    def of(self, contract: str) -> list[str]:
        return [test for test in self.chosen if test.startswith(f"{contract}::")]


def pytest_runs(folder: Path, *options: str) -> Run:
    (folder / "pytest.ini").touch()
    (folder / "test_it.py").write_text(FAKES)
    run = Run()
    command = ["-q", *LEAN, "--import-mode=importlib", *options, str(folder / "test_it.py")]
    pytest.main(command, plugins=[run])
    return run


def in_a_quick_run(clause: FunctionType) -> list[str]:
    return [variant for variant in variants(clause) if is_in_quick_run(clause, variant, IDS)]


def without_mode(clause: FunctionType, variant: str) -> str:
    names = [mark.args[0] for mark in vars(clause).get("pytestmark", ())]
    return variant.rpartition("-")[0] if "mode" in names or ("name", "mode") in names else variant


@pytest.mark.parametrize("clause", CLAUSES, ids=lambda clause: str(clause.clause_id))
def test_every_variant_of_a_clause_is_checked_in_exactly_one_mode(clause: FunctionType) -> None:
    every = dict.fromkeys(without_mode(clause, variant) for variant in variants(clause))

    seen = [without_mode(clause, variant) for variant in in_a_quick_run(clause)]

    assert list(every) == seen


def test_all_modes_are_used_about_equally() -> None:
    modes = Counter(variant.rpartition("-")[2] for clause in CLAUSES for variant in in_a_quick_run(clause))

    used = {mode: modes[mode] for mode in EVERY}

    assert set(EVERY) <= set(modes)
    assert min(used.values()) > sum(used.values()) / 8


def test_a_class_says_for_itself_that_it_is_quick(tmp_path: Path) -> None:
    run = pytest_runs(tmp_path, "--collect-only")

    whole, quick = run.of("TestWhole"), run.of("TestQuick")

    assert 2 + sum(max(1, len(variants(clause))) for clause in CLAUSES) == len(whole)
    assert 2 + sum(max(1, len(in_a_quick_run(clause))) for clause in CLAUSES) == len(quick)
    assert len(whole) - len(quick) == run.deselected
    assert 0.35 > len(quick) / len(whole)
    assert {"TestQuick::test_of_my_own[complete]", "TestQuick::test_of_my_own[stream]"} <= set(quick)


def test_the_option_makes_every_contract_quick_but_the_live_one(tmp_path: Path) -> None:
    once, option = pytest_runs(tmp_path, "--collect-only"), pytest_runs(tmp_path, "--collect-only", "--llm-core-quick")

    names = [name.replace("TestQuick", "TestWhole") for name in once.of("TestQuick")]

    assert names == option.of("TestWhole")
    assert once.of("TestLive") == option.of("TestLive")


def test_an_xfail_of_a_mode_that_is_left_out_is_no_failure(tmp_path: Path) -> None:
    run = pytest_runs(tmp_path, "-k", "TestQuick and test_the_text_is_the_models_own")

    assert Counter(skipped=1) == run.outcomes  # as pytest calls an xfail in its reports


def test_a_live_contract_has_no_quick_run() -> None:
    assert not hasattr(LiveContract, "quick")


def test_a_variant_that_is_not_the_contracts_is_always_checked() -> None:
    assert is_in_quick_run(CLAUSES[0], "an-author's-own-variant", IDS)
