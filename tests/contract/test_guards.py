"""An author cannot lose or skip a clause, or leave the recorder empty, without a failure."""

import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from types import FunctionType

import attrs
import pytest

from llm_core import ChatPort, ChatRequest, UserMessage
from llm_core.adapters.memory import InMemoryChat
from llm_core.testing import ChatPortContract, Replies, Scenario, expected_response
from llm_core.testing.clauses.failure import paragraphs
from llm_core.testing.dialects.dialect import NotExpressibleError
from llm_core.testing.guards.next_calls import Arranged, require_answers

pytestmark = pytest.mark.slow  # most tests start a pytest of their own
HEADER = """
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
FORBIDDEN = """
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
    "TestNotStrict": "TestNotStrict::test_tools_arrive is marked xfail without strict=True, without a reason",
    "TestWithoutReason": "TestWithoutReason::test_tools_arrive is marked xfail without strict=True, without a reason",
    "TestNeverRun": "without strict=True, without a reason, or with run=False",
    "TestDeletedLater": "TestDeletedLater.test_tools_arrive removes a clause. ",
}
ALLOWED = """
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


def run_pytest(folder: Path, program: str, *options: str) -> str:
    """Return what pytest prints without any configuration, with the tests in the order of the program."""
    (folder / "pytest.ini").touch()
    (folder / "test_it.py").write_text(HEADER + program)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:randomly", *options, "test_it.py"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return run.stdout


def clauses() -> dict[str, Callable[..., None]]:
    named = {name: getattr(ChatPortContract, name) for name in dir(ChatPortContract)}
    return {name: check for name, check in named.items() if hasattr(check, "clause_id")}


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> str:
    return run_pytest(tmp_path_factory.mktemp("dishonest"), FORBIDDEN, "--collect-only", "-q")


@pytest.fixture(scope="module")
def failures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the output about each class."""
    printed = run_pytest(tmp_path_factory.mktemp("failing"), FAILING, "-k", "the_models_own and acomplete")
    in_full, _, _ = printed.partition("short test summary info")  # the summary repeats every failure where CI is set
    _, *parts = re.split(r"^_+ (\w+)\.[\w\[\]]+ _+$", in_full, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize("name", COMPLAINTS)
def test_a_forbidden_class_fails_during_collection(collected: str, name: str) -> None:
    complaint = COMPLAINTS[name]

    seen = collected.count(f"ERROR test_it.py::{name} - ")

    assert complaint in collected
    assert 1 == seen


def test_collection_has_no_other_errors(collected: str) -> None:
    complaints = len(COMPLAINTS)

    last = collected.splitlines()[-1]

    assert f"{complaints} errors" in last


def test_an_error_shows_what_to_do_instead(collected: str) -> None:
    table, mark = 'xfails = {"request.tools": "the reason"}', '@pytest.mark.xfail(strict=True, reason="...")'

    advice = [line for line in collected.splitlines() if "overrides a clause. " in line]

    assert advice
    assert all(table in line and mark in line for line in advice)


def test_an_xfail_with_a_reason_is_allowed(tmp_path: Path) -> None:
    selected = "key_is_sent or test_tools_arrive or of_my_own"

    printed = run_pytest(tmp_path, ALLOWED, "-q", "-k", selected)

    assert ["1 skipped", "5 xfailed"] == re.findall(r"\d+ (?:failed|passed|skipped|xfailed|errors?)", printed)


@pytest.mark.parametrize("instead", [None, "a word", staticmethod(print)], ids=["None", "str", "staticmethod"])
def test_a_class_that_removes_a_clause_cannot_be_created(instead: object) -> None:
    attributes = {"test_tools_arrive": instead}

    with pytest.raises(TypeError) as caught:
        type("TestChat", (ChatPortContract,), attributes)

    assert str(caught.value).startswith("TestChat.test_tools_arrive removes a clause. ")


@pytest.mark.parametrize("guard", ["pytest_generate_tests", "_around_each_clause"])
def test_a_class_that_removes_a_guard_cannot_be_created(guard: str) -> None:
    attributes = {guard: None}

    with pytest.raises(TypeError) as caught:
        type("TestChat", (ChatPortContract,), attributes)

    assert f"TestChat.{guard} belongs to the contract: it guards the clauses" == str(caught.value)


def test_every_clause_has_an_id_of_its_own_a_sentence_and_a_place_to_look() -> None:
    checks = clauses()

    docstrings = {name: paragraphs(check) for name, check in checks.items()}

    assert len(checks) == len({check.__dict__["clause_id"] for check in checks.values()})
    assert [] == [
        name
        for name, paragraphs_ in docstrings.items()
        if 2 != len(paragraphs_) or not all(paragraph.endswith(".") for paragraph in paragraphs_)
    ]


def test_every_test_of_the_contract_is_a_clause() -> None:
    tests = {name for name in dir(ChatPortContract) if name.startswith("test_")}

    named = set(clauses())

    assert tests == named
    assert all(isinstance(check, FunctionType) for check in clauses().values())


def test_a_failure_shows_the_promise_and_where_to_look(failures: dict[str, str]) -> None:
    promise = (
        "promise answer.text: The text is exactly what the model wrote: no character is stripped, moved or re-encoded."
    )

    lines = failures["TestShouts"].strip().splitlines()

    assert promise == lines[0]
    assert lines[1].startswith("seen: ")
    assert any(line.startswith("look at: ") for line in lines[2:4])  # the texts may need two lines


def test_a_failure_reports_that_no_request_reached_the_recorder(failures: dict[str, str]) -> None:
    advice = "arrange must point it at self.fake_provider(scenario).url, or report it by self.record(request)."

    output = failures["TestSilent"]

    assert "seen: no request reached the recorder." in output
    assert advice in output


def test_a_recorder_that_was_reached_is_not_blamed(failures: dict[str, str]) -> None:
    output = failures["TestShouts"]

    blamed = "the recorder" in output

    assert not blamed


def test_a_failure_shows_why_a_request_could_not_be_read() -> None:
    suite = ChatPortContract()
    suite._closing = ExitStack()
    with suite.isolated():
        caller = HTTPConnection(suite.fake_provider(Replies()).url.removeprefix("http://"))
        caller.request("POST", "/v1/chat/completions", body='{"model": 5}')

        answer = caller.getresponse()

        caller.close()
    assert 400 == answer.status
    assert ["the fake provider could not read a request: model: expected text"] == list(
        suite.failure_notes(AssertionError())
    )


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("TestNothing", "arrange must return a ChatPort, and returned None"),
        ("TestSkips", "arrange may not skip a clause (not today): see `xfails`"),
    ],
)
def test_an_arrange_without_an_adapter_fails_with_a_message(
    failures: dict[str, str], name: str, complaint: str
) -> None:
    output = failures[name]

    found = complaint in output

    assert found


def test_a_clause_that_the_wire_cannot_express_is_skipped() -> None:
    class Mute(ChatPortContract):
        def arrange(self, scenario: Scenario) -> ChatPort:
            raise NotExpressibleError(f"{scenario} is never sent")

    suite = Mute()
    suite._closing = ExitStack()
    with suite.isolated(), pytest.raises(pytest.skip.Exception) as skipped:
        suite.test_the_text_is_the_models_own("complete")

    assert str(skipped.value).endswith("is never sent")


def test_a_missing_arrange_raises_wherever_it_is_called() -> None:
    suite = ChatPortContract()

    with pytest.raises(NotImplementedError) as caught:
        suite.arrange(Replies())

    assert "ChatPortContract must define arrange(self, scenario) -> ChatPort" == str(caught.value)


@pytest.mark.parametrize("options", [(), ("-p", "no:cacheprovider"), ("-o", "cache_dir=/dev/null")])
def test_the_property_clauses_leave_no_folder_behind(tmp_path: Path, options: Sequence[str]) -> None:
    program = "class TestLaws(Fake):\n    pass\n"

    printed = run_pytest(tmp_path, program, "-q", "-k", "every_stream_equals or every_request", *options)

    assert ["6 passed"] == re.findall(r"\d+ (?:failed|passed|skipped|xfailed|errors?)", printed)
    assert [] == list(tmp_path.glob(".hypothesis"))


@pytest.mark.parametrize("mode", ["complete", "astream"])
def test_a_further_call_with_an_exception_of_another_kind_shows_it_whole(mode: str) -> None:
    def fail(request: ChatRequest) -> str:
        raise RuntimeError(f"a defect at {len(request.messages)} message")

    arranged = Arranged(InMemoryChat(fail), Replies(text="Hi."), (), ChatRequest(messages=[UserMessage("hi")]))

    with pytest.raises(AssertionError) as caught:
        require_answers(arranged, [mode], count=2, seconds=5)

    assert "2 of 2 further calls" in str(caught.value)
    assert str(caught.value).endswith("the first wrong one: RuntimeError('a defect at 1 message')")


def test_further_answers_report_their_tokens_where_that_is_required() -> None:
    replies = Replies(text="Hi.")
    chat = InMemoryChat(lambda _: attrs.evolve(expected_response(replies), usage=None))
    arranged = Arranged(chat, replies, (), ChatRequest(messages=[UserMessage("hi")]))

    require_answers(arranged, ["complete"], count=1, seconds=5)
    with pytest.raises(AssertionError, match="tokens \\(7, 5\\)"):
        require_answers(attrs.evolve(arranged, has_usage=True), ["complete"], count=1, seconds=5)
