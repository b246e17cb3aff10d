"""The range of LiteLLM in pyproject.toml lets no version in that is known to be malicious or vulnerable."""

import re
import tomllib
from collections.abc import Iterator

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from .audit import LOCK
from .licences import PROJECT

# The last version that each concerns; docs/security.md says more.
KNOWN = {
    "1.82.7": "malicious: a stolen publisher's credentials, a payload in the proxy module",
    "1.82.8": "malicious: the same, and a .pth file that runs whenever Python starts",
    "1.44.7": "CVE-2024-6587: a caller's api_base is sent the keys",
    "1.83.6": "CVE-2026-42208, CVE-2026-42203, CVE-2026-42271: injections into the proxy",
    "1.83.13": "CVE-2026-47101, CVE-2026-47102, CVE-2026-40217: from any user of the proxy to its administrator",
}


def let_in(versions: SpecifierSet) -> set[str]:
    return set(versions.filter(KNOWN))


def asked_for() -> Iterator[SpecifierSet]:
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    for requirement in map(Requirement, (one for required in lists for one in required)):
        if requirement.name == "litellm":
            yield requirement.specifier


def test_the_range_lets_none_of_them_in() -> None:
    ranges = list(asked_for())

    assert 1 == len(ranges)
    assert set() == let_in(ranges[0])


def test_nor_is_one_locked() -> None:
    locked = re.findall(r"^litellm==([\w.]+)", LOCK.read_text(encoding="utf-8"), re.MULTILINE)

    assert 1 == len(locked)
    assert set() == let_in(SpecifierSet(f"=={locked[0]}"))


@pytest.mark.parametrize("version", KNOWN)
def test_a_lower_floor_would_be_noticed(version: str) -> None:
    assert version in let_in(SpecifierSet(f">={version},<2"))
