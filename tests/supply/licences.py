"""Prints the licence of everything that llm_core brings along, and fails on one that nobody has allowed.

``python -m tests.supply.licences``: what is installed here, from the dependencies and extras in pyproject.toml.
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import attrs
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).parents[2] / "pyproject.toml"
ALLOWED = re.compile(r"(The )?MIT\b.*|BSD\b.*|\d-Clause BSD\b.*|Apache\b.*|PSF\b.*|Python Software Foundation License")
# Anything else is listed with what it says, and why that is no trouble.
LISTED: Mapping[str, tuple[str, str]] = {
    "certifi": ("MPL-2.0", "weak copyleft, file by file; used unchanged, and not shipped in our wheel"),
    "hypothesis": ("MPL-2.0", "as certifi; the extra `testing` alone"),
    "pathspec": ("Mozilla Public License 2.0 (MPL 2.0)", "as certifi; the extra `testing` alone, through mypy"),
    "regex": ("Apache-2.0 AND CNRI-Python", "CNRI-Python is the permissive licence of early Python"),
    "shellingham": ("ISC License", "permissive: MIT in fewer words"),
    "tqdm": ("MPL-2.0 AND MIT", "as certifi"),
}


@attrs.frozen
class Licence:
    """What *name* says of itself."""

    name: str
    version: str
    told: str

    @property
    def verdict(self) -> str:
        """Return why it may be used; empty where nobody has allowed it."""
        listed, reason = LISTED.get(self.name, (None, ""))
        if listed == self.told:
            return f"listed: {reason}"
        terms = re.split(r"\s+(?:AND|OR)\s+|\s*/\s*", self.told.replace("(", "").replace(")", ""))
        return "allowed" if all(ALLOWED.fullmatch(term) for term in terms) else ""


def licence_of(found: Distribution) -> Licence:
    """Return what *found* tells: an SPDX expression, else the first line of its licence, else its classifiers."""
    names = [name for name in _told(found, "Classifier") if name.startswith("License ::")]
    classifiers = " AND ".join(name.rpartition(" :: ")[2] for name in names)
    lines = [
        line.strip().partition("\n")[0] for field in ("License-Expression", "License") for line in _told(found, field)
    ]
    said = next((line for line in [*lines, classifiers] if line not in {"", "Dual License"}), "nothing")
    return Licence(canonicalize_name(found.name), found.version, said)


def _told(found: Distribution, field: str) -> list[str]:
    return list(found.metadata.get_all(field) or [])


def brought_along(required: Iterable[str]) -> dict[str, Distribution]:
    """Return what is installed of *required*, and of all that it requires here, by name."""
    found: dict[str, Distribution] = {}
    waiting = [Requirement(one) for one in required]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        wanted = waiting.pop()
        name, extras = canonicalize_name(wanted.name), frozenset(wanted.extras)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        found[name] = distribution(name)
        waiting += _wanted_by(found[name], extras)
    return found


def _wanted_by(found: Distribution, extras: frozenset[str]) -> list[Requirement]:
    wanted = [Requirement(one) for one in found.requires or []]
    return [
        one
        for one in wanted
        if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in ("", *extras))
    ]


def required_by(project: Path) -> list[str]:
    """Return the dependencies and extras in the *project* file, but not the extra that only joins the others."""
    told = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
    extras = [one for name, extra in told["optional-dependencies"].items() if name != "all" for one in extra]
    return [*told["dependencies"], *extras]


def table(licences: Iterable[Licence]) -> str:
    """Return one line for each, in columns."""
    rows = [(f"{one.name} {one.version}", one.told[:40], one.verdict or "NOT ALLOWED") for one in licences]
    return "\n".join(f"{name:34}{told:42}{verdict}" for name, told, verdict in rows)


def main() -> int:
    """Print the table; return 1 where a licence is not allowed, or a dependency is not installed."""
    try:
        found = brought_along(required_by(PROJECT))
    except PackageNotFoundError as missing:
        sys.stderr.write(f"not installed, so its licence is not known: {missing.name}\n")
        return 1
    licences = [licence_of(found[name]) for name in sorted(found)]
    sys.stdout.write(f"{table(licences)}\n")
    return 0 if all(one.verdict for one in licences) else 1


if __name__ == "__main__":
    sys.exit(main())
