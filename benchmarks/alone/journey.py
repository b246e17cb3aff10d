"""The path of a warm `complete` through our code: how many files, changes of file and calls it takes.

``python -m benchmarks.alone.journey`` prints the path, one line for each file that it enters.
"""

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from types import FrameType

import attrs

import llm_core
from benchmarks.contests import DIRECT
from benchmarks.figures import Figure
from benchmarks.measuring.fake_provider import running_fake_provider
from benchmarks.measuring.workload import Work, spec_of

OURS = Path(llm_core.__file__).parent


@attrs.frozen
class Journey:
    """The functions of ours that one call enters, in their order: file and name."""

    steps: tuple[tuple[str, str], ...]

    @property
    def files(self) -> int:
        """The number of files."""
        return len({file for file, _ in self.steps})

    @property
    def changes(self) -> int:
        """The number of times that the next function stands in another file."""
        return sum(1 for _ in groupby(file for file, _ in self.steps)) - 1

    @property
    def path(self) -> Iterator[str]:
        """Yield each stay in a file, and the functions that it entered there."""
        for file, steps in groupby(self.steps, key=lambda step: step[0]):
            yield f"{file}: {', '.join(name for _, name in steps)}"


def figures(fake_provider: str) -> Iterator[Figure]:
    """Yield the three counts."""
    journey = journey_of(fake_provider)
    title = "a warm complete of DirectChat crosses"
    yield Figure(title=f"{title}: files", value=journey.files, at_most=25)
    yield Figure(title=f"{title}: changes of file", value=journey.changes, at_most=80)
    yield Figure(title=f"{title}: calls of our functions", value=len(journey.steps), at_most=200)


def journey_of(fake_provider: str) -> Journey:
    """Return the path of the second call: the first one imports and connects."""
    from benchmarks.candidates import port
    from llm_core import ChatRequest

    chat, messages, tools = port.prepared(spec_of(Work("journey", "complete"), fake_provider, DIRECT.variant))
    request = ChatRequest(messages=messages, tools=tools())
    chat.complete(request)
    steps: list[tuple[str, str]] = []

    def note(frame: FrameType, event: str, _: object) -> None:
        file = Path(frame.f_code.co_filename)
        if event == "call" and file.is_relative_to(OURS):
            steps.append((str(file.relative_to(OURS)), frame.f_code.co_qualname))

    sys.setprofile(note)
    try:
        chat.complete(request)
    finally:
        sys.setprofile(None)
    return Journey(tuple(steps))


def main() -> None:
    """Print the path and the counts."""
    with running_fake_provider() as fake_provider:
        journey = journey_of(fake_provider)
    print("\n".join(journey.path))
    print(f"{journey.files} files, {journey.changes} changes of file, {len(journey.steps)} calls")


if __name__ == "__main__":
    main()
