"""The calls of an answer, put together: servers tell an id late, a name in pieces, or two calls under one index."""

from collections.abc import Iterator

import attrs
import llm_core as llm


@attrs.define
class _Call:
    place: int
    id: str = ""
    name: str = ""
    waiting: str = ""  # of its arguments
    begun: bool = False

    def told(self) -> Iterator[llm.StreamEvent]:
        if not self.begun:
            self.begun = True
            yield llm.ToolCallStart(index=self.place, id=self.id, name=self.name)
        yield llm.ToolCallDelta(index=self.place, arguments_text=self.waiting)
        self.waiting = ""


@attrs.define
class Calls:
    """A call is told once its id, its name and the first of its arguments are there; what is left, at the end."""

    _calls: list[_Call] = attrs.field(factory=list)
    _last: dict[int, _Call] = attrs.field(factory=dict)  # by index

    def take(self, index: int, *, id: str, name: str, arguments: str) -> Iterator[llm.StreamEvent]:
        """Yield what the next piece tells: another id under the same index is another call."""
        call = self._last.get(index)
        if call is None or (id and call.id and id != call.id):
            call = self._last[index] = _Call(len(self._calls))
            self._calls.append(call)
        call.id, call.waiting = call.id or id, call.waiting + arguments
        call.name += "" if call.begun else name
        if call.id and call.name and call.waiting:
            yield from call.told()

    def rest(self) -> Iterator[llm.StreamEvent]:
        """Yield what is left to tell."""
        for call in self._calls:
            yield from call.told()
