"""Tests for the licences that are allowed, and for those that are not."""

from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest

from .licences import LISTED, Licence, installed_dependencies, licence_of, required_by, table

PROJECT = """
[project]
dependencies = ["attrs"]
[project.optional-dependencies]
cli = ["rich>=14"]
all = ["llm-core[cli]"]
"""


@pytest.mark.parametrize(
    "declared",
    ["MIT", "The MIT License (MIT)", "BSD-3-Clause", "BSD License", "Apache 2.0", "Apache-2.0 AND MIT", "PSF-2.0"],
)
def test_a_permissive_licence_is_allowed(declared: str) -> None:
    assert "allowed" == Licence("x", "1", declared).verdict


@pytest.mark.parametrize(
    "declared",
    ["GPL-3.0", "MIT AND GPL-3.0-only", "(MIT OR LGPL-2.1)", "AGPL", "MPL-2.0", "nothing", "Proprietary", ""],
)
def test_any_other_licence_is_not_allowed(declared: str) -> None:
    licence = Licence("x", "1", declared)

    assert "" == licence.verdict
    assert "NOT ALLOWED" in table([licence])


def test_a_listed_package_is_allowed_only_with_the_listed_licence() -> None:
    declared, reason = LISTED["certifi"]

    assert f"listed: {reason}" == Licence("certifi", "1", declared).verdict
    assert "" == Licence("certifi", "1", "GPL-3.0").verdict


def test_the_licence_is_the_expression_or_the_license_field_or_the_classifiers(tmp_path: Path) -> None:
    classifier = "Classifier: License :: OSI Approved :: BSD License\n"
    texts = [f"License-Expression: MIT\n{classifier}", f"License: ISC\n{classifier}", classifier, ""]

    declared = [licence_of(make_distribution(tmp_path / str(index), text)).declared for index, text in enumerate(texts)]

    assert ["MIT", "ISC", "BSD License", "nothing"] == declared


def test_dependencies_of_extras_are_found_recursively(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PROJECT)

    required = required_by(tmp_path / "pyproject.toml")
    found = installed_dependencies(required)

    assert ["attrs", "rich>=14"] == required
    assert {"attrs", "rich", "pygments"} <= set(found)
    assert "MIT" == licence_of(distribution("attrs")).declared


def make_distribution(folder: Path, text: str) -> Distribution:
    """Return a distribution whose metadata ends in *text*."""
    home = folder / "acme-1.dist-info"
    home.mkdir(parents=True)
    (home / "METADATA").write_text(f"Metadata-Version: 2.4\nName: acme\nVersion: 1\n{text}")
    return Distribution.at(home)
