"""Print every figure with its target and whether it is reached; `make bench` runs this.

One workload only, with few rounds: ``python -m benchmarks.run --work short_call --quick --who Direct``.
"""

import argparse
import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module

import attrs

from benchmarks.contests import CONTESTS, Contest
from benchmarks.figures import HEAD, Figure, figures_of
from benchmarks.measuring.cpu import show
from benchmarks.measuring.fake_provider import running_fake_provider
from benchmarks.measuring.rounds import PEERS, ROOT, Standing, run_contest
from benchmarks.page import page, rows_of

ALONE = (
    "import_time",
    "first_call",
    "journey",
    "memory",
    "events",
    "wrappers",
    "fake_provider_share",
    "idle_connections",
)
SLOW = ("contract_time",)  # only if named by --work
PANELS = ("short_call", "stream_200", "at_once_64", "astream_200")
QUICK = 5  # rounds
Results = list[tuple[Contest, Sequence[Standing]]]


def main() -> None:
    """Run the command line."""
    options = _parser().parse_args()
    contests = {contest.work.name: contest.among(options.who) for contest in CONTESTS}
    works = options.work or (*contests, *ALONE)
    figures: list[Figure] = []
    results: Results = []
    with running_fake_provider() as fake_provider:
        for work in works:
            if work in contests:
                contest = _quickened(contests[work]) if options.quick else contests[work]
                standings = run_contest(contest, fake_provider)
                results.append((contest, standings))
                _print(contest, standings)
                figures += figures_of(contest, standings)
            else:
                figures += _alone(work, fake_provider)
    show([HEAD, *(figure.row for figure in figures)])
    if options.write:
        _write(figures, results)


def _parser() -> argparse.ArgumentParser:
    works = [*(contest.work.name for contest in CONTESTS), *ALONE, *SLOW]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--work", action="append", choices=works, help="only this workload; may be repeated")
    parser.add_argument(
        "--who", action="append", default=[], help="only candidates whose name contains this; the limit always runs"
    )
    parser.add_argument("--quick", action="store_true", help="few rounds")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md and its plot")
    return parser


def _quickened(contest: Contest) -> Contest:
    return attrs.evolve(contest, rounds=min(QUICK, contest.rounds))


def _alone(work: str, fake_provider: str) -> Iterator[Figure]:
    print(f"== {work}", flush=True)
    figures: Callable[[str], Iterator[Figure]] = import_module(f"benchmarks.alone.{work}").figures
    try:
        for figure in figures(fake_provider):
            print("  ".join(filter(None, figure.row)), flush=True)
            yield figure
    except subprocess.SubprocessError as error:  # what was measured so far is printed and written all the same
        print(f"{work}: {error}", flush=True)


def _print(contest: Contest, standings: Sequence[Standing]) -> None:
    print(f"== {contest.work.name}: {contest.title}", flush=True)
    able = tuple(one for one in standings if not one.problem)
    if able:
        show([("", "microseconds", f"over {able[0].label}"), *rows_of(able)])
    for one in standings:
        if one.problem:
            print(f"{one.label}: {one.problem}")


def _write(figures: Sequence[Figure], results: Results) -> None:
    (ROOT / "docs" / "benchmarks.md").write_text(page(figures, results))
    limits = {contest.work.name: (contest.title, standings) for contest, standings in results}
    panels = [_panel(*limits[name]) for name in PANELS if name in limits]
    command = (str(PEERS / "plot" / "bin" / "python"), "benchmarks/plot.py", "docs/benchmarks.svg")
    try:
        subprocess.run(command, cwd=ROOT, input=json.dumps(panels), text=True, check=True)  # noqa: S603 -- our own script
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"No plot: {error}")


def _panel(title: str, standings: Sequence[Standing]) -> tuple[str, list[tuple[str, float]]]:
    return title, [(one.label, one.over(standings[0])) for one in standings if not one.problem]


if __name__ == "__main__":
    main()
