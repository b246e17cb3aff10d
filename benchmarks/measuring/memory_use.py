"""Measure the memory of a candidate: ``python -m benchmarks.measuring.memory_use flat|held CANDIDATE VARIANT ADDRESS``.

It prints kilobytes and details.
"""

import asyncio
import gc
import resource
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from urllib.request import urlopen

from benchmarks.measuring.workload import CallSpec, Work, spec_of

WARM, CALLS = 2_000, 10_000
FEW, STREAMS = 50, 1_000
POLLS, INTERVAL = 300, 0.1  # checks whether all streams are open, and seconds between them


def main() -> None:
    """Run the command line."""
    mode, candidate, variant, fake_provider = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    module = import_module(f"benchmarks.candidates.{candidate}")
    if mode == "flat":
        _flat(module, spec_of(Work("flat", "complete"), fake_provider, variant))
    else:
        asyncio.run(
            _held(module, spec_of(Work("held", "astream", shape="held"), fake_provider, variant), fake_provider)
        )


def _flat(module: ModuleType, spec: CallSpec) -> None:
    call = module.complete(spec)
    for _ in range(WARM):
        call()
    objects, before = _objects(), _kilobytes()
    for _ in range(CALLS):
        call()
    objects, after = _objects() - objects, _kilobytes()
    print(f"{after - before} from {before / 1024:.1f} MB after {WARM:,} calls, {objects:+,} objects")


async def _held(module: ModuleType, spec: CallSpec, fake_provider: str) -> None:
    call = module.astream(spec)
    tasks = [asyncio.create_task(call()) for _ in range(FEW)]
    await _opened(FEW, fake_provider)
    before = _kilobytes()
    tasks += [asyncio.create_task(call()) for _ in range(STREAMS - FEW)]
    await _opened(STREAMS, fake_provider)
    after = _kilobytes()
    each = (after - before) / (STREAMS - FEW)
    print(f"{each} {before / 1024:.0f} -> {after / 1024:.0f} MB")
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _opened(streams: int, fake_provider: str) -> None:
    opened = 0
    for _ in range(POLLS):
        await asyncio.sleep(INTERVAL)
        opened = int(await asyncio.to_thread(_get, f"{fake_provider}/held"))
        if opened == streams:
            await asyncio.sleep(5 * INTERVAL)  # until the first events are read
            return
    raise TimeoutError(f"{opened} of {streams} streams opened")


def _get(url: str) -> bytes:
    with urlopen(url) as reply:  # noqa: S310 -- our own fake provider
        body: bytes = reply.read()
    return body


def _objects() -> int:
    gc.collect()
    return len(gc.get_objects())


def _kilobytes() -> int:
    gc.collect()
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * resource.getpagesize() // 1024


if __name__ == "__main__":
    main()
