"""Breaks llm_core in a sample of places, and reports the mutants that neither unit tests nor the contract notice.

    python -m tests.mutation.mutants --size 100 --seed 7

Each mutant is tried in a copy of the project with the tests that run its line. What is finished is kept under
``build/mutants``, so that a run that was interrupted goes on where it ended. The exit code is 1 below 95 %.
"""

import argparse
import asyncio
import hashlib
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

from .chosen_tests import ChosenTests, chosen_tests
from .generated import Mutant, sample
from .page import Tried, page, summary
from .trial import copy_project, first_failure, killer

ROOT = Path(__file__).parents[2]
PACKAGES = ("domain", "ports", "wires", "providers", "transport")
PAGE = ROOT / "docs" / "mutants.md"
GOAL = 0.95


def main() -> int:
    """Try the sample, and write the page."""
    arguments = _arguments()
    home = ROOT / "build" / "mutants" / _state(ROOT / "llm_core")
    home.mkdir(parents=True, exist_ok=True)
    tests = chosen_tests(ROOT, home, PACKAGES, arguments.workers)
    drawn = sample(ROOT, home, PACKAGES, size=arguments.size, seed=arguments.seed)
    run = Run(tests, home / "verdicts.jsonl", len(drawn.mutants))
    try:
        tried = asyncio.run(run.all(drawn.mutants, arguments.workers))
    except KeyboardInterrupt:
        sys.stdout.write("\nInterrupted: the same command goes on from here\n")
        return 130
    if arguments.write:
        PAGE.write_text(page(tried, drawn.made, arguments.seed), encoding="utf-8")
    sys.stdout.write(summary(tried))
    return 0 if sum(one.killer is not None for one in tried) > GOAL * len(tried) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=100, help="mutants to try (default: 100)")
    parser.add_argument("--seed", type=int, default=7, help="seed of the sample (default: 7)")
    parser.add_argument("--workers", type=int, default=2, help="runs of tests at once (default: 2)")
    parser.add_argument("--write", action="store_true", help="write docs/mutants.md")
    return parser.parse_args()


def _state(folder: Path) -> str:
    """Return a name for the present text of *folder*."""
    state = hashlib.sha256()
    for file in sorted(folder.rglob("*.py")):
        state.update(f"{file.relative_to(folder)}\0".encode() + file.read_bytes())
    return state.hexdigest()[:12]


@attrs.define
class Run:
    """Tries mutants with *tests*, keeps the verdicts in *file*, and prints each of *count* mutants with its verdict."""

    tests: ChosenTests
    file: Path
    count: int
    done: int = 0

    async def all(self, mutants: Sequence[Mutant], workers: int) -> list[Tried]:
        """Return what killed each of *mutants*; those with a verdict are not tried again."""
        missing = [mutant for mutant in mutants if self._verdict(mutant) is None]
        self.done = len(mutants) - len(missing)
        waiting = iter(missing)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(workers, len(missing))):
                group.create_task(self._try(waiting))
        verdicts = [(mutant, self._verdict(mutant)) for mutant in mutants]
        tried = [Tried(mutant, verdict["killer"]) for mutant, verdict in verdicts if verdict is not None]
        await self._require_sound(tried)
        return tried

    async def _try(self, mutants: Iterator[Mutant]) -> None:
        with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
            copy = copy_project(ROOT, Path(folder) / "project")
            for mutant in mutants:
                tests = self.tests.of(mutant.file, mutant.line)
                seconds = sum(self.tests.seconds[test] for test in tests)
                self._keep(mutant, tests, await killer(ROOT, copy, mutant, tests, seconds))

    async def _require_sound(self, tried: Sequence[Tried]) -> None:
        """Run in the right code all tests that killed a mutant, and forget what one has killed that fails there."""
        killers = sorted({one.killer for one in tried if one.killer is not None and one.killer in self.tests.seconds})
        with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
            copy = copy_project(ROOT, Path(folder) / "project")
            failed = await first_failure(copy, killers, sum(self.tests.seconds[test] for test in killers))
        if failed is not None:
            lines = [line for line in self._lines() if json.loads(line)["killer"] != failed]
            self.file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
            raise SystemExit(
                f"{failed} fails without a mutant too. What it killed is forgotten: run the command again."
            )

    def _verdict(self, mutant: Mutant) -> dict[str, str | None] | None:
        """Return the last verdict of *mutant*: a survivor has one for as long as its tests stay the same."""
        found = [one for line in self._lines() if (one := json.loads(line))["mutant"] == _digest(mutant)]
        if not found or (found[-1]["killer"] is None and found[-1]["tests"] != self._state(mutant)):
            return None
        last: dict[str, str | None] = found[-1]
        return last

    def _state(self, mutant: Mutant) -> str:
        return self.tests.state(self.tests.of(mutant.file, mutant.line))

    def _lines(self) -> list[str]:
        return self.file.read_text(encoding="utf-8").splitlines() if self.file.exists() else []

    def _keep(self, mutant: Mutant, tests: Sequence[str], killed_by: str | None) -> None:
        verdict = {"mutant": _digest(mutant), "killer": killed_by, "tests": self.tests.state(tests)}
        with self.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(verdict) + "\n")
        self.done += 1
        result = f"killed by {killed_by}" if killed_by else f"SURVIVED {len(tests)} tests"
        sys.stdout.write(f"{self.done:3}/{self.count} {mutant.place}: {mutant.change[:150]}\n        {result}\n")
        sys.stdout.flush()


def _digest(mutant: Mutant) -> str:
    return hashlib.sha256(f"{mutant.file}\0{mutant.text}".encode()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
