"""The security page names only clauses and tests that exist, and every known advisory."""

import re

from llm_core.testing import ChatPortContract

from .licences import PROJECT
from .test_litellm_floor import KNOWN

PAGE = (PROJECT.parent / "docs" / "security.md").read_text(encoding="utf-8")
CLAUSES = {getattr(getattr(ChatPortContract, name), "clause_id", None) for name in dir(ChatPortContract)}


def test_every_clause_on_the_page_is_in_the_contract() -> None:
    named = set(re.findall(r"`((?:error|request|stream|complete)\.[a-z-]+)`", PAGE))

    assert len(named) > 7
    assert set() == named - CLAUSES


def test_every_file_on_the_page_exists() -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.\w+)`", PAGE))

    assert len(named) > 10
    assert set() == {path for path in named if not (PROJECT.parent / path).is_file()}


def test_every_known_advisory_is_on_the_page() -> None:
    advisories = {advisory for problem in KNOWN.values() for advisory in re.findall(r"CVE-[\d-]+", problem)}

    assert set() == {advisory for advisory in advisories if advisory not in PAGE}
    assert {"1.82.7", "1.82.8"} == {version for version in KNOWN if KNOWN[version].startswith("malicious")}
    assert "1.82.7, 1.82.8 | **malicious**" in PAGE
