"""CPU of the first call in a process that has imported LiteLLM."""

import statistics
from collections.abc import Iterator
from subprocess import CalledProcessError

from benchmarks.contests import BY_HAND, CALL, DIRECT, Candidate
from benchmarks.figures import Figure
from benchmarks.measuring.processes import output_of

ROUNDS = 5
PROGRAM = """
import sys, time
from importlib import import_module
import litellm
from benchmarks.measuring.workload import Work, spec_of
module, variant, fake_provider = sys.argv[1:]
candidate = import_module(f"benchmarks.candidates.{module}")
begun = time.process_time()
candidate.complete(spec_of(Work("first", "complete"), fake_provider, variant))()
print(1000 * (time.process_time() - begun))
"""


def figures(fake_provider: str) -> Iterator[Figure]:
    """Yield the time of the direct lane (median of some processes), with the others in its details."""
    mine, *others = (_milliseconds(candidate, fake_provider) for candidate in (DIRECT, CALL, BY_HAND))
    beside = "call lane {}, by hand {}".format(*("?" if one is None else f"{one:.0f}" for one in others))
    title = "the first call after the import of LiteLLM, direct lane"
    yield Figure(title=title, value=mine, unit=" ms", at_most=100, detail=f"CPU; {beside}")


def _milliseconds(candidate: Candidate, fake_provider: str) -> float | None:
    arguments = (PROGRAM, candidate.module, candidate.variant, fake_provider)
    try:
        return statistics.median(float(output_of(*arguments)) for _ in range(ROUNDS))
    except CalledProcessError:
        return None
