"""The calls of an answer, put together from their pieces, as the honest adapter does it."""

import uuid
from collections.abc import Iterator

import attrs

from llm_core import StreamEvent, ToolCallDelta, ToolCallStart


@attrs.define
class PlainCall:
    """A call of which pieces have come; `waiting` are those of its arguments that are not told."""

    place: int
    id: str = ""
    name: str = ""
    waiting: str = ""
    begun: bool = False

    def told(self) -> Iterator[StreamEvent]:
        """Yield what has not been told."""
        if not self.begun:
            self.begun = True
            yield ToolCallStart(index=self.place, id=self.id or f"call_{uuid.uuid4().hex}", name=self.name)
        if self.waiting:
            yield ToolCallDelta(index=self.place, arguments_text=self.waiting)
        self.waiting = ""


@attrs.define
class PlainCalls:
    """All calls of an answer. One is told when it has an id, a name and the first of its arguments, or at the end."""

    calls: list[PlainCall] = attrs.field(factory=list)
    _last: dict[int, PlainCall] = attrs.field(factory=dict)

    def take(self, index: int, id: str, name: str, arguments: str) -> Iterator[StreamEvent]:
        """Yield what the next piece tells: another id under the same index is another call."""
        call = self._last.get(index)
        if call is None or (id and call.id and id != call.id):
            call = self._last[index] = PlainCall(len(self.calls))
            self.calls.append(call)
        call.id, call.waiting = call.id or id, call.waiting + arguments
        call.name += "" if call.begun else name
        if call.id and call.name and call.waiting:
            yield from call.told()

    def rest(self) -> Iterator[StreamEvent]:
        """Yield what is left to tell at the end."""
        for call in self.calls:
            yield from call.told()
