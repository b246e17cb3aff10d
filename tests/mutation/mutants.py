"""Breaks llm_core in a sample of places, and reports the mutants that neither unit tests nor the contract notice.

    python -m tests.mutation.mutants --size 100 --seed 7

What is finished is kept under ``build/mutants``, for one state of llm_core: a run that was interrupted goes on where it
ended. The exit code is 0 if more than 95 % of those that make a difference are killed.
"""

import argparse
import hashlib
import sys
from pathlib import Path

from .chosen_tests import chosen_tests
from .generated import sample
from .page import page, share, summary
from .trials import Trials

ROOT = Path(__file__).parents[2]
PACKAGES = ("domain", "ports", "wires", "providers", "transport")
PAGE = ROOT / "docs" / "mutants.md"
GOAL = 0.95


def main() -> int:
    """Try the sample, and write the page."""
    arguments = _arguments()
    home = ROOT / "build" / "mutants" / _state(ROOT / "llm_core")
    home.mkdir(parents=True, exist_ok=True)
    try:
        tests = chosen_tests(ROOT, home, PACKAGES, arguments.workers)
        drawn = sample(ROOT, home, PACKAGES, size=arguments.size, seed=arguments.seed)
        tried = Trials(ROOT, home, tests, arguments.workers).all(drawn.mutants)
    except KeyboardInterrupt:
        sys.stdout.write("\nInterrupted: the same command goes on from here\n")
        return 130
    if arguments.write:
        PAGE.write_text(page(tried, drawn.made, arguments.seed), encoding="utf-8")
    sys.stdout.write(summary(tried))
    return 0 if share(tried) > GOAL else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=100, help="mutants to try (default: 100)")
    parser.add_argument("--seed", type=int, default=7, help="seed of the sample (default: 7)")
    parser.add_argument("--workers", type=int, default=2, help="runs of tests at once (default: 2)")
    parser.add_argument("--write", action="store_true", help="write docs/mutants.md")
    return parser.parse_args()


def _state(folder: Path) -> str:
    """Return a name for the present text of *folder*."""
    state = hashlib.sha256()
    for file in sorted(folder.rglob("*.py")):
        state.update(f"{file.relative_to(folder)}\0".encode() + file.read_bytes())
    return state.hexdigest()[:12]


if __name__ == "__main__":
    sys.exit(main())
