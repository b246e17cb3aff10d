"""Prints the licence of every dependency of llm_core, and fails on one that is not allowed.

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
# Any other licence is listed with its exact text, and the reason why it is acceptable.
LISTED: Mapping[str, tuple[str, str]] = {
    "certifi": ("MPL-2.0", "weak copyleft, file by file; used unchanged, and not shipped in our wheel"),
    "hypothesis": ("MPL-2.0", "as certifi; the extra `testing` alone"),
    "pathspec": ("Mozilla Public License 2.0 (MPL 2.0)", "as certifi; the extra `testing` alone, through mypy"),
    "regex": ("Apache-2.0 AND CNRI-Python", "CNRI-Python is the permissive licence of early Python"),
    "shellingham": ("ISC License", "permissive: a shorter MIT"),
    "tqdm": ("MPL-2.0 AND MIT", "as certifi"),
}


@attrs.frozen
class Licence:
    """The licence that the package *name* declares."""

    name: str
    version: str
    declared: str

    @property
    def verdict(self) -> str:
        """Return why the licence is allowed, or an empty string if it is not."""
        listed, reason = LISTED.get(self.name, (None, ""))
        if listed == self.declared:
            return f"listed: {reason}"
        terms = re.split(r"\s+(?:AND|OR)\s+|\s*/\s*", self.declared.replace("(", "").replace(")", ""))
        return "allowed" if all(ALLOWED.fullmatch(term) for term in terms) else ""


def licence_of(found: Distribution) -> Licence:
    """Return the licence of *found*: its SPDX expression, else the first line of `License`, else its classifiers."""
    names = [name for name in _metadata(found, "Classifier") if name.startswith("License ::")]
    classifiers = " AND ".join(name.rpartition(" :: ")[2] for name in names)
    lines = [
        line.strip().partition("\n")[0]
        for field in ("License-Expression", "License")
        for line in _metadata(found, field)
    ]
    declared = next((line for line in [*lines, classifiers] if line not in {"", "Dual License"}), "nothing")
    return Licence(canonicalize_name(found.name), found.version, declared)


def _metadata(found: Distribution, field: str) -> list[str]:
    return list(found.metadata.get_all(field) or [])


def installed_dependencies(required: Iterable[str]) -> dict[str, Distribution]:
    """Return by name the installed distributions of *required* and, recursively, of their requirements."""
    found: dict[str, Distribution] = {}
    pending = [Requirement(text) for text in required]
    seen: set[tuple[str, frozenset[str]]] = set()
    while pending:
        requirement = pending.pop()
        name, extras = canonicalize_name(requirement.name), frozenset(requirement.extras)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        found[name] = distribution(name)
        pending += _required_by(found[name], extras)
    return found


def _required_by(found: Distribution, extras: frozenset[str]) -> list[Requirement]:
    requirements = [Requirement(text) for text in found.requires or []]
    return [
        requirement
        for requirement in requirements
        if requirement.marker is None or any(requirement.marker.evaluate({"extra": extra}) for extra in ("", *extras))
    ]


def required_by(project: Path) -> list[str]:
    """Return the dependencies and extras in the *project* file, without the extra `all`, which joins the others."""
    metadata = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
    extras = [
        requirement
        for name, extra in metadata["optional-dependencies"].items()
        if name != "all"
        for requirement in extra
    ]
    return [*metadata["dependencies"], *extras]


def table(licences: Iterable[Licence]) -> str:
    """Return one line for each licence, in columns."""
    rows = [
        (f"{licence.name} {licence.version}", licence.declared[:40], licence.verdict or "NOT ALLOWED")
        for licence in licences
    ]
    return "\n".join(f"{name:34}{declared:42}{verdict}" for name, declared, verdict in rows)


def main() -> int:
    """Print the table; return 1 if a licence is not allowed or a dependency is not installed."""
    try:
        found = installed_dependencies(required_by(PROJECT))
    except PackageNotFoundError as missing:
        sys.stderr.write(f"not installed, so its licence is not known: {missing.name}\n")
        return 1
    licences = [licence_of(found[name]) for name in sorted(found)]
    sys.stdout.write(f"{table(licences)}\n")
    return 0 if all(licence.verdict for licence in licences) else 1


if __name__ == "__main__":
    sys.exit(main())
