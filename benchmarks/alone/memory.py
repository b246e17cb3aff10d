"""What is kept: after 10,000 calls, and by 1,000 open streams."""

from collections.abc import Iterator
from subprocess import CalledProcessError

from benchmarks.figures import Figure
from benchmarks.measuring.processes import output_of_module
from benchmarks.works import CALL, DIRECT, Candidate

_KEPT = 1_024  # kB: what an allocator may move in 10,000 calls


def figures(fake_provider: str) -> Iterator[Figure]:
    """Yield both; beside the direct lane the calls of the other one.

    LiteLLM opens 500 connections at most, so that its lane never gets as far as 1,000.
    """
    for candidate in (DIRECT, CALL):
        yield _figure("grown by 10,000 calls", "flat", candidate, fake_provider, _KEPT)
    yield _figure("each of 1,000 open streams", "held", DIRECT, fake_provider, 40)


def _figure(what: str, mode: str, candidate: Candidate, fake_provider: str, at_most: float) -> Figure:
    title = f"memory, {what}: {candidate.label}"
    try:
        told = output_of_module(
            "benchmarks.measuring.keeping", mode, candidate.module, candidate.variant, fake_provider
        )
    except CalledProcessError as error:
        problem = error.stderr.strip().rpartition("\n")[2][:200]
        return Figure(title=title, value=None, unit=" kB", at_most=at_most, detail=problem)
    kilobytes, detail = told.split(" ", 1)
    return Figure(title=title, value=float(kilobytes), unit=" kB", at_most=at_most, detail=detail)
