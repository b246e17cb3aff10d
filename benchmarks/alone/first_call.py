"""CPU and memory of a process that imports a library, makes one call, and ends."""

from collections.abc import Iterator
from subprocess import CalledProcessError

from benchmarks.contests import AIOHTTP, DIRECT, HTTPX, Candidate
from benchmarks.figures import RATIO, Figure
from benchmarks.measuring.processes import output_of

ROUNDS = 7
PROGRAM = """
import sys, time
from importlib import import_module
from benchmarks.measuring.workload import Work, spec_of
module, variant, verb, fake_provider = sys.argv[1:]
call = getattr(import_module(f"benchmarks.candidates.{module}"), verb)
spec = spec_of(Work("first", verb), fake_provider, variant)
if verb == "complete":
    call(spec)()
else:
    import asyncio
    async def main():
        await call(spec)()
    asyncio.run(main())
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(1000 * time.process_time(), int(peak.split()[1]) / 1024)
"""
_VERBS = (("complete", HTTPX, 1.0), ("acomplete", AIOHTTP, 1.25))


def figures(fake_provider: str) -> Iterator[Figure]:
    """Yield the CPU of the first answer over that of the limit, sync and async, and the memory of the sync one.

    CPU includes the start of Python; it is the least of some processes, which take turns.
    """
    for verb, limit, at_most in _VERBS:
        title = f"a process's first answer, {verb}: {DIRECT.label} / {limit.label}"
        try:
            rounds = [[_run(one, verb, fake_provider) for one in (DIRECT, limit)] for _ in range(ROUNDS)]
        except (CalledProcessError, OSError) as error:
            yield Figure(title=title, value=None, unit=RATIO, at_most=at_most, detail=str(error)[:200])
            continue
        mine, other = (min(milliseconds for milliseconds, _ in column) for column in zip(*rounds, strict=True))
        yield Figure(
            title=title, value=mine / other, unit=RATIO, at_most=at_most, detail=f"{mine:.0f} / {other:.0f} ms"
        )
        if verb == "complete":
            megabytes = max(memory for (_, memory), _ in rounds)
            yield Figure(title="memory of a process that made one call", value=megabytes, unit=" MB", at_most=40)


def _run(candidate: Candidate, verb: str, fake_provider: str) -> tuple[float, float]:
    """Return milliseconds of CPU and megabytes. Raises CalledProcessError if the process fails."""
    output = output_of(PROGRAM, candidate.module, candidate.variant, verb, fake_provider)
    milliseconds, megabytes = map(float, output.split())
    return milliseconds, megabytes
