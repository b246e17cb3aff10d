"""Writes docs/mutants.md from the verdicts of a run."""

import platform
from collections.abc import Sequence
from datetime import UTC, datetime

from .equivalent import REASONS
from .forked import HANGS
from .generated import Mutant
from .trials import Tried

_HEAD = """# Mutation tests

`make mutants` breaks the code of `llm_core` in a sample of places (`<` becomes `<=`, an argument becomes `None`, a
string another string) and runs the tests on each of these mutants. A mutant that no test notices survives: a test is
missing, or the change makes no difference to a caller.

    make mutants                               # 100 mutants, seed 7: this page
    make mutants MUTANTS="--size 50 --seed 8"  # others; nothing is written

The mutants are those of [mutmut](https://mutmut.readthedocs.io) (`requirements/mutmut.txt`): it changes code inside
functions and classes, neither tables nor functions with a decorator. The sample is drawn from all mutants, so that a
long module has more of it; a change of the code replaces only the mutants of what has changed. For each mutant, the
tests that run its line are chosen by coverage; for a field of a class, those of the files that name the class. They
are unit tests of these packages, the contract of `InMemoryChat`, and the contract of `DirectChat`, each clause in one
mode over one of six wires: at most 1,000 tests, those that import the module first. They run until one fails, in a
fork of a process that has collected them, in which the wrong code takes the place of the right code; a survivor
without a reason is tried again in a copy of the project. Hypothesis draws 25 fixed examples, and no test depends on
what an earlier one has cached. Every test that killed a mutant runs in the right code too, at the end. A mutant at
which the tests hang counts as killed.
"""


def page(tried: Sequence[Tried], made: int, seed: int) -> str:
    """Return the page in Markdown."""
    killed = [one.killer for one in tried if one.killer is not None]
    contract = sum(killer.startswith("tests/contract") for killer in killed)
    how = f"{contract} of them by a clause of the contract, {killed.count(HANGS)} by the time limit"
    return f"""{_HEAD}
## Results

{datetime.now(UTC):%d %B %Y}, CPython {platform.python_version()}: {len(tried)} of {made:,} mutants, seed {seed}.
**{len(killed)} of them are killed**, {how}. {len(tried) - len(meaningful(tried))} make no difference to a
caller. Of the other {len(meaningful(tried))}, {share(tried):.1%} are killed.

{table(tried)}
{_survivors([one.mutant for one in tried if one.killer is None])}"""


def meaningful(tried: Sequence[Tried]) -> list[Tried]:
    """Return those that make a difference to a caller: all but the survivors with a reason."""
    return [one for one in tried if one.killer is not None or (one.mutant.file, one.mutant.change) not in REASONS]


def share(tried: Sequence[Tried]) -> float:
    """Return the share of the killed among those that make a difference."""
    return sum(one.killer is not None for one in tried) / len(meaningful(tried))


def table(tried: Sequence[Tried]) -> str:
    """Return the counts of each package as a Markdown table."""
    packages = sorted({_package(one) for one in tried})
    rows = [_row(f"`{package}`", [one for one in tried if _package(one) == package]) for package in packages]
    head = ["| Package | Tried | Killed | Survived |", "| --- | ---: | ---: | ---: |"]
    return "\n".join([*head, *rows, _row("**All**", tried), ""])


def _package(tried: Tried) -> str:
    return tried.mutant.file.split("/")[1]


def _row(name: str, tried: Sequence[Tried]) -> str:
    survived = sum(one.killer is None for one in tried)
    return f"| {name} | {len(tried)} | {len(tried) - survived} | {survived} |"


def _survivors(mutants: Sequence[Mutant]) -> str:
    if not mutants:
        return "No mutant survived.\n"
    lines = ["## Survivors", "", *(line for mutant in mutants for line in _survivor(mutant))]
    return "\n".join([*lines, ""])


def _survivor(mutant: Mutant) -> list[str]:
    reason = REASONS.get((mutant.file, mutant.change), "A test is missing.")
    return [f"- `{mutant.file}`: {reason}", "", f"      - {mutant.removed}", f"      + {mutant.added}", ""]


def summary(tried: Sequence[Tried]) -> str:
    """Return the table and the survivors without a reason, for the terminal."""
    open_ones = [one.mutant for one in meaningful(tried) if one.killer is None]
    lines = [f"A test is missing: {mutant.place}: {mutant.change}" for mutant in open_ones]
    return "\n".join([table(tried), *lines, ""])
