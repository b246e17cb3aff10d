"""Memory growth over 10,000 calls, and memory of 1,000 open streams."""

from collections.abc import Iterator
from subprocess import CalledProcessError

from benchmarks.contests import CALL, DIRECT, Candidate
from benchmarks.figures import Figure
from benchmarks.measuring.processes import output_of_module

_KEPT = 1_024  # kB: noise of the allocator over 10,000 calls


def figures(fake_provider: str) -> Iterator[Figure]:
    """Yield both for DirectChat, and the growth for the call lane.

    LiteLLM opens at most 500 connections, so its lane cannot hold 1,000 streams.
    """
    for candidate in (DIRECT, CALL):
        yield _figure("grown by 10,000 calls", "flat", candidate, fake_provider, _KEPT)
    yield _figure("each of 1,000 open streams", "held", DIRECT, fake_provider, 40)


def _figure(what: str, mode: str, candidate: Candidate, fake_provider: str, at_most: float) -> Figure:
    title = f"memory, {what}: {candidate.label}"
    try:
        output = output_of_module(
            "benchmarks.measuring.memory_use", mode, candidate.module, candidate.variant, fake_provider
        )
    except CalledProcessError as error:
        problem = error.stderr.strip().rpartition("\n")[2][:200]
        return Figure(title=title, value=None, unit=" kB", at_most=at_most, detail=problem)
    kilobytes, detail = output.split(" ", 1)
    return Figure(title=title, value=float(kilobytes), unit=" kB", at_most=at_most, detail=detail)
