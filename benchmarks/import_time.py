"""What ``import llm_core`` costs over a bare Python, and which slow libraries it loads."""

import os
import resource
import subprocess
import sys

from benchmarks.measuring.cpu import show

TARGET = 80.0  # milliseconds
ROUNDS = 20
SLOW = ("litellm", "httpx", "pytest", "cattrs", "environs", "asyncio")
PROGRAMS = {"bare Python": "pass", "import attrs": "import attrs", "import llm_core": "import llm_core"}


def main() -> None:
    """Print the figures."""
    best = dict.fromkeys(PROGRAMS, float("inf"))
    for _ in range(ROUNDS):
        for name, program in PROGRAMS.items():
            best[name] = min(best[name], _cpu_milliseconds(program))
    bare = best["bare Python"]
    print(f"CPU milliseconds (user and system), best of {ROUNDS} processes each, taking turns")
    show([("", "in all", "over bare")] + [(name, f"{ms:.1f}", f"{ms - bare:.1f}") for name, ms in best.items()])
    over = best["import llm_core"] - bare
    print(f"target at most {TARGET:.0f} over bare: {'kept' if over <= TARGET else 'MISSED'}")
    print(f"slow libraries loaded (target: none): {_loaded() or 'none'}")


def _cpu_milliseconds(program: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _run(program)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _loaded() -> str:
    return _run(f"import sys, llm_core; print(*(name for name in {SLOW} if name in sys.modules))")


def _run(program: str) -> str:
    # Without the variable the first process leaves byte code behind, as an installation does.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = (sys.executable, "-c", program)
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603 -- our own programs


if __name__ == "__main__":
    main()
