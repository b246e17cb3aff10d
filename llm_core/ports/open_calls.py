"""Finds the call that a chunk belongs to; `ToolCallAssembler` documents the rules."""

import attrs

from llm_core.domain.errors import BadResponseError
from llm_core.domain.json_values import JsonValue
from llm_core.domain.surrogates import SurrogateBuffer

from .argument_text import ArgumentText

MAX_CALLS = 10_000  # of one answer; each takes some hundred times the bytes that it has on the wire
MAX_NAME = 10_000  # characters of a name that arrives in chunks
_MAX_INDEX = 2**53  # beyond it, a provider could choose numbers that a dict looks up one after the other


@attrs.frozen(kw_only=True)
class ToolCallChunk:
    """The next part of a tool call.

    `index` is the provider's index of the call; None: the provider sends none. `arguments` continue those of earlier
    chunks. `begins`: it is the first of its call, whatever its fields are; `ends`: it is the last. `arguments_only`: it
    follows the id and the name of its event in a chunk of its own. `provider_data`, such as a signature of the
    reasoning before it, is replayed with the call to the same provider.
    """

    index: object = None
    id: str | None = None
    name: str | None = None
    arguments: str = ""
    begins: bool = False
    ends: bool = False
    arguments_only: bool = False
    provider_data: JsonValue = None


@attrs.define(eq=False, repr=False)
class OpenCall:
    """A call that is still arriving. `index` is its position; `key` is the provider's index, None if it sent none.

    - `emitted`: how many of the texts of `arguments` have been emitted; None: not even the start has.
    - `awaits_arguments`: its last chunk may be followed by one with the arguments of the same event.
    - `keeps_id`: a later chunk had the same id or none, so that another id is that of another call.
    - `name_was_last`: the name came after the whole arguments, so that more of them are those of another call.
    - `may_continue`: the call before, if this may be no more than the next part of its name.
    - `repeats_name`: it began with the name of the call before; without arguments it is no call.
    - `ended`: the provider has sent the end of the call.
    """

    index: int
    key: object
    id: str | None
    name: str
    arguments: ArgumentText = attrs.field(factory=ArgumentText)
    emitted: int | None = None
    surrogates: SurrogateBuffer = attrs.field(factory=SurrogateBuffer)
    provider_data: JsonValue = None
    awaits_arguments: bool = True
    keeps_id: bool = False
    name_was_last: bool = False
    may_continue: "OpenCall | None" = None
    repeats_name: bool = False
    ended: bool = False


@attrs.define(eq=False, repr=False)
class OpenCalls:
    """The calls of one answer, in the order in which they began."""

    calls: list[OpenCall] = attrs.field(factory=list)
    _by_key: dict[object, OpenCall] = attrs.field(factory=dict)  # the latest call of each index of the provider
    _by_id: dict[str, OpenCall] = attrs.field(factory=dict)  # the latest call of each id
    _ids_change: bool = False  # with every chunk of a call

    def add(self, chunk: ToolCallChunk) -> OpenCall:
        """Add *chunk* to its call; return the call.

        Raises:
            BadResponseError: more than `MAX_CALLS` calls, or a name that does not end.
        """
        call = self._call(chunk)
        call.arguments.add(chunk.arguments)
        call.ended = call.ended or chunk.ends
        call.provider_data = chunk.provider_data or call.provider_data
        return call

    def _call(self, chunk: ToolCallChunk) -> OpenCall:
        key = _key_of(chunk.index)
        if chunk.id is None and chunk.name is None and not chunk.arguments_only:  # most chunks of a stream
            usual = self._by_key.get(key)
            if usual is not None and not usual.name_was_last:
                usual.keeps_id = usual.keeps_id or not self._ids_change
                return usual
        call = None if chunk.begins else self._candidate(key, chunk)
        if call is None:
            return self._begin(key, chunk, None)
        if chunk.id and call.id and not self._ids_change and self._by_id.get(chunk.id) is not call:
            if _has_another_id(call, chunk):
                return self._begin(key, chunk, call)
            self._ids_change = call.arguments.has_begun or chunk.name != call.name
            if self._ids_change:
                self._join_split_names()
                call = self._candidate(key, chunk) or call
        elif _begins_another(call, chunk):
            another = self._begin(key, chunk, None)
            if chunk.name and chunk.name == call.name:
                another.repeats_name, another.key = True, None
            return another
        else:
            is_same_event = chunk.arguments_only and call.awaits_arguments
            call.keeps_id = call.keeps_id or not (self._ids_change or is_same_event)
        return self._continued(call, key, chunk)

    def _candidate(self, key: object, chunk: ToolCallChunk) -> OpenCall | None:
        """Return the call that *chunk* belongs to, unless its id or name begins another."""
        same_id, latest = self._by_id.get(chunk.id) if chunk.id else None, self.calls[-1] if self.calls else None
        if key is None:
            return same_id or latest
        if key in self._by_key:
            return same_id if same_id is not None and same_id.key == key else self._by_key[key]
        if same_id is not None and (not chunk.name or same_id.arguments.has_begun) and not same_id.arguments.is_whole:
            return same_id
        return latest if latest is not None and latest.key is None else None

    def _begin(self, key: object, chunk: ToolCallChunk, before: OpenCall | None) -> OpenCall:
        if len(self.calls) == MAX_CALLS:
            raise BadResponseError(detail=f"more than {MAX_CALLS} calls")
        index = self.calls[-1].index + 1 if self.calls else 0
        call = OpenCall(index, key, chunk.id, chunk.name or "")
        if before is not None and not before.arguments.has_begun and not before.keeps_id:
            call.may_continue = before
        self.calls.append(call)
        self._remember(call, key, chunk)
        return call

    def _continued(self, call: OpenCall, key: object, chunk: ToolCallChunk) -> OpenCall:
        call.id, call.key = call.id or chunk.id, key if call.key is None else call.key
        call.awaits_arguments = not chunk.arguments_only
        self._remember(call, key, chunk)
        if chunk.name and not call.name:
            call.name, call.name_was_last = chunk.name, call.arguments.is_whole
        elif chunk.name and chunk.name != call.name and call.emitted is None:
            _add_to_name(call, chunk.name)
        return call

    def _remember(self, call: OpenCall, key: object, chunk: ToolCallChunk) -> None:
        if key is not None:
            self._by_key[key] = call
        if chunk.id:
            self._by_id[chunk.id] = call

    def _join_split_names(self) -> None:
        """Join the calls that turn out to be no more than the next part of the name of another."""
        joined: dict[int, OpenCall] = {}
        for call in self.calls:
            if call.may_continue is not None and not call.arguments.has_begun:
                joined[call.index] = joined.get(call.may_continue.index, call.may_continue)
                _add_to_name(joined[call.index], call.name)
        self.calls = [call for call in self.calls if call.index not in joined]
        self._by_key = {key: joined.get(call.index, call) for key, call in self._by_key.items()}
        self._by_id = {id: joined.get(call.index, call) for id, call in self._by_id.items()}


def _key_of(index: object) -> int | float | str | None:
    """Return *index*, whatever the provider sent, as a key of a dict."""
    if isinstance(index, int | float) and -_MAX_INDEX < index < _MAX_INDEX:
        return index
    return index if isinstance(index, str | None) else repr(index)


def _add_to_name(call: OpenCall, part: str) -> None:
    if len(call.name) + len(part) > MAX_NAME:
        raise BadResponseError(detail=f"a call's name of more than {MAX_NAME} characters")
    call.name += part


def _has_another_id(call: OpenCall, chunk: ToolCallChunk) -> bool:
    """Return whether the id of *chunk* is that of another call; False: the provider changes the id of *call*."""
    if chunk.name and not call.name and not chunk.arguments.strip():
        return False
    if call.keeps_id or call.arguments.is_whole:
        return True
    if not (chunk.name and call.name):
        return False
    return chunk.name != call.name or (call.arguments.has_begun and _is_whole_object(chunk.arguments))


def _is_whole_object(text: str) -> bool:
    return text.lstrip().startswith("{") and ArgumentText([text]).is_whole


def _begins_another(call: OpenCall, chunk: ToolCallChunk) -> bool:
    """Return whether *chunk*, which has no id or one of *call*, begins another call."""
    if chunk.id and chunk.id == call.id:
        return False
    has_arguments = bool(chunk.arguments.strip())
    if not (chunk.name and call.name):
        return call.name_was_last and has_arguments
    if call.repeats_name and not call.arguments.has_begun:
        return chunk.name != call.name
    is_late_id = chunk.id and not call.id and chunk.name == call.name and not has_arguments
    return not is_late_id and call.arguments.is_whole
