"""The results of a contract run: frozen values, with their totals."""

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum

import attrs

from llm_core.domain.printable import printable
from llm_core.domain.usage import Usage

NO_MODE = "-"


class Outcome(StrEnum):
    """How a check ended, the worst first."""

    FAIL = "fail"
    SKIP = "skipped"
    XFAIL = "xfail"
    REFUSED = "refused-as-claimed"
    PASS = "pass"  # noqa: S105 -- not a password


_ORDER = tuple(Outcome)


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the worst of *outcomes*."""
    return min(outcomes, key=_ORDER.index)


def _places(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(map(printable, values))


@attrs.frozen(kw_only=True)
class Result:
    """One check: a clause in one mode (``-`` where it has none), with one variant of its other parameters.

    `message` is the failure, or the reason of an xfail or a skip; `look` names the code of an adapter to look at;
    `places` are the lines of code that the failure passed through, the adapter's own first. The texts of an adapter are
    made safe to print. `modes` are those that the clause has, checked or not; empty if that is not known.
    """

    clause: str = attrs.field(converter=printable)
    sentence: str = attrs.field(converter=printable)
    outcome: Outcome
    mode: str = NO_MODE
    variant: str = attrs.field(default="", converter=printable)
    message: str = attrs.field(default="", converter=printable)
    look: str = attrs.field(default="", converter=printable)
    places: tuple[str, ...] = attrs.field(default=(), converter=_places)
    modes: tuple[str, ...] = attrs.field(default=(), converter=_places)
    seconds: float = 0.0
    usage: Usage | None = None

    @property
    def area(self) -> str:
        """The part of the clause's id before the dot."""
        return self.clause.partition(".")[0]


def _results(values: Sequence[Result]) -> tuple[Result, ...]:
    return tuple(values)


@attrs.frozen(kw_only=True)
class ContractRun:
    """The results of one contract class.

    `version` is the distribution's; `model` is the model that answered, on a real endpoint; both are empty if unknown.
    """

    name: str = attrs.field(converter=printable)
    adapter: str = attrs.field(converter=printable)
    version: str = attrs.field(converter=printable)
    model: str = attrs.field(default="", converter=printable)
    results: tuple[Result, ...] = attrs.field(converter=_results)

    @property
    def counts(self) -> Counter[Outcome]:
        """The number of checks by outcome."""
        return Counter(result.outcome for result in self.results)

    @property
    def broken(self) -> tuple[Result, ...]:
        """The checks that failed."""
        return tuple(result for result in self.results if result.outcome is Outcome.FAIL)

    @property
    def seconds(self) -> float:
        """The duration of all checks."""
        return sum(result.seconds for result in self.results)

    @property
    def usage(self) -> Usage | None:
        """The usage of all checks; None where none was reported."""
        usages = [result.usage for result in self.results if result.usage is not None]
        return Usage.total(usages) if usages else None

    def by_clause(self) -> dict[str, list[Result]]:
        """Return the checks of each clause, areas together, in the order in which they ran."""
        areas: dict[str, dict[str, list[Result]]] = {}
        for result in self.results:
            areas.setdefault(result.area, {}).setdefault(result.clause, []).append(result)
        return {clause: checks for clauses in areas.values() for clause, checks in clauses.items()}


def _runs(values: Sequence[ContractRun]) -> tuple[ContractRun, ...]:
    return tuple(values)


@attrs.frozen(kw_only=True)
class Report:
    """The results of one pytest run. `written` is the time in ISO 8601; `stopped_early`: not everything ran."""

    contracts: tuple[ContractRun, ...] = attrs.field(converter=_runs)
    written: str
    llm_core: str
    python: str
    stopped_early: bool = False
    deselected: int = 0

    @property
    def counts(self) -> Counter[Outcome]:
        """The number of checks by outcome."""
        return sum((contract.counts for contract in self.contracts), Counter[Outcome]())

    @property
    def kept(self) -> bool:
        """True if something was checked, and no promise is broken."""
        return bool(self.contracts) and not self.counts[Outcome.FAIL]
