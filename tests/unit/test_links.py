"""Every link of the pages that stays in the project leads to a file, and to a heading where it names one."""

import re
from pathlib import Path

import pytest

TREE = Path(__file__).parents[2]
PAGES = sorted([*TREE.glob("*.md"), *TREE.glob("docs/**/*.md"), *TREE.glob("examples/**/*.md")])
_FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[[^\[\]]*\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def links(page: str) -> list[str]:
    """Return the targets of the links of *page*, without those in code, and of links to other sites."""
    found: list[str] = _LINK.findall(_FENCED.sub("", page))
    return [target for target in found if not target.startswith(("http://", "https://", "mailto:"))]


def anchors(page: str) -> set[str]:
    """Return the anchors of the headings of *page*, as they are made of the text on the pages of code hosts."""
    headings: list[str] = _HEADING.findall(_FENCED.sub("", page))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def dead_links(page: Path) -> list[str]:
    """Return the links of *page* whose file or heading does not exist."""
    return [target for target in links(page.read_text(encoding="utf-8")) if not _leads_somewhere(page, target)]


def _leads_somewhere(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    file = (page.parent / path).resolve() if path else page
    if not anchor or not file.is_file():
        return file.exists()
    return anchor in anchors(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TREE)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert [] == dead_links(page)


def test_a_dead_link_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A `name`, and more\n\n[a](page.md#a-name-and-more) [b](page.md#no-such) [c](gone.md) [d](#a-name-and-more)\n"
        "[e](https://elsewhere.test)\n\n```sh\n# not-a-heading [f](gone.md)\n```\n"
    )

    assert ["page.md#no-such", "gone.md"] == dead_links(page)
