"""Tries mutants: in forks of a process of pytest, and what survives there in a process of its own."""

import asyncio
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import attrs

from .chosen_tests import OPTIONS, ChosenTests
from .forked import JOBS, VERDICTS, Job
from .generated import Mutant
from .trial import SLOWER, START, copy_project, killer


@attrs.frozen
class Tried:
    """A mutant, and the test that noticed it, if any did."""

    mutant: Mutant
    killer: str | None


@attrs.frozen
class Trials:
    """Tries mutants of *root* with *tests*, and keeps the verdicts in *folder*."""

    root: Path
    folder: Path
    tests: ChosenTests
    workers: int

    def all(self, mutants: Sequence[Mutant]) -> list[Tried]:
        """Return what killed each of *mutants*; those that have a verdict are not tried again."""
        self._in_forks(self._undecided(mutants))
        asyncio.run(self._in_copies(self._undecided(mutants)))
        verdicts = self._verdicts()
        tried = [Tried(mutant, verdicts[_digest(mutant)]["killer"]) for mutant in mutants]
        self._require_sound([one.killer for one in tried if one.killer is not None])
        return tried

    def _in_forks(self, mutants: Sequence[Mutant]) -> None:
        """Try each of *mutants* in a fork of one of several processes of pytest, each of which takes its share."""
        jobs = [self._job(mutant) for mutant in mutants]
        shares = [jobs[number :: self.workers] for number in range(self.workers)]
        running = [self._start(f"jobs-{number}", share, self._file) for number, share in enumerate(shares) if share]
        try:
            codes = [process.wait() for process in running]
        finally:
            for process in running:
                process.terminate()
        if any(codes):
            raise SystemExit(f"pytest ended with {codes}")

    def _start(self, name: str, jobs: Sequence[Job], verdicts: Path) -> "subprocess.Popen[bytes]":
        file = self.folder / f"{name}.jsonl"
        file.write_text("".join(f"{json.dumps(job)}\n" for job in jobs), encoding="utf-8")
        files = sorted({test.partition("::")[0] for job in jobs for test in job["tests"]})
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-m",
            "not call_lane",
            *OPTIONS,
            "-p",
            "tests.mutation.forked",
        ]
        environment = {**os.environ, JOBS: str(file), VERDICTS: str(verdicts)}
        return subprocess.Popen([*command, *files], cwd=self.root, env=environment)

    def _job(self, mutant: Mutant) -> Job:
        tests = self.tests.of(mutant.file, mutant.line)
        return {
            "mutant": _digest(mutant),
            "title": _title(mutant),
            "file": mutant.file,
            "text": mutant.text,
            "tests": tests,
            "seconds": START + SLOWER * self._seconds(tests),
        }

    async def _in_copies(self, mutants: Sequence[Mutant]) -> None:
        waiting = iter(mutants)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(self.workers, len(mutants))):
                group.create_task(self._in_a_copy(waiting))

    async def _in_a_copy(self, mutants: Iterator[Mutant]) -> None:
        with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
            copy = copy_project(self.root, Path(folder) / "project")
            for mutant in mutants:
                tests = self.tests.of(mutant.file, mutant.line)
                killed_by = await killer(self.root, copy, mutant, tests, self._seconds(tests))
                verdict = {"mutant": _digest(mutant), "killer": killed_by, "tests": self.tests.state(tests)}
                with self._file.open("a", encoding="utf-8") as file:
                    file.write(f"{json.dumps(verdict)}\n")
                sys.stdout.write(f"{_title(mutant)}\n    {killed_by or f'SURVIVED {len(tests)} tests'}\n")
                sys.stdout.flush()

    def _require_sound(self, killers: Sequence[str]) -> None:
        """Run in a fork with the right code all tests that killed a mutant; forget what one has killed that fails."""
        tests = sorted({test for test in killers if test in self.tests.seconds})
        seconds = START + SLOWER * self._seconds(tests)
        job: Job = {"mutant": "", "title": "No mutant", "file": None, "text": "", "tests": tests, "seconds": seconds}
        found = self.folder / "unsound.jsonl"
        found.write_text("", encoding="utf-8")
        self._start("control", [job], found).wait()
        if verdict := found.read_text(encoding="utf-8"):
            failed = json.loads(verdict)["killer"]
            kept = [one for one in self._verdicts().values() if one["killer"] != failed]
            self._file.write_text("".join(f"{json.dumps(one)}\n" for one in kept), encoding="utf-8")
            raise SystemExit(f"Without a mutant too: {failed}. What it killed is forgotten: run the command again.")

    def _seconds(self, tests: Sequence[str]) -> float:
        return sum(self.tests.seconds[test] for test in tests)

    @property
    def _file(self) -> Path:
        return self.folder / "verdicts.jsonl"

    def _verdicts(self) -> dict[str, dict[str, str | None]]:
        """Return the last verdict of each mutant."""
        lines = self._file.read_text(encoding="utf-8").splitlines() if self._file.exists() else []
        return {verdict["mutant"]: verdict for verdict in map(json.loads, lines)}

    def _undecided(self, mutants: Sequence[Mutant]) -> list[Mutant]:
        """Return those without a verdict; that of a survivor holds for as long as its tests stay the same."""
        verdicts = self._verdicts()
        return [mutant for mutant in mutants if not self._is_decided(mutant, verdicts.get(_digest(mutant)))]

    def _is_decided(self, mutant: Mutant, verdict: Mapping[str, str | None] | None) -> bool:
        if verdict is None or verdict["killer"] is not None:
            return verdict is not None
        return verdict["tests"] == self.tests.state(self.tests.of(mutant.file, mutant.line))


def _digest(mutant: Mutant) -> str:
    return hashlib.sha256(f"{mutant.file}\0{mutant.text}".encode()).hexdigest()


def _title(mutant: Mutant) -> str:
    return f"{mutant.place}: {mutant.change[:150]}"
