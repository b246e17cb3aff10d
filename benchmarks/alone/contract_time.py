"""Duration of the contract over the fake, plain HTTP, `DirectChat` and `LiteLLMChat`; slow, so only run by name."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure
from benchmarks.measuring.rounds import ROOT

FAKE = "tests/contract/test_in_memory_chat.py::TestInMemoryChatInAllModes"
PLAIN_HTTP = "tests/contract/test_plain_openai.py"
DIRECT = "tests/contract/test_direct_chat.py::TestDirectChatInAllModes"
LITELLM = "tests/contract/test_litellm_chat.py"
ONE = "test_an_adapter_is_closed_after_its_use"
QUICK = "--llm-core-quick"
IN_CPU = (  # the run, its options, and the most seconds
    ("the contract over the fake", FAKE, (), 12),
    ("the contract over the fake, --llm-core-quick", FAKE, (QUICK,), 10),
    ("the contract over plain HTTP", PLAIN_HTTP, (), 60),
    ("the contract over plain HTTP, --llm-core-quick", PLAIN_HTTP, (QUICK,), 10),
    ("the contract over DirectChat", DIRECT, (), 60),
    ("the contract over DirectChat, --llm-core-quick", DIRECT, (QUICK,), 10),
)
TIMEOUT = 600.0  # seconds


def figures(fake_provider: str) -> Iterator[Figure]:  # noqa: ARG001 -- the contract has its own fake provider
    """Yield a figure for each, from one run. Bytecode is compiled before, as it is in every run but an author's first.

    Each run is that of one contract, as an author has it, without the other classes of its module.
    """
    with TemporaryDirectory() as folder:
        seconds = partial(_seconds, Path(folder))
        for title, tests, options, bound in IN_CPU:
            seconds(tests, "-m", "slow", "-k", ONE)
            cpu, wall, last = seconds(tests, "-m", "slow", *options)
            detail = f"CPU; {wall:.1f} on the wall; {last}"
            yield Figure(title=title, value=cpu, unit=" s", at_most=bound, detail=detail)
        cpu, wall, last = seconds(LITELLM, "-m", "call_lane")
        detail = f"on the wall; CPU {cpu:.1f}; {last}"
        yield Figure(
            title="the contract over LiteLLMChat, four wires", value=wall, unit=" s", at_most=120, detail=detail
        )


def _seconds(folder: Path, tests: str, *options: str) -> tuple[float, float, str]:
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = (sys.executable, "-m", "pytest", "--quiet", "-o", f"cache_dir={folder / 'cache'}", tests, *options)
    ignored = ("COV", "PYTHONDONTWRITEBYTECODE")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ignored)}
    environment["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
    done = subprocess.run(  # noqa: S603 -- our own tests
        command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True, timeout=TIMEOUT
    )
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - begun
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, wall, done.stdout.strip().rpartition("\n")[2].strip("= ")
