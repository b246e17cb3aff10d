"""The calls of an answer, kept apart by index and id: some providers give two calls one index, or the id late."""

import uuid
from collections.abc import Iterator

import attrs

from llm_core.domain import validators
from llm_core.domain.errors import BadResponseError
from llm_core.domain.events import StreamEvent, ToolCallDelta, ToolCallStart
from llm_core.domain.json_values import JsonValue, parse_arguments
from llm_core.domain.parts import ProviderData
from llm_core.domain.surrogates import SurrogateBuffer
from llm_core.domain.tools import ToolCall

from .deltas import ToolCallChunk

MAX_CALLS = 10_000  # of one answer; each takes some hundred times the bytes that it is told in
_SERVER_RUN = ("srvtoolu_", "mcptoolu_")  # Anthropic's ids of calls that it carried out itself


@attrs.define
class _Call:
    place: int
    id: str | None
    name: str
    pieces: list[str] = attrs.field(factory=list)  # of its arguments
    sent: int | None = None  # of them have been told; None: the start has not
    characters: SurrogateBuffer = attrs.field(factory=SurrogateBuffer)
    data: JsonValue = None

    @property
    def arguments(self) -> str:
        """What has come of them."""
        return "".join(self.pieces)

    @property
    def is_ours(self) -> bool:
        """Whether there is a call at all (some providers send empty ones), and it is for us to carry out."""
        is_server_run = self.id is not None and self.id.startswith(_SERVER_RUN)
        return not is_server_run and bool(self.name or self.pieces)


@attrs.define
class ToolCallAssembler:
    """The calls of one stream. A call is told once its id and name are known; what came before is kept until then."""

    _calls: list[_Call] = attrs.field(factory=list)
    _last: dict[object, _Call] = attrs.field(factory=dict)  # by index

    def add(self, piece: ToolCallChunk) -> Iterator[StreamEvent]:
        """Yield what the next piece of a call tells. BadResponseError: half a character in its id or name."""
        _require_whole(piece.id, piece.name)
        call = self._call(piece.index, piece.id, piece.name)
        if piece.arguments:
            call.pieces.append(piece.arguments)
        call.data = piece.provider_data or call.data
        if call.is_ours and call.id and call.name and call.pieces:
            yield from _tell(call)

    @property
    def has_begun(self) -> bool:
        """Whether anything of a call has come, if only its id."""
        return any(call.id or call.name or call.pieces for call in self._calls)

    def finish(self) -> list[StreamEvent]:
        """Return what is still to be told: calls without arguments, and ids that never came."""
        return [event for call in self._calls if call.is_ours for event in (*_tell(call), *_half(call))]

    def replay_calls(self, provider: str) -> list[ToolCall]:
        """Return, for each call that something goes back with, that and its id."""
        return [
            ToolCall(
                id=call.id or "",
                name=call.name or "?",
                arguments={},
                provider_data=[ProviderData(provider=provider, value=call.data)],
            )
            for call in self._calls
            if call.data is not None and call.is_ours
        ]

    def _call(self, index: object, id: str | None, name: str | None) -> _Call:
        place = index if isinstance(index, int | float | str | None) else repr(index)
        last = self._last.get(place)
        if last is None or _begins_another(last, id, name):
            if len(self._calls) == MAX_CALLS:
                raise BadResponseError(detail=f"more than {MAX_CALLS} calls")
            last = self._last[place] = _Call(len(self._calls), id, name or "")
            self._calls.append(last)
            return last
        last.id = last.id or id
        if name and name != last.name and last.sent is None:
            last.name += name  # a name may come in pieces, or again as it was
        return last


def _require_whole(*told: str | None) -> None:
    try:
        for text in told:
            validators.refuse_surrogates("a call's id or name", text or "")
    except ValueError as error:
        problem = str(error)
    else:
        return
    raise BadResponseError(detail=problem)


def _begins_another(last: _Call, id: str | None, name: str | None) -> bool:
    if id and last.id:
        return id != last.id
    if not (name and last.name):
        return False
    return (id is None or name != last.name) and _is_complete(last)


def _is_complete(call: _Call) -> bool:
    last = next((piece for piece in reversed(call.pieces) if piece.strip()), "")
    if not last.rstrip().endswith("}"):
        return False  # most often so: to parse them all at every piece would take its time
    try:
        return parse_arguments(call.arguments) is not None
    except ValueError:
        return False


def _tell(call: _Call) -> Iterator[StreamEvent]:
    if call.sent is None:
        call.id, call.sent = call.id or _made_id(), 0
        yield ToolCallStart(index=call.place, id=call.id, name=call.name)
    text = call.characters.feed("".join(call.pieces[call.sent :]))
    call.sent = len(call.pieces)
    if text:
        yield ToolCallDelta(index=call.place, arguments_text=text)


def _half(call: _Call) -> Iterator[StreamEvent]:
    if half := call.characters.flush():
        yield ToolCallDelta(index=call.place, arguments_text=half)


def _made_id() -> str:
    return f"call_{uuid.uuid4().hex[:24]}"
