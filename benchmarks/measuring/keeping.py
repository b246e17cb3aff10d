"""How much memory a candidate keeps: ``python -m benchmarks.measuring.keeping flat|held CANDIDATE VARIANT FAR_SIDE``.

It prints kilobytes, and how they came about.
"""

import asyncio
import gc
import resource
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from urllib.request import urlopen

from benchmarks.measuring.asking import Ask, Work, ask_of

WARM, CALLS = 2_000, 10_000
FEW, STREAMS = 50, 1_000
TRIES, REST = 300, 0.1  # how often it is asked whether all streams are open, and seconds between


def main() -> None:
    """Measure one."""
    mode, candidate, variant, fake_provider = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    module = import_module(f"benchmarks.candidates.{candidate}")
    if mode == "flat":
        _flat(module, ask_of(Work("flat", "complete"), fake_provider, variant))
    else:
        asyncio.run(_held(module, ask_of(Work("held", "astream", shape="held"), fake_provider, variant), fake_provider))


def _flat(module: ModuleType, ask: Ask) -> None:
    call = module.complete(ask)
    for _ in range(WARM):
        call()
    objects, before = _objects(), _kilobytes()
    for _ in range(CALLS):
        call()
    objects, after = _objects() - objects, _kilobytes()
    print(f"{after - before} from {before / 1024:.1f} MB after {WARM:,} calls, {objects:+,} objects")


async def _held(module: ModuleType, ask: Ask, fake_provider: str) -> None:
    call = module.astream(ask)
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
    for _ in range(TRIES):
        await asyncio.sleep(REST)
        opened = int(await asyncio.to_thread(_asked, f"{fake_provider}/held"))
        if opened == streams:
            await asyncio.sleep(5 * REST)  # the first events are read
            return
    raise TimeoutError(f"{opened} of {streams} streams opened")


def _asked(url: str) -> bytes:
    with urlopen(url) as reply:  # noqa: S310 -- our own fake provider
        told: bytes = reply.read()
    return told


def _objects() -> int:
    gc.collect()
    return len(gc.get_objects())


def _kilobytes() -> int:
    gc.collect()
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * resource.getpagesize() // 1024


if __name__ == "__main__":
    main()
