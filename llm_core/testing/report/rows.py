"""The parts of the page about one clause: its row in the matrix, and the details where it is broken."""

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby

from .cells import MARKS, cell, counted, which
from .prose import prose
from .results import NO_MODE, ContractRun, Outcome, Result, worst

_MODES = ("complete", "stream", "acomplete", "astream")


def broken_list(contract: ContractRun, number: int) -> str:
    """Return the details of each broken promise; empty where none is broken."""
    broken = {clause: _failed(checks) for clause, checks in contract.by_clause().items() if _failed(checks)}
    if not broken:
        return ""
    articles = "".join(_article(clause, checks, number) for clause, checks in broken.items())
    glance = "".join(
        f'<li><a href="#{_anchor(clause, number)}">{escape(clause)}</a> <span>{escape(_in_modes(checks))}</span></li>'
        for clause, checks in broken.items()
    )
    return f"""<div class="broken-list">
<h3>{counted(len(broken), "broken promise")}</h3>
<ol class="glance">{glance}</ol>
{articles}</div>"""


def clause_rows(checks: Sequence[Result], number: int) -> str:
    """Return the row of a clause, with a cell for each mode, and its details."""
    outcome, first = worst(check.outcome for check in checks), checks[0]
    reasons = dict.fromkeys(check.message for check in checks if check.outcome in (Outcome.XFAIL, Outcome.SKIP))
    return f"""<tbody class="worst-{outcome.name.lower()}">
<tr id="{promise_anchor(first.clause, number)}"><th scope="row">
<a class="own" href="#{promise_anchor(first.clause, number)}"><code>{escape(first.clause)}</code></a>
<span class="sentence">{prose(first.sentence)}</span>
{"".join(f'<span class="reason">{prose(reason)}</span>' for reason in reasons)}
{_details(checks)}</th>
{_cells(checks, number)}</tr>
</tbody>
"""


def _cells(checks: Sequence[Result], number: int) -> str:
    by_mode: dict[str, list[Result]] = {}
    for check in checks:
        by_mode.setdefault(check.mode, []).append(check)
    if NO_MODE in by_mode:
        return _cell(by_mode[NO_MODE], number, NO_MODE, ' colspan="4"')
    cells = []
    for why, modes in groupby(_MODES, key=lambda mode: "" if mode in by_mode else _why_not(checks, mode)):
        names = list(modes)
        cells += [_no_cell(names, why)] if why else [_cell(by_mode[mode], number, mode) for mode in names]
    return "".join(cells)


def _cell(checks: Sequence[Result], number: int, mode: str, span: str = "") -> str:
    outcome = worst(check.outcome for check in checks)
    shown = escape(cell(checks))
    label = "" if mode == NO_MODE else f' data-mode="{mode}"'
    if outcome is Outcome.FAIL:
        shown = f'<a href="#{_anchor(checks[0].clause, number)}"{label}>{shown}</a>'
    return f'<td class="{outcome.name.lower()}"{label}{span}>{shown}</td>'


def _why_not(checks: Sequence[Result], mode: str) -> str:
    """Return why no check has *mode*: the clause does not have it, or the run left it out."""
    modes = checks[0].modes
    return "not checked" if mode in modes else "does not apply" if modes else "no check"


def _no_cell(modes: Sequence[str], why: str) -> str:
    span = f' style="--span: {len(modes)}" colspan="{len(modes)}"' if len(modes) > 1 else ""
    return f'<td class="none" data-mode="{", ".join(modes)}"{span}>{why}</td>'


def _details(checks: Sequence[Result]) -> str:
    lines = "".join(
        f'<li class="{check.outcome.name.lower()}">{MARKS[check.outcome]} {escape(which(check))} '
        f"<span>{check.outcome}, {check.seconds * 1000:.0f} ms</span></li>"
        for check in checks
    )
    seconds = sum(check.seconds for check in checks)
    return f"<details><summary>{counted(len(checks), 'check')}, {seconds:.2f} s</summary><ul>{lines}</ul></details>"


def _article(clause: str, failed: Sequence[Result], number: int) -> str:
    first = failed[0]
    return f"""<article id="{_anchor(clause, number)}">
<h4><span class="mark">{MARKS[Outcome.FAIL]}</span> <code>{escape(clause)}</code>
<span>{escape(_in_modes(failed))}</span></h4>
<p class="sentence">{prose(first.sentence)}
<a href="#{promise_anchor(clause, number)}">All checks of this promise</a></p>
{_message(first)}
{_look(first)}
{_others(failed[1:])}</article>
"""


def _message(check: Result) -> str:
    return f'<p class="which">{escape(which(check))}</p><pre tabindex="0">{escape(check.message)}</pre>'


def _look(check: Result) -> str:
    look = f"<p>{prose(check.look)}</p>" if check.look else ""
    lines = "".join(f"<li><code>{escape(place)}</code></li>" for place in check.places)
    places = f"<ul>{lines}</ul>" if lines else ""
    return f'<div class="look"><p class="label">Where to look</p>{look}{places}</div>' if look or places else ""


def _others(failed: Sequence[Result]) -> str:
    if not failed:
        return ""
    inside = "".join(map(_message, failed))
    return f"<details><summary>{len(failed)} more like it</summary>{inside}</details>"


def _failed(checks: Iterable[Result]) -> list[Result]:
    return [check for check in checks if check.outcome is Outcome.FAIL]


def _in_modes(failed: Sequence[Result]) -> str:
    modes = [mode for mode in _MODES if any(check.mode == mode for check in failed)]
    return f"{counted(len(failed), 'check')} in {', '.join(modes)}" if modes else counted(len(failed), "check")


def promise_anchor(clause: str, number: int) -> str:
    """Return the id of the row of *clause* in the contract *number*."""
    return escape(f"promise-{number}-{clause}", quote=True)


def _anchor(clause: str, number: int) -> str:
    return escape(f"broken-{number}-{clause}", quote=True)
