from .broken.cases import BROKEN, CLAUSES
from .kill_matrix import PAGE, page


def test_the_kill_matrix_page_is_up_to_date() -> None:
    assert page() == PAGE.read_text(encoding="utf-8"), "the page is out of date: run `make kill-matrix`"


def test_the_kill_matrix_names_every_broken_adapter_and_every_clause() -> None:
    text = PAGE.read_text(encoding="utf-8")

    missing = [name for name in (*(broken.name for broken in BROKEN), *CLAUSES) if f"| `{name}` |" not in text]

    assert [] == missing
