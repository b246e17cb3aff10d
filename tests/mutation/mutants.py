"""Runs mutation tests over one part of llm_core and reports the mutants that survive.

    python -m tests.mutation.mutants domain
    python -m tests.mutation.mutants litellm --sample 20 --seed 7

It works on a copy under `build/mutants`. A mutant that survives the unit tests is run again in a separate process, with
contract tests too (`parts.py` lists them).
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .parts import PARTS, Part

ROOT = Path(__file__).parents[2]
COPIED = ("llm_core", "llm_core_pytest.py", "tests", "examples", "docs", "README.md", "CHANGELOG.md", "pyproject.toml")
NO_MUTANT = "llm_core.no_mutant_has_this_name"
CONCURRENT_RERUNS = 2  # with more reruns at once, contract clauses with a time limit would fail
RERUN_TIMEOUT = 600  # seconds for the rerun of one survivor; a mutant that takes longer hangs, and counts as killed
SURVIVED = 0
WITHOUT_A_TEST = 33


def main() -> None:
    """Create the mutants, test the sampled ones, rerun the survivors, and write the report."""
    arguments = _arguments()
    part = PARTS[arguments.part]
    home = _copy_project(ROOT / "build" / "mutants" / arguments.part, part)
    _prepare(home)
    chosen = _sample(home, arguments.sample, arguments.seed)
    _mutmut(home, *chosen)
    exit_codes = {name: code for codes in _exit_codes(home).values() for name, code in codes.items()}
    survivors = [name for name in chosen if exit_codes[name] in (SURVIVED, WITHOUT_A_TEST)]
    with ThreadPoolExecutor(CONCURRENT_RERUNS) as pool:
        killed = pool.map(lambda name: _is_killed(home, name, part), survivors)
        _report(home, chosen, [name for name, is_killed in zip(survivors, killed, strict=True) if not is_killed])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--sample", type=int, default=sys.maxsize, help="mutants of each module (default: all)")
    parser.add_argument("--seed", type=int, default=7, help="seed of the sample")
    return parser.parse_args()


def _copy_project(home: Path, part: Part) -> Path:
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, home / name, ignore=shutil.ignore_patterns("__pycache__", ".venv"))
        else:
            shutil.copy(source, home)
    with (home / "pyproject.toml").open("a", encoding="utf-8") as settings:
        settings.write(part.settings())
    tomllib.loads((home / "pyproject.toml").read_text(encoding="utf-8"))
    return home


def _prepare(home: Path) -> None:
    """Create the mutants and record which test reaches which; mutmut then fails, since no mutant has that name."""
    output = _mutmut(home, NO_MUTANT)
    if not (home / "mutants" / "mutmut-stats.json").exists():
        raise SystemExit(f"The tests fail on the copy in {home}:\n{output}")


def _mutmut(home: Path, *names: str) -> str:
    command = [sys.executable, "-m", "mutmut", "run", *names]
    return subprocess.run(command, cwd=home, check=False, capture_output=True, text=True).stdout


def _exit_codes(home: Path) -> dict[str, dict[str, int | None]]:
    """Return by module the exit code of the tests for each mutant."""
    found = sorted((home / "mutants").glob("llm_core/**/*.meta"))
    metadata = {
        str(file.relative_to(home / "mutants"))[: -len(".meta")]: json.loads(file.read_text()) for file in found
    }
    return {module: exit_codes for module, facts in metadata.items() if (exit_codes := facts["exit_code_by_key"])}


def _sample(home: Path, size: int, seed: int) -> list[str]:
    """Return *size* mutants of each module, the same ones for the same seed and code."""
    modules = (sorted(exit_codes) for exit_codes in _exit_codes(home).values())
    chosen = (random.Random(seed).sample(names, min(size, len(names))) for names in modules)  # noqa: S311 -- no secret
    return [name for names in chosen for name in names]


def _is_killed(home: Path, name: str, part: Part) -> bool:
    command = [sys.executable, "-m", "pytest", "-x", "-q", *part.arguments, *part.rerun_arguments(name)]
    environment = {**os.environ, "MUTANT_UNDER_TEST": name}
    try:
        ended = subprocess.run(
            command,
            cwd=home / "mutants",
            env=environment,
            timeout=RERUN_TIMEOUT,
            check=False,
            stdout=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return True
    return ended.returncode != 0


def _report(home: Path, chosen: list[str], survivors: list[str]) -> None:
    """Write the counts by module as a table, and the diff of each survivor."""
    sys.stdout.write("| Module | Mutants | Tried | Killed | Survived |\n| --- | ---: | ---: | ---: | ---: |\n")
    sums: Counter[str] = Counter()
    for module, exit_codes in _exit_codes(home).items():
        tried, survived = exit_codes.keys() & set(chosen), exit_codes.keys() & set(survivors)
        row = {"created": len(exit_codes), "tried": len(tried), "survived": len(survived)}
        sums.update(row)
        sys.stdout.write(_row(f"`{module}`", row))
    sys.stdout.write(_row("All", sums))
    for name in survivors:
        subprocess.run([sys.executable, "-m", "mutmut", "show", name], cwd=home, check=True)


def _row(name: str, row: dict[str, int]) -> str:
    return f"| {name} | {row['created']} | {row['tried']} | {row['tried'] - row['survived']} | {row['survived']} |\n"


if __name__ == "__main__":
    main()
