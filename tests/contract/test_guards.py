"""What an author cannot do by accident: lose a clause, skip one, or leave the recorder empty, and see green."""

import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from types import FunctionType

import pytest

from llm_core import ChatPort
from llm_core.testing import ChatPortContract, Replies, Scenario
from llm_core.testing.clauses.clause import paragraphs
from llm_core.testing.dialects.dialect import NotExpressibleError

OPENING = """
import pytest
from llm_core.adapters.memory import InMemoryChat
from llm_core.testing import ChatPortContract, expected_response

class Fake(ChatPortContract):
    def arrange(self, scenario):
        def answer(request):
            self.record(request)
            return expected_response(scenario)
        return InMemoryChat(answer)
"""
DISHONEST = """
class TestForgetful(ChatPortContract): ...

@pytest.mark.skip(reason="slow")
class TestSkippedAsAClass(Fake): ...

class TestSkipped(Fake):
    @pytest.mark.skipif(True, reason="slow")
    def test_tools_arrive(self): ...

class TestOverridden(Fake):
    def test_tools_arrive(self): ...

class Another:
    def test_tools_arrive(self): ...

class TestOverriddenByAMixin(Another, Fake): ...

class TestNotStrict(Fake):
    @pytest.mark.xfail(reason="cannot")
    def test_tools_arrive(self): ...

class TestWithoutReason(Fake):
    @pytest.mark.xfail(strict=True)
    def test_tools_arrive(self): ...

class TestNeverRun(Fake):
    @pytest.mark.xfail(strict=True, reason="cannot", run=False)
    def test_tools_arrive(self): ...

class TestDeletedLater(Fake): ...

TestDeletedLater.test_tools_arrive = None
"""
COMPLAINTS = {
    "TestForgetful": "TestForgetful must define arrange(self, scenario) -> ChatPort",
    "TestSkippedAsAClass": "is marked skip. ",
    "TestSkipped": "TestSkipped::test_tools_arrive is marked skipif. ",
    "TestOverridden": "TestOverridden::test_tools_arrive overrides a clause. ",
    "TestOverriddenByAMixin": "TestOverriddenByAMixin::test_tools_arrive overrides a clause. ",
    "TestNotStrict": "TestNotStrict::test_tools_arrive is marked xfail without strict=True or a reason",
    "TestWithoutReason": "TestWithoutReason::test_tools_arrive is marked xfail without strict=True or a reason",
    "TestNeverRun": "TestNeverRun::test_tools_arrive is marked xfail without strict=True or a reason, or is never run",
    "TestDeletedLater": "TestDeletedLater.test_tools_arrive takes a clause away. ",
}
HONEST = """
class TestHonest(Fake):
    xfails = {"request.key": "there is no key in memory"}

    @pytest.mark.xfail(strict=True, reason="the fake forgets them")
    def test_tools_arrive(self):
        assert not self

    @pytest.mark.skip(reason="a test of the author's own")
    def test_of_my_own(self): ...
"""
FAILING = """
class TestSilent(ChatPortContract):
    def arrange(self, scenario):
        return InMemoryChat.echo()

class TestNothing(ChatPortContract):
    def arrange(self, scenario):
        pass

class TestSkips(ChatPortContract):
    def arrange(self, scenario):
        pytest.skip("not today")

class TestShouts(ChatPortContract):
    def arrange(self, scenario):
        def answer(request):
            self.record(request)
            return expected_response(scenario).message.content.upper()
        return InMemoryChat(answer)
"""


def pytest_says(folder: Path, program: str, *options: str) -> str:
    """Return what pytest prints where nothing is configured; the order of the tests is the program's."""
    (folder / "pytest.ini").touch()
    (folder / "test_it.py").write_text(OPENING + program)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:randomly", *options, "test_it.py"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return run.stdout


def clauses() -> dict[str, Callable[..., None]]:
    named = {name: getattr(ChatPortContract, name) for name in dir(ChatPortContract)}
    return {name: check for name, check in named.items() if hasattr(check, "clause_id")}


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> str:
    return pytest_says(tmp_path_factory.mktemp("dishonest"), DISHONEST, "--collect-only", "-q")


@pytest.fixture(scope="module")
def failures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what is said of each class."""
    said = pytest_says(tmp_path_factory.mktemp("failing"), FAILING, "-k", "the_models_own and acomplete")
    in_full, _, _ = said.partition("short test summary info")  # which repeats every failure where CI is set
    _, *parts = re.split(r"^_+ (\w+)\.[\w\[\]]+ _+$", in_full, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize("name", COMPLAINTS)
def test_a_dishonest_class_fails_while_it_is_collected(collected: str, name: str) -> None:
    complaint = COMPLAINTS[name]

    seen = collected.count(f"ERROR test_it.py::{name} - ")

    assert complaint in collected
    assert 1 == seen


def test_nothing_else_is_wrong_with_the_dishonest(collected: str) -> None:
    complaints = len(COMPLAINTS)

    last = collected.splitlines()[-1]

    assert f"{complaints} errors" in last


def test_a_complaint_says_what_to_do_instead(collected: str) -> None:
    table, mark = 'xfails = {"request.tools": "the reason"}', '@pytest.mark.xfail(strict=True, reason="...")'

    advice = [line for line in collected.splitlines() if "overrides a clause. " in line]

    assert advice
    assert all(table in line and mark in line for line in advice)


def test_what_is_told_with_a_reason_is_honest(tmp_path: Path) -> None:
    told = "key_is_sent or tools_arrive or of_my_own"

    said = pytest_says(tmp_path, HONEST, "-q", "-k", told)

    assert ["1 skipped", "5 xfailed"] == re.findall(r"\d+ (?:failed|passed|skipped|xfailed|errors?)", said)


@pytest.mark.parametrize("instead", [None, "a word", staticmethod(print)], ids=["None", "str", "staticmethod"])
def test_a_class_that_takes_a_clause_away_cannot_be_made(instead: object) -> None:
    taken = {"test_tools_arrive": instead}

    with pytest.raises(TypeError) as caught:
        type("TestChat", (ChatPortContract,), taken)

    assert str(caught.value).startswith("TestChat.test_tools_arrive takes a clause away. ")


@pytest.mark.parametrize("guard", ["pytest_generate_tests", "_around_each_clause"])
def test_a_class_that_takes_the_guard_away_cannot_be_made(guard: str) -> None:
    taken = {guard: None}

    with pytest.raises(TypeError) as caught:
        type("TestChat", (ChatPortContract,), taken)

    assert f"TestChat.{guard} belongs to the contract: it watches over the clauses" == str(caught.value)


def test_every_clause_has_an_id_of_its_own_a_sentence_and_a_place_to_look() -> None:
    checks = clauses()

    told = {name: paragraphs(check) for name, check in checks.items()}

    assert len(checks) == len({check.__dict__["clause_id"] for check in checks.values()})
    assert [] == [name for name, said in told.items() if 2 != len(said) or not all(one.endswith(".") for one in said)]


def test_every_test_of_the_contract_is_a_clause() -> None:
    tests = {name for name in dir(ChatPortContract) if name.startswith("test_")}

    named = set(clauses())

    assert tests == named
    assert all(isinstance(check, FunctionType) for check in clauses().values())


def test_a_failure_says_the_promise_and_where_to_look(failures: dict[str, str]) -> None:
    promise = "promise answer.text: Not a character is stripped, moved or re-encoded."

    told = [line.removeprefix("E").strip() for line in failures["TestShouts"].splitlines()]

    assert promise in told
    assert told[told.index(promise) + 1].startswith("look at: ")


def test_a_failure_says_that_nothing_reached_the_recorder(failures: dict[str, str]) -> None:
    advice = "arrange must point it at self.fake_provider(scenario).url, or report it by self.record(request)."

    told = failures["TestSilent"]

    assert "seen: no request reached the recorder." in told
    assert advice in told


def test_a_recorder_that_was_reached_is_not_blamed(failures: dict[str, str]) -> None:
    told = failures["TestShouts"]

    blamed = "the recorder" in told

    assert not blamed


def test_a_failure_says_why_a_request_could_not_be_read() -> None:
    suite = ChatPortContract()
    suite._closing = ExitStack()
    with suite.isolated():
        caller = HTTPConnection(suite.fake_provider(Replies()).url.removeprefix("http://"))
        caller.request("POST", "/", body='{"model": 5}')

        answer = caller.getresponse()

        caller.close()
    assert 400 == answer.status
    assert ["seen: the fake provider could not read a request: model: expected text"] == list(
        suite.failure_notes(AssertionError())
    )


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("TestNothing", "arrange must return a ChatPort, and returned None"),
        ("TestSkips", "arrange may not skip a clause (not today): see `xfails`"),
    ],
)
def test_an_arrange_that_gives_no_adapter_is_told_so(failures: dict[str, str], name: str, complaint: str) -> None:
    told = failures[name]

    said = complaint in told

    assert said


def test_a_clause_that_the_wire_cannot_ask_is_skipped_by_name() -> None:
    class Mute(ChatPortContract):
        def arrange(self, scenario: Scenario) -> ChatPort:
            raise NotExpressibleError(f"{scenario} is never said")

    with pytest.raises(pytest.skip.Exception) as skipped:
        Mute().test_the_text_is_the_models_own("complete")

    assert str(skipped.value).endswith("is never said")


def test_an_arrange_that_is_missing_says_so_wherever_it_is_called() -> None:
    suite = ChatPortContract()

    with pytest.raises(NotImplementedError) as caught:
        suite.arrange(Replies())

    assert "ChatPortContract must define arrange(self, scenario) -> ChatPort" == str(caught.value)


def test_what_the_laws_draw_is_left_in_no_folder(tmp_path: Path) -> None:
    program = "class TestLaws(Fake):\n    pass\n"

    said = pytest_says(tmp_path, program, "-q", "-k", "folds_to or history")

    assert ["6 passed"] == re.findall(r"\d+ (?:failed|passed|skipped|xfailed|errors?)", said)
    assert [] == list(tmp_path.glob(".hypothesis"))
