"""Writes `docs/kill-matrix.md`: every broken adapter, and the clause that catches it."""

from collections.abc import Iterator
from pathlib import Path

from llm_core.testing.clauses.clause import paragraphs

from .broken.cases import BROKEN, BROKEN_BY_AREA, CLAUSES
from .broken.mutating import Broken

PAGE = Path(__file__).parents[2] / "docs" / "kill-matrix.md"


def page() -> str:
    """Return the page, as the table of cases stands now."""
    return "\n".join([*_head(), *_by_area(), *_by_clause()]) + "\n"


def _head() -> Iterator[str]:
    killed = [broken for broken in BROKEN if broken.clause in CLAUSES]
    kills = {broken.clause for broken in killed}
    yield "# The kill matrix"
    yield ""
    yield f"**{len(killed)} of {len(BROKEN)} broken adapters are killed; {len(kills)} of {len(CLAUSES)} clauses kill.**"
    yield ""
    yield "Every adapter here is a correct one that was broken in one place. The clause is run over both by"
    yield "`tests/contract/test_contract_has_teeth.py`: it must pass over the correct one, and fail over the broken"
    yield "one with the words that are expected of it. `make kill-matrix` runs that test and writes this page from the"
    yield "same table of cases; `tests/contract/test_kill_matrix.py` fails while the page and the table differ."


def _by_area() -> Iterator[str]:
    for area, cases in BROKEN_BY_AREA.items():
        yield from ("", f"## Broken in `{area}`: {len(cases)}", "")
        yield from ("| Broken adapter | What is broken | Made | Killed by |", "| --- | --- | --- | --- |")
        for broken in cases:
            yield f"| `{broken.name}` | {_sentence(broken)} | {_made(broken)} | `{broken.clause}` |"


def _by_clause() -> Iterator[str]:
    yield from ("", f"## The clauses: {len(CLAUSES)}", "")
    yield from ("| Clause | What it promises | Kills |", "| --- | --- | --- |")
    for name in sorted(CLAUSES):
        kills = sum(broken.clause == name for broken in BROKEN)
        yield f"| `{name}` | {_cell(paragraphs(CLAUSES[name])[0])} | {kills} |"


def _sentence(broken: Broken) -> str:
    """Return what is broken: the name says it, and where one choice of parameters alone shows it, that is added."""
    where = ", ".join(f"{name} {_short(value)}" for name, value in broken.given.items())
    return f"It {broken.name.replace('_', ' ')}{f' ({where})' if where else ''}."


def _made(broken: Broken) -> str:
    return "over HTTP" if broken.over_http else "in memory"


def _short(value: object) -> str:
    """Return the value where a cell has room for it, else its type."""
    if isinstance(value, str):
        return f"`{_cell(value)}`" if value else "empty"
    return f"`{value}`" if isinstance(value, int | None) else f"`{type(value).__name__}`"


def _cell(text: str) -> str:
    """Return text that stays within its cell."""
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
