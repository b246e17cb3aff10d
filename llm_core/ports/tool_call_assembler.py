"""Assembles tool calls from chunks: some providers send the id late, split the name, or give two calls one index."""

import attrs

from llm_core.domain.errors import BadResponseError
from llm_core.domain.events import StreamEvent, ToolCallDelta, ToolCallStart
from llm_core.domain.json_values import JsonValue
from llm_core.domain.parts import ProviderData
from llm_core.domain.surrogates import SurrogateBuffer
from llm_core.domain.tools import ToolCall

from .argument_end import ArgumentEnd
from .valid_text import valid_text

MAX_CALLS = 10_000  # of one answer; each takes some hundred times the bytes that it has on the wire
MAX_NAME = 10_000  # characters of a name that arrives in chunks
_MAX_INDEX = 2**53  # beyond it, a provider could choose numbers that a dict looks up one after the other


@attrs.frozen(kw_only=True)
class ToolCallChunk:
    """The next part of a tool call.

    `index` is the provider's index of the call; None: calls differ by id alone. `arguments` continue those of earlier
    chunks. `provider_data`, such as a signature of the reasoning before it, is replayed with the call to the same
    provider.
    """

    index: object = None
    id: str | None = None
    name: str | None = None
    arguments: str = ""
    provider_data: JsonValue = None


@attrs.define(eq=False, repr=False)
class _Call:
    index: int
    id: str | None
    name: str
    arguments: list[str] = attrs.field(factory=list)
    emitted: int | None = None  # how many of `arguments` have been emitted; None: not even the start has
    surrogates: SurrogateBuffer = attrs.field(factory=SurrogateBuffer)
    end: ArgumentEnd = attrs.field(factory=ArgumentEnd)
    provider_data: JsonValue = None


@attrs.define(kw_only=True, eq=False, repr=False)
class ToolCallAssembler:
    """Assembles the tool calls of one answer.

    - A call is emitted once its id, its name and the first of its arguments are known; at the end, the calls that lack
      one of them are emitted too, under a generated id where the provider sent none.
    - Chunks with one index belong to one call, unless they have different ids. Where an id is missing, a name begins
      another call if the arguments of the call before are complete.
    - A name may come in several chunks, or again with every chunk.
    - A call without name and arguments is left out, and so is one whose id begins with one of
      `server_run_id_prefixes`: the provider ran it itself.
    """

    server_run_id_prefixes: tuple[str, ...] = ()
    _calls: list[_Call] = attrs.field(factory=list)
    _latest: dict[object, _Call] = attrs.field(factory=dict)  # by the provider's index

    def add(self, chunk: ToolCallChunk) -> list[StreamEvent]:
        """Return the events that *chunk* completes.

        Raises:
            BadResponseError: half a surrogate pair in an id or a name; more than `MAX_CALLS` calls; a name beyond
                `MAX_NAME`.
        """
        if chunk.id or chunk.name:
            _require_text(chunk.id, chunk.name)
        call = self._call(chunk)
        if chunk.arguments:
            call.arguments.append(chunk.arguments)
        call.provider_data = chunk.provider_data or call.provider_data
        return _emit(call) if call.id and call.name and call.arguments and self._is_ours(call) else []

    @property
    def has_begun(self) -> bool:
        """Whether any part of a call has arrived, if only its id."""
        return any(call.id or call.name or call.arguments for call in self._calls)

    def finish(self) -> list[StreamEvent]:
        """Return the events that are still due: calls without arguments or id, and surrogate halves as U+FFFD."""
        return [event for call in self._calls if self._is_ours(call) for event in (*_emit(call), *_flush(call))]

    def replay_calls(self, provider: str) -> list[ToolCall]:
        """Return the calls that have provider data, with their ids and that data alone."""
        return [
            ToolCall(
                id=call.id or "",
                name=call.name or "?",
                arguments={},
                provider_data=[ProviderData(provider=provider, value=call.provider_data)],
            )
            for call in self._calls
            if call.provider_data is not None and self._is_ours(call)
        ]

    def _is_ours(self, call: _Call) -> bool:
        return bool(call.name or call.arguments) and not (call.id and call.id.startswith(self.server_run_id_prefixes))

    def _call(self, chunk: ToolCallChunk) -> _Call:
        index = _key_of(chunk.index)
        call = self._latest.get(index)
        if call is None or _begins_another(call, chunk):
            if len(self._calls) == MAX_CALLS:
                raise BadResponseError(detail=f"more than {MAX_CALLS} calls")
            call = self._latest[index] = _Call(len(self._calls), chunk.id, chunk.name or "")
            self._calls.append(call)
            return call
        call.id = call.id or chunk.id
        if chunk.name and chunk.name != call.name and call.emitted is None:
            if len(call.name) > MAX_NAME:
                raise BadResponseError(detail=f"a call's name of more than {MAX_NAME} characters")
            call.name += chunk.name
        return call


def _key_of(index: object) -> int | float | str | None:
    """Return *index*, whatever the provider sent, as a key of a dict."""
    if isinstance(index, int | float) and -_MAX_INDEX < index < _MAX_INDEX:
        return index
    return index if isinstance(index, str | None) else repr(index)


def _require_text(*values: object) -> None:
    for value in values:
        if value and valid_text(value, "a call's id or name") is None:
            raise BadResponseError(detail="a call's id or name: not text")


def _begins_another(call: _Call, chunk: ToolCallChunk) -> bool:
    if chunk.id and call.id:
        return chunk.id != call.id
    if not (chunk.name and call.name):
        return False
    return (chunk.id is None or chunk.name != call.name) and call.end.is_reached(call.arguments)


def _emit(call: _Call) -> list[StreamEvent]:
    events: list[StreamEvent] = []
    if call.emitted is None:
        call.id, call.emitted = call.id or _new_id(), 0
        events.append(ToolCallStart(index=call.index, id=call.id, name=call.name))
    text = call.surrogates.feed("".join(call.arguments[call.emitted :]))
    call.emitted = len(call.arguments)
    if text:
        events.append(ToolCallDelta(index=call.index, arguments_text=text))
    return events


def _new_id() -> str:
    import uuid  # few providers send no ids

    return f"call_{uuid.uuid4().hex[:24]}"


def _flush(call: _Call) -> list[StreamEvent]:
    text = call.surrogates.flush()
    return [ToolCallDelta(index=call.index, arguments_text=text)] if text else []
