from .broken.cases import BROKEN, CLAUSES
from .kill_matrix import PAGE, page


def test_the_kill_matrix_is_current() -> None:
    assert page() == PAGE.read_text(encoding="utf-8"), "the table of cases has changed: run `make kill-matrix`"


def test_the_kill_matrix_names_every_broken_adapter_and_every_clause() -> None:
    told = PAGE.read_text(encoding="utf-8")

    missing = [name for name in (*(broken.name for broken in BROKEN), *CLAUSES) if f"| `{name}` |" not in told]

    assert [] == missing
