"""Writes `docs/kill-matrix.md`: every broken adapter, and the clause that catches it."""

from collections.abc import Iterator
from pathlib import Path

from llm_core.testing.clauses.failure import paragraphs

from .broken.broken_wrapper import BrokenWrapper
from .broken.cases import BROKEN, BROKEN_BY_AREA, CLAUSES
from .broken.mutating import Broken
from .broken.wrapper_cases import BROKEN_WRAPPERS, BROKEN_WRAPPERS_BY_AREA, WRAPPER_CLAUSES

PAGE = Path(__file__).parents[2] / "docs" / "kill-matrix.md"


def page() -> str:
    """Return the page for the current broken adapters and clauses."""
    return "\n".join([*_head(), *_by_area(), *_by_clause(), *_wrappers()]) + "\n"


def _head() -> Iterator[str]:
    killed = [broken for broken in BROKEN if broken.clause in CLAUSES]
    kills = {broken.clause for broken in killed}
    yield "# The kill matrix"
    yield ""
    yield f"**{len(killed)} of {len(BROKEN)} broken adapters are killed; {len(kills)} of {len(CLAUSES)} clauses kill.**"
    yield ""
    yield "Each broken adapter is a correct one with one change. `tests/contract/test_contract_has_teeth.py` runs the"
    yield "clause over both: it must pass over the correct adapter, and fail over the broken one with the message that"
    yield "is declared for it. `make kill-matrix` runs that test and writes this page from the same declarations;"
    yield "`tests/contract/test_kill_matrix.py` fails if the page is out of date."


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


def _wrappers() -> Iterator[str]:
    yield from ("", "# Wrappers", "")
    kills = {broken.clause for broken in BROKEN_WRAPPERS}
    yield (
        f"**{len(BROKEN_WRAPPERS)} of {len(BROKEN_WRAPPERS)} broken wrappers are killed; "
        f"{len(kills)} of {len(WRAPPER_CLAUSES)} clauses about wrappers kill.**"
    )
    yield "`tests/contract/test_wrapper_contract_has_teeth.py` runs them."
    for area, cases in BROKEN_WRAPPERS_BY_AREA.items():
        yield from ("", f"## Broken wrappers, `{area}`: {len(cases)}", "")
        yield from ("| Broken wrapper | What is broken | Killed by |", "| --- | --- | --- |")
        for broken in cases:
            yield f"| `{broken.name}` | {_sentence(broken)} | `{broken.clause}` |"
    yield from ("", f"## The clauses about wrappers: {len(WRAPPER_CLAUSES)}", "")
    yield from ("| Clause | What it promises | Kills |", "| --- | --- | --- |")
    for name in sorted(WRAPPER_CLAUSES):
        killed = sum(broken.clause == name for broken in BROKEN_WRAPPERS)
        yield f"| `{name}` | {_cell(paragraphs(WRAPPER_CLAUSES[name])[0])} | {killed} |"


def _sentence(broken: Broken | BrokenWrapper) -> str:
    """Return the adapter's name as a sentence, with the clause parameters that it is declared for, if any."""
    where = ", ".join(f"{name} {_short(value)}" for name, value in broken.parameters.items())
    return f"{broken.name.replace('_', ' ').capitalize()}{f' ({where})' if where else ''}."


def _made(broken: Broken) -> str:
    return "over HTTP" if broken.over_http else "in memory"


def _short(value: object) -> str:
    """Return a string, an integer or None as it is, and the class name of any other value."""
    if isinstance(value, str):
        return f"`{_cell(value)}`" if value else "empty"
    return f"`{value}`" if isinstance(value, int | None) else f"`{type(value).__name__}`"


def _cell(text: str) -> str:
    """Return *text* on one line, with the column separator escaped."""
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
