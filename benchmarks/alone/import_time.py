"""CPU of ``import llm_core`` over a bare Python, and the slow libraries that it loads."""

from collections.abc import Iterator

from benchmarks.figures import Figure
from benchmarks.measuring.processes import cpu_milliseconds, output_of

ROUNDS = 20
SLOW = ("litellm", "httpx", "pytest", "cattrs", "environs", "asyncio")
PROGRAMS = ("pass", "import llm_core")


def figures(fake_provider: str) -> Iterator[Figure]:  # noqa: ARG001 -- the common signature
    """Yield the time (the best of some processes, in turns) and the number of libraries."""
    times = [[cpu_milliseconds(program) for program in PROGRAMS] for _ in range(ROUNDS)]
    bare, ours = (min(column) for column in zip(*times, strict=True))
    detail = f"CPU, {ours:.1f} - {bare:.1f}"
    yield Figure(title="import llm_core over a bare Python", value=ours - bare, unit=" ms", at_most=80, detail=detail)
    loaded = output_of(f"import sys, llm_core; print(*(name for name in {SLOW} if name in sys.modules))")
    title = f"slow libraries that it loads, of {len(SLOW)}"
    yield Figure(title=title, value=len(loaded.split()), at_most=0, detail=loaded or "none")
