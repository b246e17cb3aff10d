"""Calls per second of one core, at 64 and 512 calls at once, beside aiohttp: ``python -m benchmarks.alone.throughput``.

By CPU time of the caller, so that other load on the machine does not count; the fake provider is another process.
"""

from collections.abc import Iterator

from benchmarks.contests import AIOHTTP, DIRECT, Contest
from benchmarks.measuring.fake_provider import running_fake_provider
from benchmarks.measuring.rounds import Standing, run_contest
from benchmarks.measuring.workload import Work

_AT_ONCE = (64, 512)
_ROUNDS = 7
_CHUNKS = 200  # of a stream


def throughput(fake_provider: str, rounds: int = _ROUNDS) -> Iterator[tuple[str, tuple[Standing, ...]]]:
    """Yield each workload, and the results of aiohttp and DirectChat."""
    for at_once in _AT_ONCE:
        whole = Work(f"at_once_{at_once}", "acomplete", at_once, at_once=at_once)
        streams = Work(f"streams_at_once_{at_once}", "astream", at_once, chunks=_CHUNKS, at_once=at_once)
        for what, work in ((f"{at_once} calls at once", whole), (f"{at_once} streams of {_CHUNKS} chunks", streams)):
            yield what, run_contest(Contest(what, work, (AIOHTTP, DIRECT), rounds), fake_provider)


def row(what: str, limit: Standing, ours: Standing, units: int) -> str:
    """Return a row of the table: the answers that one core makes in a second."""
    per_second = (f"{1e6 / (one.microseconds * units):,.0f}" for one in (limit, ours))
    return f"| {what} | {' | '.join(per_second)} | {ours.over(limit):.2f} |"


def main() -> None:
    """Print the table."""
    print(
        "| answers per second of one core | aiohttp and json | `DirectChat` | CPU, ratio |\n| --- | --- | --- | --- |"
    )
    with running_fake_provider() as fake_provider:
        for what, (limit, ours) in throughput(fake_provider):
            problem = limit.problem or ours.problem
            print(f"| {what} | {problem} | | |" if problem else row(what, limit, ours, _units(what)), flush=True)


def _units(what: str) -> int:
    return _CHUNKS if "streams" in what else 1


if __name__ == "__main__":
    main()
