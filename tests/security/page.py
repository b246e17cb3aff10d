"""The tables of docs/security.md that name what holds each promise."""

from collections.abc import Iterator

from llm_core.testing import ChatPortContract

from .copies import PROJECT
from .promise import DIRECT_CHAT, Promise

PAGE = PROJECT / "docs" / "security.md"
HELD_BY = "held by"  # the column


def rows(page: str) -> Iterator[tuple[str, str]]:
    """Yield the text of each promise, and the cell that names its clauses and tests."""
    column = None
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            column = None
        elif HELD_BY in cells:
            column = cells.index(HELD_BY)
        elif column is not None and not cells[0].startswith("---"):
            yield cells[0], cells[column]


def held_by(promise: Promise) -> str:
    """Return the cell for *promise*: its clauses, then the files of its tests."""
    clauses = {clause_of(test) for test in promise.tests if test.startswith(DIRECT_CHAT)}
    files = {test.partition("::")[0] for test in promise.tests if not test.startswith(DIRECT_CHAT)}
    return ", ".join(f"`{name}`" for name in (*sorted(clauses), *sorted(files)))


def clause_of(test: str) -> str:
    """Return the name of the clause that *test*, a node id of a contract, runs."""
    method = test.rpartition("::")[2].partition("[")[0]
    return str(getattr(ChatPortContract, method).clause_id)
