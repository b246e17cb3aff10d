"""The folders of `llm_core` import each other without cycles."""

import ast
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pytest

import llm_core

Imports = Mapping[str, frozenset[str]]


def find_modules(root: Path) -> dict[str, Path]:
    """Return the files below the package *root* by the full names of their modules; a package's is its ``__init__``."""
    files = {path: path.relative_to(root.parent).with_suffix("").parts for path in sorted(root.rglob("*.py"))}
    return {".".join(parts).removesuffix(".__init__"): path for path, parts in files.items()}


def read_imports(root: Path) -> Imports:
    """Return the modules below *root* that each of them imports: also within functions, and for type checkers alone."""
    modules = find_modules(root)
    return {
        name: frozenset(_imported(ast.parse(path.read_text(encoding="utf-8")), _package(name, path), modules)) - {name}
        for name, path in modules.items()
    }


def _package(name: str, path: Path) -> str:
    return name if path.stem == "__init__" else name.rpartition(".")[0]


def _imported(tree: ast.Module, package: str, modules: Collection[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names if alias.name in modules)
            case ast.ImportFrom(module=module, names=names, level=level):
                base = package.split(".")[: -(level - 1) or None] if level else []
                source = ".".join([*base, *([module] if module else [])])
                targets = (f"{source}.{alias.name}" for alias in names)
                yield from (target if target in modules else source for target in targets if source in modules)


def assign_nodes(root: Path, imports: Imports) -> dict[str, str]:
    """Return the node of each module: its folder, or its own name at the top of the package *root*.

    A folder with subfolders is two nodes: its plain modules, which a subfolder may import, and its assembling modules,
    which import a subfolder themselves, directly or through another module of the folder.
    """
    folders = {name: _package(name, path) for name, path in find_modules(root).items()}
    nodes = {name: name if folder == root.name else folder for name, folder in folders.items()}
    for folder in {*folders.values()} - {root.name}:
        inside = {name for name in imports if folders[name] == folder}
        below = {name for name in imports if folders[name].startswith(f"{folder}.")}
        nodes.update(dict.fromkeys(_reaching(inside, below, imports), f"{folder} (assembling)"))
    return nodes


def _reaching(inside: Collection[str], below: Collection[str], imports: Imports) -> set[str]:
    """Return the modules *inside* a folder that import a module *below* it, also through others inside."""
    found: set[str] = set()
    while more := {name for name in inside if name not in found and imports[name] & {*below, *found}}:
        found |= more
    return found


def find_cycle(root: Path) -> list[str]:
    """Return the imports of a shortest cycle of folders below *root*, as ``a imports b``; empty if there is none."""
    imports = read_imports(root)
    nodes = assign_nodes(root, imports)
    edges: dict[str, dict[str, str]] = {node: {} for node in nodes.values()}
    for name, targets in imports.items():
        for target in sorted(targets):
            if nodes[name] != nodes[target]:
                edges[nodes[name]].setdefault(nodes[target], f"{name} imports {target}")
    return min((path for node in edges if (path := _way_back(node, edges))), key=len, default=[])


def _way_back(start: str, edges: Mapping[str, Mapping[str, str]]) -> list[str]:
    ways: dict[str, list[str]] = {}
    queue = deque([start])
    while queue and start not in ways:
        node = queue.popleft()
        for target, line in edges[node].items():
            if target not in ways:
                ways[target] = [*ways.get(node, []), line]
                queue.append(target)
    return ways.get(start, [])


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a package without a cycle: `low`, and `high` with a plain module, a subfolder and an assembling module."""
    files = {
        "__init__.py": "from .main import run",
        "main.py": "def run():\n    from .high.table import ROWS",
        "low/__init__.py": "",
        "low/values.py": "import json",
        "high/__init__.py": "",
        "high/plain.py": "from made_up.low import values",
        "high/table.py": "from .rows.first import ROW",
        "high/rows/__init__.py": "",
        "high/rows/first.py": "from ..plain import values",
    }
    root = tmp_path / "made_up"
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def test_the_folders_of_llm_core_have_no_cycle() -> None:
    cycle = find_cycle(Path(str(llm_core.__file__)).parent)

    assert not cycle, "folders import each other in a cycle:\n  " + "\n  ".join(cycle)


def test_a_subfolder_may_import_a_plain_module_of_its_parent(tree: Path) -> None:
    assert [] == find_cycle(tree)


@pytest.mark.parametrize(
    "line",
    [
        "from made_up.high.plain import values",
        "import made_up.high.plain",
        "def read():\n    from ..high import plain",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ..high.plain import values",
    ],
    ids=["absolute", "module", "function", "type-checking"],
)
def test_two_folders_that_import_each_other_are_a_cycle(tree: Path, line: str) -> None:
    (tree / "low" / "values.py").write_text(line, encoding="utf-8")

    cycle = find_cycle(tree)

    assert {
        "made_up.low.values imports made_up.high.plain",
        "made_up.high.plain imports made_up.low.values",
    } == {*cycle}


def test_a_cycle_through_three_folders_is_found(tree: Path) -> None:
    (tree / "low" / "values.py").write_text("from made_up.other.end import END", encoding="utf-8")
    (tree / "other").mkdir()
    (tree / "other" / "end.py").write_text("from made_up.high import rows", encoding="utf-8")
    (tree / "high" / "rows" / "__init__.py").write_text("from .first import ROW", encoding="utf-8")

    cycle = find_cycle(tree)

    assert [
        "made_up.high.plain imports made_up.low.values",
        "made_up.high.rows.first imports made_up.high.plain",
        "made_up.low.values imports made_up.other.end",
        "made_up.other.end imports made_up.high.rows",
    ] == sorted(cycle)


def test_a_subfolder_that_imports_an_assembling_module_of_its_parent_is_a_cycle(tree: Path) -> None:
    (tree / "high" / "rows" / "first.py").write_text("from ..middle import ROWS", encoding="utf-8")
    (tree / "high" / "middle.py").write_text("from .table import ROWS", encoding="utf-8")  # assembles through `table`

    cycle = find_cycle(tree)

    assert {
        "made_up.high.rows.first imports made_up.high.middle",
        "made_up.high.table imports made_up.high.rows.first",
    } == {*cycle}


def test_a_root_module_is_a_node_of_its_own(tree: Path) -> None:
    (tree / "low" / "values.py").write_text("from made_up.extra import EXTRA", encoding="utf-8")
    (tree / "extra.py").write_text("EXTRA = 1", encoding="utf-8")

    assert [] == find_cycle(tree)

    (tree / "extra.py").write_text("from made_up.main import run", encoding="utf-8")

    assert "made_up.main imports made_up.high.table" in find_cycle(tree)
