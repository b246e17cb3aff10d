"""Run every property in turn, each time with another seed, until the time is over.

``FUZZ_SECONDS=3600 python -m tests.fuzz.loop`` prints a line for each run, and for each finding pytest's output with
the command that repeats it. The exit code is 1 if there was a finding.
"""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

_HERE = Path(__file__).parent
_EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "400")  # per property and run: about ten seconds for most
_MAX_RUN = 600.0  # seconds; a longer run counts as a hang
_GRACE = 1.0  # seconds; with less left, no run starts


def properties() -> list[str]:
    """Return the pytest node ids of the Hypothesis tests."""
    command = (sys.executable, "-m", "pytest", "--collect-only", "--quiet", "-m", "hypothesis", str(_HERE))
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [line for line in output.splitlines() if "::test_" in line]


def run(name: str, seed: int, seconds: float) -> subprocess.CompletedProcess[str]:
    """Run one property and return the finished process."""
    return subprocess.run(
        command(name, seed),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
        env={**os.environ, "FUZZ_EXAMPLES": _EXAMPLES},
    )


def command(name: str, seed: int) -> tuple[str, ...]:
    """Return the command that runs one property with *seed*."""
    options = ("--quiet", "--no-header", "-p", "no:cacheprovider", f"--hypothesis-seed={seed}")
    return (sys.executable, "-m", "pytest", *options, name)


def report(line: str) -> None:
    """Print *line* and flush."""
    print(line, flush=True)  # noqa: T201 -- a command prints


def passes(name: str, seed: int, deadline: float) -> bool:
    """Run one property, report the result, and return whether it passed."""
    began = time.monotonic()
    try:
        ended = run(name, seed, min(_MAX_RUN, deadline - began))
        found, output = ended.returncode, ended.stdout + ended.stderr
    except subprocess.TimeoutExpired as stopped:
        hangs = time.monotonic() < deadline
        found, output = int(hangs), f"hangs, or takes more than {stopped.timeout:.0f} s"
    report(f"{time.monotonic() - began:6.0f} s  {'FOUND' if found else 'nothing'}  seed {seed}  {name}")
    if found:
        report(f"{output}\nto repeat it: FUZZ_EXAMPLES={_EXAMPLES} {' '.join(command(name, seed))}\n")
    return not found


def main() -> int:
    """Run the properties until FUZZ_SECONDS are over."""
    seconds = float(os.environ.get("FUZZ_SECONDS", "3600"))
    seed = int(os.environ.get("FUZZ_SEED", str(time.time_ns() % 10**9)))
    names, runs, findings = properties(), 0, 0
    random.Random(seed).shuffle(names)  # noqa: S311 -- so that short runs start with different properties
    deadline = time.monotonic() + seconds
    report(f"{len(names)} properties, {seconds:.0f} s, first seed {seed}")
    try:
        while deadline - time.monotonic() > _GRACE:
            findings += not passes(names[runs % len(names)], seed + runs, deadline)
            runs += 1
    except KeyboardInterrupt:
        report("interrupted")
    report(f"{runs} runs of up to {_EXAMPLES} examples, {findings} findings")
    return int(findings > 0)


if __name__ == "__main__":
    sys.exit(main())
