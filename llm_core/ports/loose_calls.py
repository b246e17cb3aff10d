"""The calls of an answer, put together: servers tell an id late, a name in pieces, or two calls under one index."""

import uuid
from collections.abc import Iterator

import attrs

from llm_core.domain.events import StreamEvent, ToolCallDelta, ToolCallStart


@attrs.define
class _Call:
    place: int
    id: str = ""
    name: str = ""
    waiting: str = ""  # of its arguments
    begun: bool = False

    def told(self) -> Iterator[StreamEvent]:
        if not self.begun:
            self.begun, self.id = True, self.id or f"call_{uuid.uuid4().hex}"
            yield ToolCallStart(index=self.place, id=self.id, name=self.name)
        if self.waiting:
            yield ToolCallDelta(index=self.place, arguments_text=self.waiting)
            self.waiting = ""


@attrs.define
class LooseCalls:
    """A call is told once its id, its name and the first of its arguments are there; what is left, at the end."""

    _calls: list[_Call] = attrs.field(factory=list)
    _last: dict[int, _Call] = attrs.field(factory=dict)  # by index

    def take(self, event: ToolCallStart | ToolCallDelta) -> Iterator[StreamEvent]:
        """Yield what *event* tells, the next piece of a call: another id under the same index is another call."""
        if isinstance(event, ToolCallStart):
            call = self._call(event.index, event.id)
            call.id = call.id or event.id
            call.name += "" if call.begun or event.name == call.name else event.name
        else:
            call = self._call(event.index, "")
            call.waiting += event.arguments_text
        if call.id and call.name and call.waiting:
            yield from call.told()

    def rest(self) -> Iterator[StreamEvent]:
        """Yield what is left to tell."""
        for call in self._calls:
            yield from call.told()

    def _call(self, index: int, id: str) -> _Call:
        call = self._last.get(index)
        if call is None or (id and call.id and id != call.id):
            call = self._last[index] = _Call(len(self._calls))
            self._calls.append(call)
        return call
