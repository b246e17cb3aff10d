"""The security page names every known advisory; `tests/security` holds it to its promises."""

import re

from .licences import PROJECT
from .test_litellm_floor import KNOWN

PAGE = (PROJECT.parent / "docs" / "security.md").read_text(encoding="utf-8")


def test_every_known_advisory_is_on_the_page() -> None:
    advisories = {advisory for problem in KNOWN.values() for advisory in re.findall(r"CVE-[\d-]+", problem)}

    assert set() == {advisory for advisory in advisories if advisory not in PAGE}
    assert {"1.82.7", "1.82.8"} == {version for version in KNOWN if KNOWN[version].startswith("malicious")}
    assert "1.82.7, 1.82.8 | **malicious**" in PAGE
