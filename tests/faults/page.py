"""Writes `docs/faults.md`: every fault, what is promised of it, and where each lane keeps that."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from llm_core.testing.clauses.modes import Mode

from .cells import MODELS, Lane, cells
from .faults import FAULTS, Fault
from .running import Result

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
PHASES = tuple(dict.fromkeys(fault.phase for fault in FAULTS))
_WIRES = {"openai_chat": "openai", "anthropic_messages": "anthropic", "gemini": "gemini", "ollama_chat": "ollama"}
_HEAD = """\
# Faults

{summary}

Every fault that is known to happen, in four wire formats (OpenAI chat completions, Anthropic messages, Gemini, Ollama)
and four modes (`complete`, `stream`, `acomplete`, `astream`), over real sockets. A cell is right if all of this is as
promised: the kind of the error, `retryable`, `retry_after`, `status_code`, `request_id` and `partial`; the fake provider saw
one request, or none where it could see none; no foreign exception hangs on the error; no connection, task or thread is
left; and it came in time. Where a wire has no words for a fault (Ollama knows no quota) there is no cell.

`make faults` plays them and writes this page; the table of faults and promises is `tests/faults/faults.py`.
`tests/faults/test_direct_lane.py` plays the direct lane's on every run. The call lane is LiteLLM's own `completion`,
which most providers do not need ([why](decisions/0002-the-call-lane-and-what-it-cannot-keep.md)): what it makes of a
fault stands in the last column, with the wires and modes where it does. What offers more bytes than anybody should take
is not played to it, since it has no bounds; tasks that it leaves now and then, and its own clients, are not counted.
"""


def page(results: Mapping[Lane, Sequence[Result]]) -> str:
    """Return the page."""
    lines = [_HEAD.format(summary="; ".join(_summary(lane, results[lane]) for lane in results))]
    for phase in PHASES:
        lines += [f"## {phase[0].upper()}{phase[1:]}", ""]
        lines += [
            "| Fault | Promised | Retry | After | Direct lane | Call lane |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        lines += [_row(fault, results) for fault in FAULTS if fault.phase == phase]
        lines += [""]
    return "\n".join(lines)


def promise(fault: Fault) -> str:
    """Return the beginning of its row: what does not depend on a run."""
    wait = "" if fault.retry_after is None else f"{fault.retry_after:g} s"
    return f"| {fault.name} | `{fault.kind.__name__}` | {'yes' if fault.kind.retryable else 'no'} | {wait} |"


def right(fault: Fault, results: Sequence[Result]) -> str:
    """Return how many of a fault's cells are right."""
    mine = [result for result in results if result.cell.fault is fault]
    return f"{sum(not result.differs for result in mine)} of {len(mine)}" if mine else "not played"


def all_right(fault: Fault) -> str:
    """Return what `right` is where all are."""
    count = sum(cell.fault is fault for cell in cells("direct"))
    return f"{count} of {count}"


def differing(fault: Fault, results: Sequence[Result]) -> str:
    """Return what else was seen, and where, in a line."""
    where: dict[str, dict[str, list[Mode]]] = {}
    for result in results:
        if result.cell.fault is fault and result.differs:
            told = where.setdefault(", ".join(result.differs), {})
            told.setdefault(_WIRES[result.cell.dialect], []).append(result.cell.mode)
    return "; ".join(f"{what} ({_places(fault, wires)})" for what, wires in where.items())


def _row(fault: Fault, results: Mapping[Lane, Sequence[Result]]) -> str:
    cells_right = [right(fault, results.get(lane, ())) for lane in ("direct", "call")]
    told = differing(fault, results.get("call", ()))
    return f"{promise(fault)} {cells_right[0]} | {cells_right[1]}{f': {told}' if told else ''} |"


def _places(fault: Fault, wires: Mapping[str, Sequence[Mode]]) -> str:
    by_modes: dict[tuple[Mode, ...], list[str]] = {}
    for wire, modes in wires.items():
        by_modes.setdefault(tuple(modes), []).append(wire)
    return "; ".join(_place(fault, wires, modes) for modes, wires in by_modes.items())


def _place(fault: Fault, wires: Sequence[str], modes: Sequence[Mode]) -> str:
    named = "every wire" if len(wires) == len(MODELS) else ", ".join(wires)
    return named if len(modes) == len(fault.modes) else f"{named}: {', '.join(modes)}"


def _summary(lane: Lane, results: Sequence[Result]) -> str:
    good = sum(not result.differs for result in results)
    return f"**{lane} lane: {good:,} of {len(results):,} cells are right**"


def phases() -> Iterator[tuple[str, list[Fault]]]:
    """Yield each phase with its faults."""
    for phase in PHASES:
        yield phase, [fault for fault in FAULTS if fault.phase == phase]
