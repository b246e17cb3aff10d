"""What the list of licences lets through, and what it does not."""

from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest

from .licences import LISTED, Licence, brought_along, licence_of, required_by, table

PROJECT = """
[project]
dependencies = ["attrs"]
[project.optional-dependencies]
cli = ["typer>=0.20"]
all = ["llm-core[cli]"]
"""


@pytest.mark.parametrize(
    "told",
    ["MIT", "The MIT License (MIT)", "BSD-3-Clause", "BSD License", "Apache 2.0", "Apache-2.0 AND MIT", "PSF-2.0"],
)
def test_a_licence_that_asks_for_nothing_is_allowed(told: str) -> None:
    assert "allowed" == Licence("x", "1", told).verdict


@pytest.mark.parametrize(
    "told", ["GPL-3.0", "MIT AND GPL-3.0-only", "(MIT OR LGPL-2.1)", "AGPL", "MPL-2.0", "nothing", "Proprietary", ""]
)
def test_any_other_is_not(told: str) -> None:
    licence = Licence("x", "1", told)

    assert "" == licence.verdict
    assert "NOT ALLOWED" in table([licence])


def test_a_listed_one_is_allowed_as_long_as_it_says_the_same() -> None:
    told, reason = LISTED["certifi"]

    assert f"listed: {reason}" == Licence("certifi", "1", told).verdict
    assert "" == Licence("certifi", "1", "GPL-3.0").verdict


def test_the_expression_is_told_first_then_the_licence_then_the_classifiers(tmp_path: Path) -> None:
    classifier = "Classifier: License :: OSI Approved :: BSD License\n"
    texts = [f"License-Expression: MIT\n{classifier}", f"License: ISC\n{classifier}", classifier, ""]

    told = [licence_of(written(tmp_path / str(index), text)).told for index, text in enumerate(texts)]

    assert ["MIT", "ISC", "BSD License", "nothing"] == told


def test_what_extras_bring_and_what_that_brings_is_found(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PROJECT)

    required = required_by(tmp_path / "pyproject.toml")
    found = brought_along(required)

    assert ["attrs", "typer>=0.20"] == required
    assert {"attrs", "typer", "rich", "pygments"} <= set(found)
    assert "MIT" == licence_of(distribution("attrs")).told


def written(folder: Path, text: str) -> Distribution:
    """Return a distribution whose metadata say *text*."""
    home = folder / "acme-1.dist-info"
    home.mkdir(parents=True)
    (home / "METADATA").write_text(f"Metadata-Version: 2.4\nName: acme\nVersion: 1\n{text}")
    return Distribution.at(home)
