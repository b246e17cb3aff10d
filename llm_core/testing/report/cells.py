"""The texts of a report, for the page and for the terminal: symbols, counts, the headline."""

from collections.abc import Mapping, Sequence

from llm_core.domain.usage import Usage

from .comparison import Worse
from .results import NO_MODE, Outcome, Report, Result, worst

MARKS = {
    Outcome.FAIL: "✗",
    Outcome.SKIP: "○",
    Outcome.XFAIL: "◐",
    Outcome.REFUSED: "⊘",
    Outcome.PASS: "✓",
}
LABELS = {
    Outcome.FAIL: "fail",
    Outcome.SKIP: "skipped",
    Outcome.XFAIL: "xfail",
    Outcome.REFUSED: "refused",
    Outcome.PASS: "pass",
}
TOTALS = {
    Outcome.FAIL: "broken",
    Outcome.XFAIL: "expected to fail",
    Outcome.REFUSED: "refused as claimed",
    Outcome.SKIP: "skipped",
    Outcome.PASS: "kept",
}


def cell(checks: Sequence[Result]) -> str:
    """Return the text of a cell: the worst outcome of *checks* as symbol and label, and how many have it."""
    return f"{MARKS[worst(check.outcome for check in checks)]} {cell_text(checks)}"


def cell_text(checks: Sequence[Result]) -> str:
    """Return the text of a cell without the symbol."""
    outcome, count = _worst_of(checks)
    share = f"{count} of {len(checks)} " if count < len(checks) else f"{count} " if count > 1 else ""
    return f"{share}{LABELS[outcome]}"


def short_cell(checks: Sequence[Result]) -> str:
    """Return the text of a cell without the label."""
    outcome, count = _worst_of(checks)
    return f"{MARKS[outcome]} {count}/{len(checks)}" if len(checks) > 1 else MARKS[outcome]


def totals(counts: Mapping[Outcome, int]) -> str:
    """Return how many checks ended in which way."""
    return ", ".join(f"{counts[outcome]} {label}" for outcome, label in TOTALS.items() if counts.get(outcome))


def which(check: Result | Worse) -> str:
    """Return the mode and the variant of *check*."""
    return " · ".join(part for part in (check.mode, check.variant) if part not in (NO_MODE, "")) or "once"


def counted(count: int, noun: str) -> str:
    """Return *count* with its noun."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def headline(report: Report) -> str:
    """Return the verdict in one sentence."""
    if not report.contracts:
        return "No clause ran"
    broken = {(contract.name, result.clause) for contract in report.contracts for result in contract.broken}
    verdict = f"{counted(len(broken), 'promise')} broken" if broken else "Every promise is kept"
    return f"{verdict}, but not everything ran" if report.stopped_early else verdict


def spent(usage: Usage) -> str:
    """Return the tokens and the cost of *usage*, and which of them are not reported."""
    cost = "cost not reported" if usage.cost_usd is None else f"${usage.cost_usd.normalize():f}"
    return f"{_tokens(usage.input_tokens)} in, {_tokens(usage.output_tokens)} out, {cost}"


def _tokens(count: int | None) -> str:
    return "tokens not reported" if count is None else counted(count, "token")


def _worst_of(checks: Sequence[Result]) -> tuple[Outcome, int]:
    outcome = worst(check.outcome for check in checks)
    return outcome, sum(check.outcome is outcome for check in checks)
