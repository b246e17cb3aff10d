"""Runs candidates in turns, one process each, so that other load on the machine affects all alike."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector

import attrs

from benchmarks.contests import MAIN, Candidate, Contest
from benchmarks.measuring.workload import Work

ROOT = Path(__file__).parents[2]
PEERS = ROOT / ".venv" / "peers"
TIMEOUT = 90.0  # seconds for the start of a candidate, and for a round
QUIET = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_MODE": "PRODUCTION",
    "OPENAI_AGENTS_DISABLE_TRACING": "1",
    "LANGSMITH_TRACING": "false",
    "PYTHONHASHSEED": "0",
}


@attrs.frozen
class Standing:
    """The result of a candidate: CPU seconds of one unit by round, or the problem."""

    label: str
    seconds: tuple[float, ...] = ()
    problem: str = ""

    @property
    def microseconds(self) -> float:
        """CPU microseconds of one unit, in the median round."""
        return 1e6 * statistics.median(self.seconds)

    def over(self, other: "Standing") -> float:
        """Return the median, over the rounds, of the ratio to *other*."""
        return statistics.median(mine / theirs for mine, theirs in zip(self.seconds, other.seconds, strict=True))


class CannotError(Exception):
    """A candidate cannot run the workload."""


def run_contest(contest: Contest, fake_provider: str) -> tuple[Standing, ...]:
    """Return the result of each candidate, after one round that does not count."""
    spent: dict[str, list[float]] = {candidate.label: [] for candidate in contest.candidates}
    problems: dict[str, str] = {}
    with ExitStack() as stack:
        clients: dict[str, _Client] = {}
        for candidate in contest.candidates:
            try:
                clients[candidate.label] = stack.enter_context(_client(candidate, contest.work, fake_provider))
            except CannotError as error:
                problems[candidate.label] = str(error)
        for number in range(contest.rounds + 1):
            _round(clients, spent, problems, backwards=bool(number % 2))
    return tuple(
        Standing(label, () if label in problems else tuple(seconds[1:]), problems.get(label, ""))
        for label, seconds in spent.items()
    )


def _round(
    clients: "Mapping[str, _Client]", spent: dict[str, list[float]], problems: dict[str, str], *, backwards: bool
) -> None:
    order = [label for label in clients if label not in problems]
    for label in reversed(order) if backwards else order:
        try:
            spent[label].append(clients[label].seconds_of_a_round())
        except CannotError as error:
            problems[label] = str(error)


@attrs.frozen
class _Client:
    process: subprocess.Popen[str]
    work: Work

    def seconds_of_a_round(self) -> float:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write("again\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise CannotError("ended before the round") from None
        answer = self.answer()
        try:
            return float(answer) / self.work.units
        except ValueError:
            raise CannotError(answer or "ended without output") from None

    def answer(self) -> str:
        assert self.process.stdout is not None
        with DefaultSelector() as waiting:
            waiting.register(self.process.stdout, EVENT_READ)
            if not waiting.select(TIMEOUT):
                raise CannotError(f"no output for {TIMEOUT:.0f} s")
        return self.process.stdout.readline().strip()


@contextmanager
def _client(candidate: Candidate, work: Work, fake_provider: str) -> Iterator[_Client]:
    work_json = json.dumps(work._asdict())
    command = (
        _python(candidate.home),
        "-m",
        "benchmarks.measuring.client",
        candidate.module,
        candidate.variant,
        work_json,
    )
    environment = {**os.environ, **QUIET}
    process = subprocess.Popen(  # noqa: S603 -- our own module
        (*command, fake_provider),
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        try:
            client = _Client(process, work)
            readiness = client.answer()
            if readiness != "ready":
                raise CannotError(readiness or "ended without output")
            yield client
        finally:
            process.kill()


def _python(home: str) -> str:
    if home == MAIN:
        return sys.executable
    python = PEERS / home / "bin" / "python"
    if not (PEERS / home / ".is-installed").exists():
        raise CannotError(f"requirements/peers-{home}.txt is not installed")
    return str(python)
