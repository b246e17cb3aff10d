"""Tool calls in a stream, kept apart by index and id: some providers give two calls one index, or the id late."""

from collections.abc import Iterator

import attrs

from llm_core.domain.events import StreamEvent, ToolCallDelta, ToolCallStart
from llm_core.domain.json_values import parsed_object

from .answers import is_server_run, made_id
from .fields import text_of, text_or_none


@attrs.define
class _Call:
    place: int
    index: object
    id: str | None
    name: str
    arguments: str = ""
    sent: int | None = None  # characters of `arguments` that have been told; None: the start has not

    @property
    def is_ours(self) -> bool:
        """Whether there is a call at all (some providers send empty ones), and it is for us to carry out."""
        return not is_server_run(self.id) and bool(self.id or self.name or self.arguments)


@attrs.define
class CallAssembly:
    """The calls of one stream. A call is told once its id and name are known; what came before is kept until then."""

    _calls: list[_Call] = attrs.field(factory=list)

    def take(self, delta: object) -> Iterator[StreamEvent]:
        """Yield what a tool call delta tells."""
        function = getattr(delta, "function", None)
        id, name = text_or_none(getattr(delta, "id", None)), text_or_none(getattr(function, "name", None))
        if function is None:
            return
        call = self._call(getattr(delta, "index", None), id, name)
        call.arguments += text_of(getattr(function, "arguments", None))
        if call.is_ours and call.id and call.name and call.arguments:
            yield from _tell(call)

    def finish(self) -> list[StreamEvent]:
        """Return what is still to be told: calls without arguments, and ids that never came."""
        return [event for call in self._calls if call.is_ours for event in _tell(call)]

    def _call(self, index: object, id: str | None, name: str | None) -> _Call:
        last = next((call for call in reversed(self._calls) if call.index == index), None)
        if last is None or _begins_another(last, id, name):
            last = _Call(len(self._calls), index, id, name or "")
            self._calls.append(last)
            return last
        last.id = last.id or id
        if name and name != last.name and last.sent is None:
            last.name += name  # a name may come in pieces, or again as it was
        return last


def _begins_another(last: _Call, id: str | None, name: str | None) -> bool:
    if id and last.id:
        return id != last.id
    if not (name and last.name):
        return False
    return (id is None or name != last.name) and _is_complete(last.arguments)


def _is_complete(arguments: str) -> bool:
    try:
        return bool(arguments) and parsed_object(arguments) is not None
    except ValueError:
        return False


def _tell(call: _Call) -> Iterator[StreamEvent]:
    if call.sent is None:
        call.id, call.sent = call.id or made_id(), 0
        yield ToolCallStart(index=call.place, id=call.id, name=call.name)
    if len(call.arguments) > call.sent:
        yield ToolCallDelta(index=call.place, arguments_text=call.arguments[call.sent :])
        call.sent = len(call.arguments)
