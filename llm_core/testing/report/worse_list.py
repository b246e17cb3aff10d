"""The part of the page, and the lines of the terminal, about what became worse since a baseline."""

from collections.abc import Iterator, Sequence
from html import escape

from .cells import LABELS, counted, which
from .comparison import Worse
from .results import Report
from .rows import promise_anchor


def worse_list(report: Report, worse: Sequence[Worse], baseline: str) -> str:
    """Return the list of *worse* checks, each with a link to its promise in *report*."""
    if not worse:
        return f'<section class="worse"><h2>Nothing is worse than in {escape(baseline)}</h2></section>'
    numbers = {contract.name: number for number, contract in enumerate(report.contracts)}
    shown = [f"{_clause(check, numbers.get(check.contract))} <span>{escape(_change(check))}</span>" for check in worse]
    items = "".join(f"<li>{item}</li>" for item in shown)
    heading = f"{counted(len(worse), 'check')} worse than in {escape(baseline)}"
    return f'<section class="worse"><h2>{heading}</h2><ol class="glance">{items}</ol></section>'


def worse_lines(worse: Sequence[Worse], baseline: str) -> Iterator[str]:
    """Yield *worse* as lines of text."""
    if not worse:
        yield f"nothing is worse than in {baseline}"
    for check in worse:
        yield f"worse than in {baseline}: {check.clause} {_change(check)}"


def _change(check: Worse) -> str:
    now = "not checked" if check.now is None else LABELS[check.now]
    return f"({which(check)}): {LABELS[check.before]}, now {now}"


def _clause(check: Worse, number: int | None) -> str:
    name = escape(check.clause)
    if number is None or check.now is None:
        return f"<code>{name}</code>"
    return f'<a href="#{promise_anchor(check.clause, number)}">{name}</a>'
