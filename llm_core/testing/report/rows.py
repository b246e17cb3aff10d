"""The parts of the page about one clause: its row in the matrix, and the details where it is broken."""

from collections.abc import Iterable, Sequence
from html import escape

from .cells import MARKS, cell, counted, which
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
<tr><th scope="row"><code>{escape(first.clause)}</code> <span class="sentence">{escape(first.sentence)}</span>
{"".join(f'<span class="reason">{escape(reason)}</span>' for reason in reasons)}
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
    return "".join(_cell(by_mode[mode], number, mode) if mode in by_mode else _no_cell(mode) for mode in _MODES)


def _cell(checks: Sequence[Result], number: int, mode: str, span: str = "") -> str:
    outcome = worst(check.outcome for check in checks)
    shown = escape(cell(checks))
    label = "" if mode == NO_MODE else f' data-mode="{mode}"'
    if outcome is Outcome.FAIL:
        shown = f'<a href="#{_anchor(checks[0].clause, number)}"{label}>{shown}</a>'
    return f'<td class="{outcome.name.lower()}"{label}{span}>{shown}</td>'


def _no_cell(mode: str) -> str:
    return f'<td class="none" data-mode="{mode}"><span class="hidden">does not apply</span></td>'


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
<p class="sentence">{escape(first.sentence)}</p>
{_message(first)}
{_look(first)}
{_others(failed[1:])}</article>
"""


def _message(check: Result) -> str:
    return f'<p class="which">{escape(which(check))}</p><pre tabindex="0">{escape(check.message)}</pre>'


def _look(check: Result) -> str:
    look = f"<p>{escape(check.look)}</p>" if check.look else ""
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


def _anchor(clause: str, number: int) -> str:
    return escape(f"broken-{number}-{clause}", quote=True)
