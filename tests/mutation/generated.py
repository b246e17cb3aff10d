"""The mutants that mutmut's mutators make of the functions of some packages, and a sample of them."""

import ast
import difflib
import hashlib
import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import attrs
from libcst import CSTNode, Module
from mutmut.mutation.file_mutation import create_mutations


@attrs.frozen(kw_only=True)
class Mutant:
    """The text of *file* with one wrong place, which begins on *line* of the right text."""

    file: str
    line: int
    text: str
    removed: str
    added: str

    @property
    def place(self) -> str:
        """Return the file and the line."""
        return f"{self.file}:{self.line}"

    @property
    def change(self) -> str:
        """Return the changed lines in one, as the page shows them and the reasons of survivors name them."""
        return f"{self.removed} => {self.added}"


@attrs.frozen(kw_only=True)
class Sample:
    """Some mutants of *made*."""

    made: int
    mutants: Sequence[Mutant]


def sample(root: Path, home: Path, packages: Sequence[str], *, size: int, seed: int) -> Sample:
    """Return *size* mutants, the same ones for the same seed and code; they are kept in *home*, since it is slow.

    A change of the code replaces only the mutants of what has changed.
    """
    file = home / f"sample-{seed}-{size}.json"
    if not file.exists():
        drawn = _draw(root, packages, size=size, seed=seed)
        file.write_text(json.dumps(attrs.asdict(drawn)), encoding="utf-8")
    kept = json.loads(file.read_text(encoding="utf-8"))
    return Sample(made=kept["made"], mutants=[Mutant(**fields) for fields in kept["mutants"]])


def _draw(root: Path, packages: Sequence[str], *, size: int, seed: int) -> Sample:
    made = [made for package in packages for made in _made(root, package)]
    made.sort(key=lambda one: hashlib.sha256(f"{seed} {one.name}".encode()).digest())
    mutants = (mutant for one in made if (mutant := _mutant(root, one.file, one.text())) is not None)
    return Sample(made=len(made), mutants=list(itertools.islice(mutants, size)))


@attrs.frozen
class _Made:
    """A mutation of *file*; *name* is of its own, and does not change with the code around it."""

    file: str
    name: str
    text: Callable[[], str]


def _made(root: Path, package: str) -> Iterator[_Made]:
    """Yield the mutations of functions and classes.

    Tables run when their module is imported: coverage names no test for them.
    """
    for file in sorted((root / "llm_core" / package).rglob("*.py")):
        name = str(file.relative_to(root))
        module, mutations, *_ = create_mutations(name, file.read_text(encoding="utf-8"))
        seen = Counter[str]()
        for mutation in mutations:
            around = mutation.contained_by_top_level_function
            if around is not None:
                change = " => ".join(map(module.code_for_node, (mutation.original_node, mutation.mutated_node)))
                place = f"{name} {module.code_for_node(getattr(around, 'name', around))}: {change}"
                seen[place] += 1
                text = partial(_code, module, mutation.original_node, mutation.mutated_node)
                yield _Made(name, f"{place} {seen[place]}", text)


def _code(module: Module, original: CSTNode, mutated: CSTNode) -> str:
    changed = module.deep_replace(original, mutated)
    assert isinstance(changed, Module)
    code: str = changed.code
    return code


def _mutant(root: Path, file: str, text: str) -> Mutant | None:
    """Return the mutant of *file*, or None if *text* is no Python or means the same."""
    right = (root / file).read_text(encoding="utf-8")
    try:
        if ast.dump(ast.parse(text)) == ast.dump(ast.parse(right)):
            return None
    except SyntaxError:
        return None
    before, after = right.splitlines(), text.splitlines()
    changes = [step for step in difflib.SequenceMatcher(None, before, after).get_opcodes() if step[0] != "equal"]
    (_, start, _, first, _), (_, _, end, _, last) = changes[0], changes[-1]
    removed, added = (" ".join(" ".join(lines).split()) for lines in (before[start:end], after[first:last]))
    return Mutant(file=file, line=start + 1, text=text, removed=removed, added=added)
