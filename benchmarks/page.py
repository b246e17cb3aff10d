"""Writes docs/benchmarks.md: a table of figures, a table of each contest, and the environment."""

import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version

from benchmarks.contests import Contest
from benchmarks.figures import HEAD, Figure
from benchmarks.measuring.rounds import PEERS, Standing

MAIN = ("litellm", "openai", "httpx", "aiohttp")
OTHERS = ("any_llm_sdk", "langchain_litellm", "langchain_openai", "openai_agents", "pydantic_ai_slim", "aisuite")
TOP = """# Benchmarks

`make bench` measures everything and writes this page; [benchmarks/README.md](../benchmarks/README.md) explains how.
Figures are CPU time of the caller's process. A ratio is the median over the rounds of one run, in which all take turns.

{environment}

{reached} of {all} targets reached.

{figures}

![CPU of the candidates over the limit](benchmarks.svg)

## All candidates

The first row is the limit: the same bytes by hand, with an HTTP library only. Microseconds are for one call, or for one
chunk of a stream.

"""


def page(figures: Sequence[Figure], contests: Sequence[tuple[Contest, Sequence[Standing]]]) -> str:
    """Return the page in Markdown."""
    reached = sum(figure.verdict == "reached" for figure in figures)
    table = markdown(HEAD, [figure.row for figure in figures])
    top = TOP.format(environment=_environment(), reached=reached, all=len(figures), figures=table)
    return top + "\n\n".join(f"### {contest.title}\n\n{_contest(standings)}" for contest, standings in contests) + "\n"


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table, with bars within cells escaped."""
    lines = (head, ["---"] * len(head), *rows)
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def rows_of(standings: Sequence[Standing]) -> Iterator[tuple[str, str, str]]:
    """Yield a row per candidate: label, microseconds and the ratio to the first; or the problem."""
    limit = standings[0]
    for one in standings:
        if one.problem:
            yield one.label, one.problem, ""
        else:
            yield one.label, f"{one.microseconds:,.1f}", "" if limit.problem else f"{one.over(limit):.2f}"


def _contest(standings: Sequence[Standing]) -> str:
    return markdown(("", "microseconds", "over the limit"), rows_of(standings))


def _environment() -> str:
    python = f"{platform.python_implementation()} {platform.python_version()}"
    ours = ", ".join(f"{name} {version(name)}" for name in MAIN)
    found = (path.stem for name in OTHERS for path in PEERS.glob(f"*/lib/python*/site-packages/{name}-*.dist-info"))
    peers = ", ".join(" ".join(name.replace("_", "-").rsplit("-", 1)) for name in found)
    today = f"{datetime.now(UTC):%d %B %Y}"
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[1]:.1f}"
    return f"{today}; {python}, {machine}; {ours}; peers: {peers or 'none installed'}."
