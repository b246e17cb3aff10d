"""Duration of the contract over the fake, plain HTTP, `DirectChat` and `LiteLLMChat`; slow, so only run by name."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator

from benchmarks.figures import Figure
from benchmarks.measuring.rounds import ROOT

PLAIN_HTTP = "tests/contract/test_plain_openai.py"
DIRECT = "tests/contract/test_direct_chat.py"
FAKE, LITELLM = "tests/contract/test_in_memory_chat.py", "tests/contract/test_litellm_chat.py"
IN_ALL_MODES = ("-m", "slow", "-k", "InAllModes")
TIMEOUT = 600.0  # seconds


def figures(fake_provider: str) -> Iterator[Figure]:  # noqa: ARG001 -- the contract has its own fake provider
    """Yield a figure for each, from one run."""
    cpu, wall, last = _seconds(FAKE, *IN_ALL_MODES)
    detail = f"CPU; {wall:.1f} on the wall; {last}"
    yield Figure(title="the contract over the fake", value=cpu, unit=" s", at_most=12, detail=detail)
    cpu, wall, last = _seconds(PLAIN_HTTP, "-m", "slow")
    detail = f"CPU; {wall:.1f} on the wall; {last}"
    yield Figure(title="the contract over plain HTTP", value=cpu, unit=" s", at_most=60, detail=detail)
    cpu, wall, last = _seconds(PLAIN_HTTP, "-m", "slow", "--llm-core-quick")
    detail = f"CPU; {wall:.1f} on the wall; {last}"
    yield Figure(title="the same, --llm-core-quick", value=cpu, unit=" s", at_most=10, detail=detail)
    for title, options, bound in (("", IN_ALL_MODES, 60), (", in one mode", ("-k", "OverOpenAI"), 10)):
        cpu, wall, last = _seconds(DIRECT, *options)
        detail = f"CPU; {wall:.1f} on the wall; {last}"
        yield Figure(title=f"the contract over DirectChat{title}", value=cpu, unit=" s", at_most=bound, detail=detail)
    cpu, wall, last = _seconds(LITELLM, "-m", "call_lane")
    detail = f"on the wall; CPU {cpu:.1f}; {last}"
    yield Figure(title="the contract over LiteLLMChat, four wires", value=wall, unit=" s", at_most=120, detail=detail)


def _seconds(tests: str, *options: str) -> tuple[float, float, str]:
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = (sys.executable, "-m", "pytest", "--quiet", "-p", "no:cacheprovider", tests, *options)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run(  # noqa: S603 -- our own tests
        command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True, timeout=TIMEOUT
    )
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - begun
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, wall, done.stdout.strip().rpartition("\n")[2].strip("= ")
