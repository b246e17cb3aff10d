"""Assembles tool calls from chunks: some providers send the id late, split the name, or give two calls one index."""

import attrs

from llm_core.domain.errors import BadResponseError
from llm_core.domain.events import StreamEvent, ToolCallDelta, ToolCallStart
from llm_core.domain.parts import ProviderData
from llm_core.domain.tools import ToolCall

from .open_calls import MAX_CALLS, MAX_NAME, OpenCall, OpenCalls, ToolCallChunk
from .valid_text import valid_text

__all__ = ["MAX_CALLS", "MAX_NAME", "ToolCallAssembler", "ToolCallChunk"]


@attrs.define(kw_only=True, eq=False, repr=False)
class ToolCallAssembler:
    """Assembles the tool calls of one answer.

    Which call a chunk belongs to:

    1. The call with the chunk's index; if several have it, the one with the chunk's id, else the latest. A chunk
       without an index belongs to the call with its id, else to the latest call. An index that is new belongs to
       another call, unless the chunk has the id of a call whose arguments are not whole, or the latest call has no
       index yet.
    2. Under one index, or without any, another call begins with

       - another id, once the arguments of the call are whole, or once one of its chunks had no other id than the first;
         and at any time with another id and another name, or a name and whole arguments. Else the provider changes the
         id with every chunk: from then on its ids are ignored, and the first one is kept.
       - another name without an id, or the same name with more arguments, once the arguments of the call are whole;
       - more arguments, if the name of the call came after its whole arguments.

       Arguments are whole where their JSON value ends. They always continue the call, however they begin: a provider
       that repeats them with every chunk makes an invalid call with its exact text.
    3. A name may come in several chunks before the arguments begin, or again with every chunk. Between two ids and two
       names without arguments, the next chunk decides: with a third id and no name, all are parts of one call.

    Not known from the chunks, and read as one invalid call: two calls under one index, of which the first has
    arguments that are no JSON and whose chunks have no ids; read as one call: two calls under one index, of which the
    first has no arguments, and the second has no other id, or the same name.

    A call is emitted once its id, its name and the first of its arguments are known; at the end, the calls that lack
    one of them are emitted too, under a generated id where the provider sent none. A call without name and arguments is
    left out, and so is one whose id begins with one of `server_run_id_prefixes`: the provider ran it itself.
    """

    server_run_id_prefixes: tuple[str, ...] = ()
    _open: OpenCalls = attrs.field(factory=OpenCalls)

    def add(self, chunk: ToolCallChunk) -> list[StreamEvent]:
        """Return the events that *chunk* completes.

        Raises:
            BadResponseError: half a surrogate pair in an id or a name; more than `MAX_CALLS` calls; an endless name.
        """
        if chunk.id or chunk.name:
            _require_text(chunk.id, chunk.name)
        call = self._open.add(chunk)
        return _emit(call) if call.id and call.name and call.arguments.has_begun and self._is_ours(call) else []

    @property
    def has_begun(self) -> bool:
        """Whether any part of a call has arrived, if only its id."""
        return any(call.id or call.name or call.arguments.texts for call in self._open.calls)

    @property
    def ended(self) -> frozenset[int]:
        """The indices, in the events, of the calls whose end the provider has sent."""
        return frozenset(call.index for call in self._open.calls if call.ended)

    def finish(self) -> list[StreamEvent]:
        """Return the events that are still due: calls without arguments or id, and surrogate halves as U+FFFD."""
        if not self._open.calls:
            return []
        return [event for call in self._ours() for event in (*_emit(call), *_flush(call))]

    def replay_calls(self, provider: str) -> list[ToolCall]:
        """Return the calls that have provider data, with their ids and that data alone."""
        if not self._open.calls:
            return []
        return [
            ToolCall(
                id=call.id or "",
                name=call.name or "?",
                arguments={},
                provider_data=[ProviderData(provider=provider, value=call.provider_data)],
            )
            for call in self._ours()
            if call.provider_data is not None
        ]

    def _ours(self) -> list[OpenCall]:
        return [call for call in self._open.calls if self._is_ours(call)]

    def _is_ours(self, call: OpenCall) -> bool:
        has_content = call.arguments.texts or (call.name and not call.repeats_name)
        return bool(has_content) and not (call.id and call.id.startswith(self.server_run_id_prefixes))


def _require_text(*values: object) -> None:
    for value in values:
        if value and valid_text(value, "a call's id or name") is None:
            raise BadResponseError(detail="a call's id or name: not text")


def _emit(call: OpenCall) -> list[StreamEvent]:
    events: list[StreamEvent] = []
    if call.emitted is None:
        call.id, call.emitted = call.id or _new_id(), 0
        events.append(ToolCallStart(index=call.index, id=call.id, name=call.name))
    text = call.surrogates.feed("".join(call.arguments.texts[call.emitted :]))
    call.emitted = len(call.arguments.texts)
    if text:
        events.append(ToolCallDelta(index=call.index, arguments_text=text))
    return events


def _new_id() -> str:
    import uuid  # few providers send no ids

    return f"call_{uuid.uuid4().hex[:24]}"


def _flush(call: OpenCall) -> list[StreamEvent]:
    text = call.surrogates.flush()
    return [ToolCallDelta(index=call.index, arguments_text=text)] if text else []
