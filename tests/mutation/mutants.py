"""Breaks the domain and the LiteLLM adapter in one place at a time, and tells which breaks no test notices.

    python -m tests.mutation.mutants domain
    python -m tests.mutation.mutants litellm --sample 20 --seed 7

It works on a copy under `build/mutants`. What the unit tests let live is tried once more in a process of its own, where
the contract is asked too (`parts.py` says how much of it).
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
UNTOLD = "llm_core.no_mutant_has_this_name"
AT_ONCE = 2  # second looks: more of them, and clauses that wait would fail for want of time
LONGEST = 600  # seconds for one survivor's second look; what takes longer hangs, and is noticed
SURVIVED = 0
WITHOUT_A_TEST = 33


def main() -> None:
    """Make the mutants, try those that the sample chooses, look at the survivors again, and tell."""
    asked = _asked()
    part = PARTS[asked.part]
    home = _copied(ROOT / "build" / "mutants" / asked.part, part)
    _prepare(home)
    chosen = _sample(home, asked.sample, asked.seed)
    _mutmut(home, *chosen)
    fates = {name: fate for fates in _fates(home).values() for name, fate in fates.items() if name in chosen}
    survivors = [name for name in chosen if fates[name] in (SURVIVED, WITHOUT_A_TEST)]
    with ThreadPoolExecutor(AT_ONCE) as looks:
        noticed = looks.map(lambda name: _is_noticed(home, name, part), survivors)
        _tell(home, chosen, [name for name, is_noticed in zip(survivors, noticed, strict=True) if not is_noticed])


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--sample", type=int, default=sys.maxsize, help="how many mutants of each module; else all")
    parser.add_argument("--seed", type=int, default=7, help="which of them")
    return parser.parse_args()


def _copied(home: Path, part: Part) -> Path:
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
    """Make the mutants, and see which test reaches which; then mutmut fails, for it finds none of that name."""
    told = _mutmut(home, UNTOLD)
    if not (home / "mutants" / "mutmut-stats.json").exists():
        raise SystemExit(f"The tests do not pass over the copy in {home}:\n{told}")


def _mutmut(home: Path, *names: str) -> str:
    asked = [sys.executable, "-m", "mutmut", "run", *names]
    return subprocess.run(asked, cwd=home, check=False, capture_output=True, text=True).stdout


def _fates(home: Path) -> dict[str, dict[str, int | None]]:
    """Return, by module, how the tests ended over each mutant."""
    found = sorted((home / "mutants").glob("llm_core/**/*.meta"))
    told = {str(file.relative_to(home / "mutants"))[: -len(".meta")]: json.loads(file.read_text()) for file in found}
    return {module: fates for module, facts in told.items() if (fates := facts["exit_code_by_key"])}


def _sample(home: Path, size: int, seed: int) -> list[str]:
    """Return *size* mutants of each module: the same ones for the same seed and code."""
    modules = (sorted(fates) for fates in _fates(home).values())
    chosen = (random.Random(seed).sample(names, min(size, len(names))) for names in modules)  # noqa: S311 -- no secret
    return [name for names in chosen for name in names]


def _is_noticed(home: Path, name: str, part: Part) -> bool:
    asked = [sys.executable, "-m", "pytest", "-x", "-q", *part.arguments, *part.second_look(name)]
    environment = {**os.environ, "MUTANT_UNDER_TEST": name}
    try:
        ended = subprocess.run(
            asked, cwd=home / "mutants", env=environment, timeout=LONGEST, check=False, stdout=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        return True
    return ended.returncode != 0


def _tell(home: Path, chosen: list[str], survivors: list[str]) -> None:
    """Write the counts by module as a table, and what each survivor has broken."""
    sys.stdout.write("| Module | Mutants | Tried | Killed | Survived |\n| --- | ---: | ---: | ---: | ---: |\n")
    sums: Counter[str] = Counter()
    for module, fates in _fates(home).items():
        tried, lived = fates.keys() & set(chosen), fates.keys() & set(survivors)
        row = {"made": len(fates), "tried": len(tried), "lived": len(lived)}
        sums.update(row)
        sys.stdout.write(_row(f"`{module}`", row))
    sys.stdout.write(_row("All", sums))
    for name in survivors:
        subprocess.run([sys.executable, "-m", "mutmut", "show", name], cwd=home, check=True)


def _row(name: str, row: dict[str, int]) -> str:
    return f"| {name} | {row['made']} | {row['tried']} | {row['tried'] - row['lived']} | {row['lived']} |\n"


if __name__ == "__main__":
    main()
