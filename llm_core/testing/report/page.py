"""A report as a single HTML page without external files: broken promises first, then every clause by mode."""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from .areas import AREAS
from .cells import MARKS, TOTALS, counted, headline, spent, totals
from .comparison import Worse
from .prose import prose
from .results import ContractRun, Outcome, Report
from .rows import broken_list, clause_rows
from .worse_list import worse_list

_STYLE = Path(__file__).with_name("page.css")
_COLUMNS = "".join(f'<th scope="col">{mode}</th>' for mode in ("complete", "stream", "acomplete", "astream"))


def report_page(report: Report, worse: Sequence[Worse] | None = None, baseline: str = "") -> str:
    """Return *report* as a complete HTML document, with what became *worse* since *baseline*; None: there is none."""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(headline(report))}: {escape(_adapters(report))}</title>
<style>
{_STYLE.read_text(encoding="utf-8")}</style>
</head>
<body>
<header class="{"kept" if report.kept else "broken"}">
{_head(report)}
</header>
<main>
{"" if worse is None else worse_list(report, worse, baseline)}
{"".join(_contract(contract, number, of=len(report.contracts)) for number, contract in enumerate(report.contracts))}
</main>
</body>
</html>
"""


def _head(report: Report) -> str:
    facts = [*_totals(report), _minute(report.written), f"llm_core {report.llm_core}", f"Python {report.python}"]
    return f"""<p class="who">{escape(_adapters(report))}</p>
<h1>{MARKS[Outcome.PASS if report.kept else Outcome.FAIL]} {escape(headline(report))}</h1>
<ul class="facts">{"".join(f"<li>{escape(fact)}</li>" for fact in facts)}</ul>
{_filters(report)}"""


def _totals(report: Report) -> Iterable[str]:
    seconds = sum(contract.seconds for contract in report.contracts)
    yield f"{counted(sum(report.counts.values()), 'check')} in {seconds:.1f} s"
    if report.deselected:
        yield f"{report.deselected} left out"


def _minute(written: str) -> str:
    return f"{written[:10]} {written[11:16]} UTC"


def _filters(report: Report) -> str:
    boxes = "".join(
        f'<label class="{outcome.name.lower()}"><input type="checkbox" checked id="show-{outcome.name.lower()}"> '
        f"<span>{MARKS[outcome]} {report.counts[outcome]} {label}</span></label>"
        for outcome, label in TOTALS.items()
        if report.counts[outcome]
    )
    return f'<fieldset class="filters"><legend>Show clauses that are</legend>{boxes}</fieldset>' if boxes else ""


def _contract(contract: ContractRun, number: int, *, of: int) -> str:
    return f"""<section class="contract">
<h2{"" if of > 1 else ' class="hidden"'}>{escape(_adapter(contract))}</h2>
<ul class="facts">{"".join(f"<li>{escape(fact)}</li>" for fact in _about(contract, of=of))}</ul>
{broken_list(contract, number)}
{_matrix(contract, number)}
</section>
"""


def _about(contract: ContractRun, *, of: int) -> Iterable[str]:
    yield contract.name
    if contract.adapter:
        yield contract.adapter
    if of > 1:
        yield totals(contract.counts)
    if contract.usage is not None:
        yield spent(contract.usage)


def _matrix(contract: ContractRun, number: int) -> str:
    areas: dict[str, list[str]] = {}
    for checks in contract.by_clause().values():
        areas.setdefault(checks[0].area, []).append(clause_rows(checks, number))
    return "".join(
        f"""<table>
<caption>{escape(area)} <span>{counted(len(bodies), "clause")}</span>{_explained(area)}</caption>
<thead><tr><th scope="col">clause</th>{_COLUMNS}</tr></thead>
{"".join(bodies)}</table>
"""
        for area, bodies in areas.items()
    )


def _explained(area: str) -> str:
    return f'<span class="about">{prose(AREAS[area])}</span>' if area in AREAS else ""


def _adapter(contract: ContractRun) -> str:
    class_name = contract.adapter.rpartition(".")[2] or contract.name
    return " · ".join(part for part in (class_name, contract.version, contract.model) if part)


def _adapters(report: Report) -> str:
    return ", ".join(dict.fromkeys(map(_adapter, report.contracts))) or "no contract"
