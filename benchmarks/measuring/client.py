"""One candidate in a process of its own: for each line of its input it makes some calls, and writes what they took.

``python -m benchmarks.measuring.client CANDIDATE VARIANT WORK FAR_SIDE``, the work as JSON. The first line it writes is
``ready``, or why it cannot; the others are CPU seconds (user and system, all threads) of one call. The standard library
alone, for the peers' environments run it, too.
"""

import asyncio
import gc
import json
import resource
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from importlib import import_module

from benchmarks.measuring.asking import Work, ask_of

FLOOR = 0.05  # seconds of CPU: a round makes more calls until it has spent them
SETTLING = 0.01  # seconds in which other threads and tasks, which belong to the candidate, finish


def main() -> None:
    """Obey until the input ends."""
    candidate, variant, told, fake_provider = sys.argv[1:]
    work = Work(**json.loads(told))
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    try:
        module = import_module(f"benchmarks.candidates.{candidate}")
        make = getattr(module, work.verb, None)
        if make is None:
            print(f"offers no {work.verb}", flush=True)
        elif work.verb.startswith("a"):
            asyncio.run(_obey_async(lambda: make(ask_of(work, fake_provider, variant)), work))
        else:
            _obey(make(ask_of(work, fake_provider, variant)), work)
    except Exception as error:  # noqa: BLE001 -- a candidate that cannot is a row that says why
        print(" ".join(f"{type(error).__name__}: {error}".split())[:300], flush=True)


def _obey(call: Callable[[], str], work: Work) -> None:
    for begun in _rounds(call(), work):
        calls = 0
        while calls < work.calls or time.process_time() - begun < FLOOR:
            call()
            calls += 1
        time.sleep(SETTLING)
        print((time.process_time() - begun) / calls, flush=True)


async def _obey_async(make: Callable[[], Callable[[], Awaitable[str]]], work: Work) -> None:
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
        gc.freeze()  # what is there already is no part of the round
        yield time.process_time()


if __name__ == "__main__":
    main()
