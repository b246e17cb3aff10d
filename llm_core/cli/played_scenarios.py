"""The scenarios of ``llm-core fake-provider``: the next one for each request, which is printed as one line."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator

from llm_core.domain.requests import ChatRequest
from llm_core.testing.dialects.dialect import Dialect, RecordedRequest, inexpressible
from llm_core.testing.scenarios import Breaks, Fails, HangsUp, Refuses, Scenario

from .console import Screen

_NOT_EXPRESSIBLE = 501  # HTTP status
_MAX_TEXT = 60  # characters


class PlayedScenarios:
    """Chooses the scenario of each request: the next one, the last one for all that follow."""

    def __init__(self, dialect: Dialect, scenarios: Iterable[Scenario], screen: Screen) -> None:
        """Play *scenarios*. ValueError if *dialect* cannot express one, or nothing could listen for the others."""
        self._dialect, self._screen = dialect, screen
        self._waiting = deque(scenarios)
        self._changing = threading.Lock()
        self._count = 0
        for scenario in self._waiting:
            reasons = [inexpressible(dialect, scenario, streams=streams) for streams in (True, False)]
            if all(reasons):
                raise ValueError(f"{shown(scenario)}: {dialect.name} never sends {reasons[0]}")
        if Refuses() in self._waiting and len(self._waiting) > 1:
            raise ValueError("refuses: nothing listens, so no other scenario can follow or come before")

    @property
    def only(self) -> Refuses | None:
        """The scenario in which no request arrives, if it is that."""
        return Refuses() if Refuses() in self._waiting else None

    def next(self, request: RecordedRequest) -> Scenario:
        """Return the scenario for *request*, and print both; a request that cannot be read uses none up."""
        with self._changing:
            self._count += 1
            line = f"{self._count}  {request.method} {request.path.partition('?')[0]}"  # a query may hold a key
            try:
                seen, streams = self._dialect.parse(request), self._dialect.streams(request)
            except ValueError as error:
                self._screen.write(f"{line}  -> 400, cannot be read: {_one_line(str(error))}")
                return self._waiting[0]
            scenario = self._waiting.popleft() if len(self._waiting) > 1 else self._waiting[0]
            if reason := inexpressible(self._dialect, scenario, streams=streams):
                scenario = Fails(status=_NOT_EXPRESSIBLE, message=f"{self._dialect.name} never sends {reason} here")
            self._screen.write(f"{line}  {', '.join(_facts(seen, streams=streams))}  -> {shown(scenario)}")
            return scenario


def shown(scenario: Scenario) -> str:
    """Return *scenario* in a few words."""
    match scenario:
        case Breaks(how="unfinished" | "failed_finish"):
            return scenario.how.replace("_", " ")
        case Breaks():
            return f"{scenario.how.replace('_', ' ')} after {scenario.after}"
        case Fails():
            return f"fails with {scenario.status}" + (f", {scenario.reason}" if scenario.reason else "")
        case HangsUp():
            return f"hangs up: {scenario.how}"
        case _:
            return type(scenario).__name__.lower()


def _facts(request: ChatRequest, *, streams: bool) -> Iterator[str]:
    yield request.model or "no model"
    yield _counted(len(request.messages), "message")
    if request.tools:
        yield _counted(len(request.tools), "tool")
    if streams:
        yield "stream"
    texts = [message.text for message in request.messages if hasattr(message, "text")]
    if texts and texts[-1]:
        yield repr(_one_line(texts[-1]))


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MAX_TEXT else f"{line[:_MAX_TEXT]}..."
