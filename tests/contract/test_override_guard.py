"""No clause is dropped without a reason: contracts of authors, run by pytest as authors run them."""

import itertools
from collections import Counter
from pathlib import Path

import attrs
import pytest

from llm_core.testing import ChatPortContract
from llm_core.testing.guards.variants import variants

pytestmark = pytest.mark.slow  # each test is a run of pytest over a whole contract
# Nothing is written, and no five collections of all that this process holds.
LEAN = ("-p", "no:cacheprovider", "-p", "no:unraisableexception")
_AUTHORS = itertools.count()

# An adapter that answers "Hello." to everything: it keeps most promises, but not the one about the text of an answer.
HELLO = """
import pytest
from llm_core.adapters.memory import InMemoryChat
from llm_core.testing import Capabilities, ChatPortContract


class Hello(ChatPortContract):
    capabilities = Capabilities(http=False)

    def arrange(self, scenario):
        return InMemoryChat(self._answer)

    def _answer(self, request):
        self.record(request)
        return "Hello."


class TestHello(Hello):
"""
KEPT = "test_what_the_caller_does_not_set_is_not_sent"  # request.unset-is-not-sent
BROKEN = "test_the_text_is_the_models_own"  # answer.text


@attrs.define
class Run:
    """The result of a pytest run: outcomes with their counts, the failure texts, the printed output."""

    outcomes: Counter[str] = attrs.field(factory=Counter)
    failures: str = ""
    printed: str = ""

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.outcomes["failed to collect"] += 1
            self.failures += str(report.longrepr)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or not report.passed:
            self.outcomes[str(report.outcome)] += report.when != "teardown"
            self.failures += str(report.longrepr or "")
        if report.when == "teardown":
            self.printed += report.capstdout


@attrs.define
class _Collecting:
    """Collects the clauses, each with its variants as pytest names them."""

    found: dict[str, list[str]] = attrs.field(factory=dict)

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        assert isinstance(item, pytest.Function)
        variants_ = self.found.setdefault(vars(item.function)["clause_id"], [])
        variants_ += [item.callspec.id] if hasattr(item, "callspec") else []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]")
    return tmp_path


def _run(folder: Path, source: str, *tests: str) -> Run:
    """Run *tests* of a contract in a module of its own, as its author would."""
    path, run = folder / f"test_author_{next(_AUTHORS)}.py", Run()
    path.write_text(source)
    chosen = " or ".join(tests) or "test"
    pytest.main(["-q", *LEAN, "--import-mode=importlib", "-k", chosen, str(path)], plugins=[run])
    return run


def test_a_contract_without_arrange_fails_loudly(folder: Path) -> None:
    source = "from llm_core.testing import ChatPortContract\n\nclass TestNothing(ChatPortContract):\n    pass\n"

    run = _run(folder, source)

    assert "TestNothing must define arrange(self, scenario) -> ChatPort" in run.failures
    assert {"failed to collect"} == set(run.outcomes)


def test_a_kept_promise_passes_and_a_broken_one_fails_with_its_text(folder: Path) -> None:
    run = _run(folder, HELLO + "    pass\n", KEPT, BROKEN)

    assert Counter(passed=4, failed=4) == run.outcomes
    assert (
        "promise answer.text: The text is exactly what the model wrote: no character is stripped, moved or re-encoded."
        in run.failures
    )


def test_an_override_without_a_reason_fails(folder: Path) -> None:
    override = f"    def {BROKEN}(self):\n        pass\n"

    run = _run(folder, HELLO + override, BROKEN)

    assert "overrides a clause" in run.failures
    assert not run.outcomes["passed"]


def test_a_strict_xfail_override_with_a_reason_is_allowed(folder: Path) -> None:
    mark = '    @pytest.mark.xfail(strict=True, reason="it can only say hello")\n'
    override = f"    def {BROKEN}(self):\n        assert False\n"

    run = _run(folder, HELLO + mark + override, BROKEN)

    assert Counter(skipped=1) == run.outcomes  # pytest reports an xfail as skipped


@pytest.mark.parametrize(
    "mark",
    ['xfail(reason="may fail")', "xfail(strict=True)", 'xfail(strict=True, reason="no", run=False)', "skip"],
    ids=["not strict", "no reason", "not run", "skipped"],
)
def test_a_mark_that_weakens_a_clause_fails(folder: Path, mark: str) -> None:
    override = f"    @pytest.mark.{mark}\n    def {BROKEN}(self):\n        assert False\n"

    run = _run(folder, HELLO + override, BROKEN)

    assert "is marked" in run.failures
    assert {"failed to collect"} == set(run.outcomes)


@pytest.mark.parametrize("instead", ["None", "property(lambda self: None)"])
def test_a_removed_clause_fails(folder: Path, instead: str) -> None:
    run = _run(folder, HELLO + f"    {BROKEN} = {instead}\n", BROKEN)

    assert f"TestHello.{BROKEN} removes a clause" in run.failures
    assert Counter({"failed to collect": 1}) == run.outcomes


@pytest.mark.parametrize("guard", ["_around_each_clause", "pytest_generate_tests"])
def test_a_removed_guard_fails(folder: Path, guard: str) -> None:
    run = _run(folder, HELLO + f"    {guard} = None\n", KEPT)

    assert f"TestHello.{guard} belongs to the contract" in run.failures
    assert Counter({"failed to collect": 1}) == run.outcomes


def test_a_promise_in_the_table_of_xfails_may_be_broken(folder: Path) -> None:
    run = _run(folder, HELLO + '    xfails = {"answer.text": "it can only say hello"}\n', BROKEN)

    assert Counter(skipped=4) == run.outcomes


def test_a_kept_promise_in_the_table_of_xfails_fails(folder: Path) -> None:
    run = _run(folder, HELLO + '    xfails = {"request.unset-is-not-sent": "it makes up a temperature"}\n', KEPT)

    assert Counter(failed=4) == run.outcomes
    assert "[XPASS(strict)] it makes up a temperature" in run.failures


def test_the_table_may_name_a_single_mode(folder: Path) -> None:
    run = _run(folder, HELLO + '    xfails = {"answer.text[stream]": "it can only say hello"}\n', BROKEN)

    assert Counter(skipped=1, failed=3) == run.outcomes


@pytest.mark.parametrize("key", ["answer.txt", "answer.txt[stream]"])
def test_an_unknown_clause_in_the_table_fails(folder: Path, key: str) -> None:
    run = _run(folder, HELLO + f'    xfails = {{"{key}": "it can only say hello"}}\n', KEPT)

    assert f"TestHello.xfails: no clause is named '{key}'" in run.failures
    assert Counter({"failed to collect": 1}) == run.outcomes


@pytest.mark.parametrize("variant", ["astraem", "stream-astream", ""])
def test_an_unknown_variant_in_the_table_fails(folder: Path, variant: str) -> None:
    run = _run(folder, HELLO + f'    xfails = {{"answer.text[{variant}]": "it can only say hello"}}\n', KEPT)

    assert f"TestHello.xfails: no variant is named 'answer.text[{variant}]'" in run.failures
    assert "there are: complete, stream, acomplete, astream" in run.failures
    assert Counter({"failed to collect": 1}) == run.outcomes


def test_a_variant_of_a_promise_without_variants_fails(folder: Path) -> None:
    run = _run(folder, HELLO + '    xfails = {"share.tasks[stream]": "it can only say hello"}\n', KEPT)

    assert "no variant is named 'share.tasks[stream]'; there are: none" in run.failures
    assert Counter({"failed to collect": 1}) == run.outcomes


def test_the_variants_are_those_that_pytest_names(folder: Path) -> None:
    path, collecting = folder / "test_all.py", _Collecting()
    path.write_text(HELLO + "    pass\n")

    pytest.main(["-q", *LEAN, "--collect-only", str(path)], plugins=[collecting])

    clauses = [getattr(ChatPortContract, name) for name in dir(ChatPortContract) if name.startswith("test_")]
    assert {clause.clause_id: variants(clause) for clause in clauses} == collecting.found


@pytest.mark.parametrize("statement", ["pytest.skip('not today')", "pytest.xfail('not today')"])
@pytest.mark.parametrize("place", ["class", "conftest", "adapter"])
def test_a_clause_that_a_fixture_or_an_adapter_skips_fails(folder: Path, place: str, statement: str) -> None:
    fixture = f"@pytest.fixture(autouse=True)\ndef _slow():\n    {statement}\n"
    source = HELLO + "    pass\n"
    match place:
        case "class":
            source += "".join(f"    {line}\n" for line in fixture.replace("_slow()", "_slow(self)").splitlines())
        case "conftest":
            (folder / "conftest.py").write_text(f"import pytest\n\n{fixture}")
        case _:
            source += f"    def _answer(self, request):\n        {statement}\n"

    run = _run(folder, source, KEPT)

    assert "may only be skipped by the suite (not today): see `xfails`" in run.failures
    assert Counter(failed=4) == run.outcomes


def test_a_clause_that_a_hook_marks_to_be_skipped_fails(folder: Path) -> None:
    hook = (
        "import pytest\n\n"
        "def pytest_collection_modifyitems(items):\n"
        "    for item in items:\n"
        "        item.add_marker(pytest.mark.skip(reason='slow'))\n"
    )
    (folder / "conftest.py").write_text(hook)

    run = _run(folder, HELLO + "    pass\n", KEPT)

    assert "may only be skipped by the suite (slow): see `xfails`" in run.failures
    assert Counter(failed=4) == run.outcomes


def test_a_clause_that_needs_an_unclaimed_ability_is_skipped(folder: Path) -> None:
    source = HELLO + "    capabilities = Capabilities(http=False, tools=False)\n"

    run = _run(folder, source, "test_missing_call_ids_are_made")

    assert 4 == run.failures.count(
        "the adapter claims tools=False; the clause request.tools checks that it refuses them"
    )
    assert Counter(skipped=4) == run.outcomes


def test_a_refusal_of_a_claimed_ability_is_explained(folder: Path) -> None:
    refusing = (
        "    def arrange(self, scenario):\n"
        "        return InMemoryChat(lambda request: UnsupportedFeatureError(detail='no fun'))\n"
    )

    run = _run(
        folder,
        HELLO.replace("import pytest", "import pytest\nfrom llm_core import UnsupportedFeatureError") + refusing,
        KEPT,
    )

    assert "seen: `capabilities` claims what the request needs: no ability" in run.failures
    assert "the adapter refused it, and sent nothing: UnsupportedFeatureError: no fun" in run.failures
    assert "no request reached the recorder" not in run.failures


def test_the_authors_own_tests_are_not_guarded(folder: Path) -> None:
    run = _run(folder, HELLO + "    @pytest.mark.skip\n    def test_my_own(self):\n        pass\n", "test_my_own")

    assert Counter(skipped=1) == run.outcomes


def test_an_adapter_that_calls_another_server_gets_a_hint(folder: Path) -> None:
    unrecorded = '    def _answer(self, request):\n        return "Hello."\n'

    run = _run(folder, HELLO + unrecorded, KEPT)

    assert "no request reached the recorder" in run.failures


def test_the_adapter_is_closed_after_the_clause(folder: Path) -> None:
    arrange = (
        "    def arrange(self, scenario):\n"
        "        chat = super().arrange(scenario)\n"
        "        chat.aclose = lambda: print('aclosed, and nothing to wait for')\n"
        "        chat.close = lambda: print('closed')\n"
        "        return chat\n"
    )

    run = _run(folder, HELLO + arrange, KEPT)

    assert Counter(passed=4) == run.outcomes
    assert 4 * "aclosed, and nothing to wait for\nclosed\n" == run.printed
