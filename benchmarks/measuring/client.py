"""Runs one candidate: for each line on stdin it makes the calls of a round, and prints their CPU time.

``python -m benchmarks.measuring.client CANDIDATE VARIANT WORK ADDRESS``, with the work as JSON. The first line is
``ready`` or the problem; the others are CPU seconds (user and system, all threads) of one call. Standard library only,
since the peers' environments run it too.
"""

import asyncio
import gc
import json
import resource
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from importlib import import_module

from benchmarks.measuring.workload import Work, spec_of

FLOOR = 0.05  # seconds of CPU: a round goes on until it has used them
SETTLING = 0.01  # seconds for other threads and tasks of the candidate to finish


def main() -> None:
    """Serve until stdin ends."""
    candidate, variant, work_json, fake_provider = sys.argv[1:]
    work = Work(**json.loads(work_json))
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    try:
        module = import_module(f"benchmarks.candidates.{candidate}")
        make = getattr(module, work.verb, None)
        if make is None:
            print(f"offers no {work.verb}", flush=True)
        elif work.verb.startswith("a"):
            asyncio.run(_serve_async(lambda: make(spec_of(work, fake_provider, variant)), work))
        else:
            _serve(make(spec_of(work, fake_provider, variant)), work)
    except Exception as error:  # noqa: BLE001 -- becomes the problem in the candidate's row
        print(" ".join(f"{type(error).__name__}: {error}".split())[:300], flush=True)


def _serve(call: Callable[[], str], work: Work) -> None:
    for begun in _rounds(call(), work):
        calls = 0
        while calls < work.calls or time.process_time() - begun < FLOOR:
            call()
            calls += 1
        time.sleep(SETTLING)
        print((time.process_time() - begun) / calls, flush=True)


async def _serve_async(make: Callable[[], Callable[[], Awaitable[str]]], work: Work) -> None:
    call = make()  # within the loop
    for begun in _rounds(await call(), work):
        calls = 0
        while calls < work.calls or time.process_time() - begun < FLOOR:
            await asyncio.gather(*(call() for _ in range(work.at_once)))
            calls += work.at_once
        await asyncio.sleep(SETTLING)
        print((time.process_time() - begun) / calls, flush=True)


def _rounds(answer: str, work: Work) -> Iterator[float]:
    assert answer == work.answer, f"answered {answer[:80]!r}"
    print("ready", flush=True)
    for _ in sys.stdin:
        gc.collect()
        gc.freeze()  # objects that exist already do not count in the round
        yield time.process_time()


if __name__ == "__main__":
    main()
