"""The fuzz without end: every property in turn, each time with another seed, until the time is over.

``FUZZ_SECONDS=3600 python -m tests.fuzz.loop`` prints a line for each run, and for each finding all that pytest says,
with the command that repeats it. It ends with 1 if there was any.
"""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

_HERE = Path(__file__).parent
_EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "400")  # of a property in one run: some ten seconds of most
_MOST = 600.0  # seconds of one run: it hangs if it takes longer
_GRACE = 1.0  # seconds; with less left nothing is begun


def properties() -> list[str]:
    """Return the tests that hypothesis drives, by pytest's names."""
    command = (sys.executable, "-m", "pytest", "--collect-only", "--quiet", "-m", "hypothesis", str(_HERE))
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [line for line in told.splitlines() if "::test_" in line]


def run(name: str, seed: int, seconds: float) -> subprocess.CompletedProcess[str]:
    """Return how one property ends."""
    return subprocess.run(
        command(name, seed),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
        env={**os.environ, "FUZZ_EXAMPLES": _EXAMPLES},
    )


def command(name: str, seed: int) -> tuple[str, ...]:
    """Return what runs one property, again in the same way."""
    options = ("--quiet", "--no-header", "-p", "no:cacheprovider", f"--hypothesis-seed={seed}")
    return (sys.executable, "-m", "pytest", *options, name)


def say(words: str) -> None:
    """Print at once."""
    print(words, flush=True)  # noqa: T201 -- a command prints


def tried(name: str, seed: int, deadline: float) -> bool:
    """Return whether one run found nothing, and say so."""
    began = time.monotonic()
    try:
        ended = run(name, seed, min(_MOST, deadline - began))
        found, told = ended.returncode, ended.stdout + ended.stderr
    except subprocess.TimeoutExpired as stopped:
        hangs = time.monotonic() < deadline
        found, told = int(hangs), f"it hangs, or takes more than {stopped.timeout:.0f} s"
    say(f"{time.monotonic() - began:6.0f} s  {'FOUND' if found else 'nothing'}  seed {seed}  {name}")
    if found:
        say(f"{told}\nto repeat it: FUZZ_EXAMPLES={_EXAMPLES} {' '.join(command(name, seed))}\n")
    return not found


def main() -> int:
    """Go round until FUZZ_SECONDS are over."""
    seconds = float(os.environ.get("FUZZ_SECONDS", "3600"))
    seed = int(os.environ.get("FUZZ_SEED", str(time.time_ns() % 10**9)))
    names, runs, findings = properties(), 0, 0
    random.Random(seed).shuffle(names)  # noqa: S311 -- a short run begins elsewhere each time
    deadline = time.monotonic() + seconds
    say(f"{len(names)} properties, {seconds:.0f} s, first seed {seed}")
    try:
        while deadline - time.monotonic() > _GRACE:
            findings += not tried(names[runs % len(names)], seed + runs, deadline)
            runs += 1
    except KeyboardInterrupt:
        say("interrupted")
    say(f"{runs} runs of up to {_EXAMPLES} examples, {findings} findings")
    return int(findings > 0)


if __name__ == "__main__":
    sys.exit(main())
