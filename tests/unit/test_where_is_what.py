"""The files and names in docs/where-is-what.md exist, and so does everything that the other pages refer to."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TREE = Path(__file__).parents[2]
PAGES = [TREE / "README.md", TREE / "CONTRIBUTING.md", TREE / "CHANGELOG.md", *sorted((TREE / "docs").rglob("*.md"))]
TABLE = [
    [cell.strip() for cell in line.strip("| ").split(" | ")]
    for line in (TREE / "docs" / "where-is-what.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ")
]
ROWS = TABLE[1:]  # without the header
OF_THE_EXAMPLE = ("tests/test_", "third_party_chat/")  # paths in the folder that docs/writing-an-adapter.md creates


def _defined_in(file: Path) -> Iterator[str]:
    """Yield the names that *file* defines at module level; an import is not a definition."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case _:
                pass


@pytest.mark.parametrize(("task", "file", "names"), ROWS, ids=[task for task, *_ in ROWS])
def test_the_file_of_a_task_exists_and_defines_the_names(task: str, file: str, names: str) -> None:
    path, wanted = TREE / "llm_core" / file.strip("`"), {name.strip("`") for name in names.split(", ")}

    assert path.is_file(), f"docs/where-is-what.md: llm_core has no {file}; task: {task}"
    missing = sorted(wanted - {*_defined_in(path)})
    assert [] == missing, f"docs/where-is-what.md: {file} does not define {', '.join(missing)}"


def test_there_are_at_least_twenty_tasks() -> None:
    assert 20 <= len(ROWS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TREE)))
def test_the_paths_that_a_page_names_exist(page: Path) -> None:
    named = re.findall(r"`((?:\w+/)+\w*(?:\.\w+)?)`", page.read_text(encoding="utf-8"))
    roots = (TREE, TREE / "llm_core", TREE / "tests")
    folders = {path.name for root in roots for path in root.iterdir() if path.is_dir()}
    paths = [path for path in named if path.partition("/")[0] in folders and not path.startswith(OF_THE_EXAMPLE)]

    assert [] == [path for path in paths if not any((root / path).exists() for root in roots)]
