"""The range of LiteLLM in pyproject.toml excludes every version that is known to be malicious or vulnerable."""

import re
import tomllib
from collections.abc import Iterator

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from .audit import LOCK
from .licences import PROJECT

# The last version that each one affects; docs/security.md has the details.
KNOWN = {
    "1.82.7": "malicious: a stolen publisher's credentials, a payload in the proxy module",
    "1.82.8": "malicious: the same, and a .pth file that runs whenever Python starts",
    "1.44.7": "CVE-2024-6587: a caller's api_base is sent the keys",
    "1.83.6": "CVE-2026-42208, CVE-2026-42203, CVE-2026-42271: injections into the proxy",
    "1.83.13": "CVE-2026-47101, CVE-2026-47102, CVE-2026-40217: from any user of the proxy to its administrator",
}


def known_bad_versions(versions: SpecifierSet) -> set[str]:
    return set(versions.filter(KNOWN))


def litellm_ranges() -> Iterator[SpecifierSet]:
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    for requirement in map(Requirement, (text for required in lists for text in required)):
        if requirement.name == "litellm":
            yield requirement.specifier


def test_the_range_excludes_every_known_bad_version() -> None:
    ranges = list(litellm_ranges())

    assert 1 == len(ranges)
    assert set() == known_bad_versions(ranges[0])


def test_the_locked_version_is_not_a_known_bad_one() -> None:
    locked = re.findall(r"^litellm==([\w.]+)", LOCK.read_text(encoding="utf-8"), re.MULTILINE)

    assert 1 == len(locked)
    assert set() == known_bad_versions(SpecifierSet(f"=={locked[0]}"))


@pytest.mark.parametrize("version", KNOWN)
def test_a_lower_floor_would_fail(version: str) -> None:
    assert version in known_bad_versions(SpecifierSet(f">={version},<2"))
