"""Assembles the tool calls of a response from their deltas, for `PlainChat`."""

import uuid
from collections.abc import Iterator

import attrs

from llm_core import StreamEvent, ToolCallDelta, ToolCallStart


@attrs.define
class PlainCall:
    """A tool call under assembly; `pending_arguments` have arrived, and are in no event yet."""

    index: int
    id: str = ""
    name: str = ""
    pending_arguments: str = ""
    started: bool = False

    def events(self) -> Iterator[StreamEvent]:
        """Yield the events for what has arrived since the last call of this method."""
        if not self.started:
            self.started = True
            yield ToolCallStart(index=self.index, id=self.id or f"call_{uuid.uuid4().hex}", name=self.name)
        if self.pending_arguments:
            yield ToolCallDelta(index=self.index, arguments_text=self.pending_arguments)
        self.pending_arguments = ""


@attrs.define
class PlainCalls:
    """All tool calls of a response. A call starts when it has an id, a name and some arguments, or at the end."""

    calls: list[PlainCall] = attrs.field(factory=list)
    _latest: dict[int, PlainCall] = attrs.field(factory=dict)

    def add_delta(self, index: int, id: str, name: str, arguments: str) -> Iterator[StreamEvent]:
        """Yield the events of the next delta: a new id and a name under a known index begin another call."""
        call = self._latest.get(index)
        if call is None or (id and call.id and id != call.id and name):
            call = self._latest[index] = PlainCall(len(self.calls))
            self.calls.append(call)
        call.id, call.pending_arguments = call.id or id, call.pending_arguments + arguments
        call.name += "" if call.started or name == call.name else name
        if call.id and call.name and call.pending_arguments:
            yield from call.events()

    def remaining_events(self) -> Iterator[StreamEvent]:
        """Yield the events that are still due when the stream ends."""
        for call in self.calls:
            yield from call.events()
