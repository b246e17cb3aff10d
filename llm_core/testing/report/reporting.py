"""The pytest plugin that collects a report while the contract runs, and writes it at the end."""

import platform
from collections.abc import Generator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import attrs
import pytest

from llm_core.testing.clauses.author_api import ContractAuthorApi
from llm_core.testing.live.live import Live

from .comparison import Key, Worse, became_worse, read_baseline
from .json_file import report_json
from .observations import ended, facts_of, observed
from .page import report_page
from .provenance import version_of
from .results import NO_MODE, ContractRun, Outcome, Report, Result, worst
from .usage_json import usage_from_text
from .worse_list import worse_lines

NAME = "llm-core-report"
BASELINE = "--llm-core-baseline"  # see llm_core_pytest.py
_PREFIX = "llm_core."  # of our properties of an item, which pytest-xdist carries from process to process
_PHASES = ("setup", "call", "teardown")
_DESELECTED = "llm_core_deselected"


def begin(config: pytest.Config, folder: str) -> None:
    """Make the run of *config* write its report into *folder*."""
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise pytest.UsageError(f"--llm-core-report: {error}") from error
    baseline: str | None = config.getoption(BASELINE)
    try:
        before = read_baseline(Path(baseline)) if baseline else None
    except ValueError as error:
        raise pytest.UsageError(f"{BASELINE}: {error}") from error
    output: dict[str, object] | None = getattr(config, "workeroutput", None)  # of a worker of pytest-xdist
    config.pluginmanager.register(Reporting(Path(folder), output, before, baseline or ""), NAME)


@attrs.define
class _Seen:
    """What is known of one test so far."""

    facts: dict[str, str] = attrs.field(factory=dict)
    outcomes: dict[Outcome, str] = attrs.field(factory=dict)  # with the message of each
    seconds: float = 0.0


@attrs.define(eq=False)  # pytest keeps its plugins in a dict
class Reporting:
    """A pytest plugin. In a distributed run each worker sends what it knows, and the process that started them writes.

    *_output* is what a worker sends at its end; None in any other process.
    """

    _folder: Path
    _output: dict[str, object] | None
    _before: Mapping[Key, Outcome] | None
    baseline: str
    """The path of the report that this one is compared with; empty: it is not."""
    _seen: dict[str, _Seen] = attrs.field(factory=dict, init=False)
    _collected: int = attrs.field(default=0, init=False)
    _deselected: int = attrs.field(default=0, init=False)
    _has_crashed: bool = attrs.field(default=False, init=False)
    _modes: dict[str, set[str]] = attrs.field(factory=dict, init=False)  # by clause, also the deselected ones
    report: Report | None = attrs.field(default=None, init=False)
    worse: Sequence[Worse] | None = attrs.field(default=None, init=False)
    """What became worse since the baseline; None: there is none."""

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Note the clause of each contract test; ``-k`` then selects clauses by their ids."""
        if (
            isinstance(item, pytest.Function)
            and item.cls is not None
            and issubclass(item.cls, ContractAuthorApi | Live)
        ):
            self._collected += 1
            facts = facts_of(item, item.cls) | {"order": str(self._collected)}  # workers report in any order
            self._modes.setdefault(_promise_of(facts), set()).add(facts["mode"])
            item.extra_keyword_matches.add(facts["clause"])
            item.user_properties.extend((_PREFIX + name, value) for name, value in facts.items())

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note the modes of each clause, which are known once all tests are collected."""
        for item in session.items:
            facts = {name.removeprefix(_PREFIX): str(value) for name, value in item.user_properties}
            if "clause" in facts:
                modes = " ".join(sorted(self._modes[_promise_of(facts)] - {NO_MODE}))
                item.user_properties.append((f"{_PREFIX}modes", modes))

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Count the tests that ``-k`` deselects."""
        self._deselected += len(items)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Note what only the test's own process knows."""
        if any(name == f"{_PREFIX}clause" for name, _ in item.user_properties) and isinstance(item, pytest.Function):
            item.user_properties.extend((_PREFIX + name, value) for name, value in observed(item, call).items())
        return (yield)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add how a phase of a test ended, or that a worker has crashed with a test, which no phase reports."""
        self._has_crashed |= report.when not in _PHASES
        facts = {name.removeprefix(_PREFIX): str(value) for name, value in report.user_properties if _PREFIX in name}
        if "clause" in facts:
            seen = self._seen.setdefault(report.nodeid, _Seen())
            if Outcome.FAIL in seen.outcomes:  # a failure while closing does not replace the clause's own
                facts |= {name: seen.facts[name] for name in ("look", "places") if name in seen.facts}
            seen.facts.update(facts)
            seen.seconds += report.duration
            outcome, message = ended(report, seen.facts)
            if report.when == "call" or outcome is not Outcome.PASS:
                seen.outcomes.setdefault(outcome, message)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the report, also after Ctrl-C."""
        if self._output is not None:
            self._output[_DESELECTED] = self._deselected
            return
        stopped = exitstatus == pytest.ExitCode.INTERRUPTED or bool(session.shouldfail or session.shouldstop)
        self.report = self._build_report(stopped_early=stopped or self._has_crashed)
        self.worse = None if self._before is None else list(became_worse(self.report, self._before))
        page = report_page(self.report, self.worse, self.baseline)
        (self._folder / "report.json").write_text(report_json(self.report, self.worse), encoding="utf-8")
        (self._folder / "report.html").write_text(page, encoding="utf-8")

    @pytest.hookimpl(optionalhook=True)  # of pytest-xdist
    def pytest_testnodedown(self, node: object) -> None:
        """Note how many tests a worker has deselected: each of them the same ones."""
        output: dict[str, int] = getattr(node, "workeroutput", {})
        self._deselected = output.get(_DESELECTED, self._deselected)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print where the report is."""
        if self.report is not None:
            for line in () if self.worse is None else worse_lines(self.worse, self.baseline):
                terminalreporter.write_line(line)
            terminalreporter.write_line(f"contract report: {self._folder / 'report.html'}")

    def _build_report(self, *, stopped_early: bool) -> Report:
        contracts: dict[str, list[_Seen]] = {}
        for seen in sorted(self._seen.values(), key=lambda seen: int(seen.facts["order"])):
            if seen.outcomes:
                contracts.setdefault(seen.facts["contract"], []).append(seen)
        return Report(
            contracts=[_run(name, tests) for name, tests in contracts.items()],
            written=datetime.now(UTC).isoformat(timespec="seconds"),
            llm_core=version_of("llm_core").rpartition(" ")[2],
            python=platform.python_version(),
            stopped_early=stopped_early,
            deselected=self._deselected,
        )


def _promise_of(facts: Mapping[str, str]) -> str:
    return f"{facts['contract']} {facts['clause']}"


def _run(name: str, tests: list[_Seen]) -> ContractRun:
    adapter = next((seen.facts["adapter"] for seen in tests if "adapter" in seen.facts), "")
    return ContractRun(
        name=name,
        adapter=adapter,
        version=version_of(adapter) if adapter else "",
        model=next((seen.facts["model"] for seen in tests if "model" in seen.facts), ""),
        results=[_result(seen) for seen in tests],
    )


def _result(seen: _Seen) -> Result:
    facts, outcome = seen.facts, worst(seen.outcomes)
    return Result(
        clause=facts["clause"],
        sentence=facts["sentence"],
        outcome=outcome,
        mode=facts["mode"],
        modes=facts.get("modes", "").split(),
        variant=facts["variant"],
        message=seen.outcomes[outcome],
        look=facts["look"],
        places=facts.get("places", "").splitlines() if outcome is Outcome.FAIL else [],
        seconds=seen.seconds,
        usage=usage_from_text(facts["usage"]) if "usage" in facts else None,
    )
