"""Writes `docs/faults.md`: every fault, the promised error, and how many cells of each lane are as promised."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from llm_core.testing.clauses.modes import Mode

from .cells import MODELS, Lane, cells
from .faults import FAULTS, Fault
from .runner import Result

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
PHASES = tuple(dict.fromkeys(fault.phase for fault in FAULTS))
_WIRES = {"openai_chat": "openai", "anthropic_messages": "anthropic", "gemini": "gemini", "ollama_chat": "ollama"}
_HEAD = """\
# Faults

{summary}

Every known fault, in four wire formats (OpenAI chat completions, Anthropic messages, Gemini, Ollama) and four modes
(`complete`, `stream`, `acomplete`, `astream`), over real sockets. A cell is right if all of this is as promised: the
error class, `retryable`, `retry_after`, `status_code`, `request_id` and `partial`; the fake provider received one
request (none if the fault prevents it); the error's chain holds no third-party exception; no connection, task or thread
is leaked; and the error came in time. A fault that a wire cannot express (Ollama has no quota error) has no cell.

`make faults` plays them and writes this page; the table of faults and promises is `tests/faults/faults.py`.
`tests/faults/test_direct_lane.py` plays those of the direct lane on every run. The call lane is LiteLLM's own
`completion`, which most providers do not need ([why](decisions/0002-the-call-lane-and-what-it-cannot-keep.md)); the
last column lists what it does instead of the promise, with the wires and modes. Faults of tens of megabytes are not
played on it, since it has no bounds. Tasks that it leaks now and then, and its own clients, are not counted.
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
    """Return the first cells of the fault's row, which do not depend on a run."""
    wait = "" if fault.retry_after is None else f"{fault.retry_after:g} s"
    return (
        f"| {fault.name} | `{fault.error_class.__name__}` | {'yes' if fault.error_class.retryable else 'no'} | {wait} |"
    )


def right(fault: Fault, results: Sequence[Result]) -> str:
    """Return how many cells of *fault* are as promised, as "15 of 16"."""
    results_of_fault = [result for result in results if result.cell.fault is fault]
    count = sum(not result.differs for result in results_of_fault)
    return f"{count} of {len(results_of_fault)}" if results_of_fault else "not played"


def all_right(fault: Fault) -> str:
    """Return what `right` returns if all cells are as promised."""
    count = sum(cell.fault is fault for cell in cells("direct"))
    return f"{count} of {count}"


def differing(fault: Fault, results: Sequence[Result]) -> str:
    """Return what was observed instead, with wires and modes, in one line."""
    where: dict[str, dict[str, list[Mode]]] = {}
    for result in results:
        if result.cell.fault is fault and result.differs:
            wires = where.setdefault(", ".join(result.differs), {})
            wires.setdefault(_WIRES[result.cell.dialect], []).append(result.cell.mode)
    return "; ".join(f"{what} ({_places(fault, wires)})" for what, wires in where.items())


def _row(fault: Fault, results: Mapping[Lane, Sequence[Result]]) -> str:
    cells_right = [right(fault, results.get(lane, ())) for lane in ("direct", "call")]
    instead = differing(fault, results.get("call", ()))
    return f"{promise(fault)} {cells_right[0]} | {cells_right[1]}{f': {instead}' if instead else ''} |"


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
