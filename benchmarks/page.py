"""What was measured, as a page: a table of figures, a table of each contest, and where it was."""

import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version

from benchmarks.figures import HEAD, Figure
from benchmarks.measuring.rounds import PEERS, Standing
from benchmarks.works import Contest

MAIN = ("litellm", "openai", "httpx", "aiohttp")
OTHERS = ("any_llm_sdk", "langchain_litellm", "langchain_openai", "openai_agents", "pydantic_ai_slim", "aisuite")
TOP = """# Benchmarks

`make bench` measures all this and writes this page. [benchmarks/README.md](../benchmarks/README.md) says how.
Figures are CPU time of the caller's process; a ratio is the median over the rounds of one run, in which all take turns.

{where}

{reached} of {all} targets reached.

{figures}

![What candidates take, over the limit](benchmarks.svg)

## All who took part

The limit stands first: the same bytes by hand, with no library but the one for HTTP. Microseconds are for one call, or
for one chunk of a stream.

"""


def page(figures: Sequence[Figure], contests: Sequence[tuple[Contest, Sequence[Standing]]]) -> str:
    """Return the page in Markdown."""
    reached = sum(figure.verdict == "reached" for figure in figures)
    table = markdown(HEAD, [figure.row for figure in figures])
    top = TOP.format(where=_where(), reached=reached, all=len(figures), figures=table)
    return top + "\n\n".join(f"### {contest.title}\n\n{_contest(standings)}" for contest, standings in contests) + "\n"


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; a bar within a cell stays in it."""
    lines = (head, ["---"] * len(head), *rows)
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def rows_of(standings: Sequence[Standing]) -> Iterator[tuple[str, str, str]]:
    """Yield who took how long, and how many times what the first took; or why somebody could not."""
    limit = standings[0]
    for one in standings:
        if one.problem:
            yield one.label, one.problem, ""
        else:
            yield one.label, f"{one.microseconds:,.1f}", "" if limit.problem else f"{one.over(limit):.2f}"


def _contest(standings: Sequence[Standing]) -> str:
    return markdown(("", "microseconds", "over the limit"), rows_of(standings))


def _where() -> str:
    python = f"{platform.python_implementation()} {platform.python_version()}"
    ours = ", ".join(f"{name} {version(name)}" for name in MAIN)
    found = (path.stem for name in OTHERS for path in PEERS.glob(f"*/lib/python*/site-packages/{name}-*.dist-info"))
    peers = ", ".join(" ".join(name.replace("_", "-").rsplit("-", 1)) for name in found)
    today = f"{datetime.now(UTC):%d %B %Y}"
    return (
        f"{today}; {python}, {platform.machine()}, {os.cpu_count()} cores; {ours}; peers: {peers or 'none installed'}."
    )
