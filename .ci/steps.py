"""Run targets of the Makefile one after another, then print what each took: ``python .ci/steps.py lint types``.

The first target that fails is the last one that runs. CPU counts the target and every process that it waited for.
"""

import resource
import subprocess
import sys
import time


def main(targets: list[str]) -> int:
    """Run *targets*, print the table, and return the exit code of the last one."""
    rows: list[tuple[str, float, float]] = []
    code = 0
    for target in targets:
        print(f"\n=== make {target}", flush=True)
        began, cpu = time.monotonic(), _cpu_of_children()
        code = subprocess.run(["make", "--no-print-directory", target], check=False).returncode
        rows.append((target if code == 0 else f"{target} FAILED", time.monotonic() - began, _cpu_of_children() - cpu))
        if code != 0:
            break
    _print_table([*rows, ("together", sum(row[1] for row in rows), sum(row[2] for row in rows))])
    return code


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _print_table(rows: list[tuple[str, float, float]]) -> None:
    width = max(len(name) for name, _, _ in rows)
    print(f"\n{'step':<{width}} {'wall s':>8} {'CPU s':>8}")
    for name, wall, cpu in rows:
        print(f"{name:<{width}} {wall:>8.1f} {cpu:>8.1f}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
