"""Tool calls and their results in a history: ids that a provider accepts, each of them unique."""

import itertools
import re
import string
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import attrs

from llm_core.domain.json_values import JsonValue
from llm_core.domain.messages import AssistantMessage, Message, ToolMessage
from llm_core.domain.tools import InvalidToolCall, ToolCall, parse_tool_call, sent_text

Call: TypeAlias = ToolCall | InvalidToolCall

_LETTERS = string.ascii_letters + string.digits
_LENGTH = 9  # letters and digits, which every provider accepts


class WireCall(NamedTuple):
    """A call of the history, and the id under which it and its result are sent; a history may hold thousands."""

    call: Call
    id: str

    @property
    def arguments_text(self) -> str:
        """The arguments for a wire that takes text: the model's own, if known."""
        return sent_text(self.call)

    def arguments_object(self, invalid: str = "invalid_arguments") -> Mapping[str, JsonValue]:
        """Return the arguments for a wire that takes an object; text that is not one is its field *invalid*."""
        call = self.call
        if isinstance(call, ToolCall):
            return call.arguments
        parsed = parse_tool_call(id=call.id, name=call.name, arguments_text=call.arguments_text, cut_off=True)
        return parsed.arguments if isinstance(parsed, ToolCall) else {invalid: call.arguments_text}


@attrs.define(eq=False, repr=False)
class PairedCalls:
    """Gives the calls of `messages` their ids, and each result its call, while an encoder takes them in their order.

    The ids match `pattern` as a whole, each is unique in the history, and the same history always gets the same ids. Of
    several calls with one id in one message, the results answer them in their order.
    """

    messages: Sequence[Message]
    pattern: re.Pattern[str] | None = None
    _kept: set[str] | None = None  # the ids that can be sent as they are; None: no id had to be derived yet
    _taken: set[str] = attrs.field(factory=set)
    _names: dict[str, Iterator[str]] = attrs.field(factory=dict)  # the names that were not tried yet, by id
    _open: dict[str, list[WireCall]] = attrs.field(factory=dict)  # the calls that the next results answer, by id

    def of(self, message: AssistantMessage) -> Sequence[WireCall]:
        """Return the calls of the next message that has some, in the order of `all_tool_calls`."""
        calls = message.tool_calls
        if len(calls) == 1 and not message.invalid_tool_calls:  # so are most; a history may hold thousands
            only = WireCall(calls[0], self._unique(calls[0].id))
            self._open[only.call.id] = made = [only]
            return made
        if not (calls or message.invalid_tool_calls):
            return ()
        made = [WireCall(call, self._unique(call.id)) for call in message.all_tool_calls]
        self._open |= _by_id(made)
        return made

    def answered_by(self, message: ToolMessage) -> WireCall:
        """Return the call that the next result answers: the last one of its id before it."""
        waiting = self._open[message.tool_call_id]
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    def _unique(self, id: str) -> str:
        """Return *id* if it is valid and not taken yet, else a free one that is derived from it."""
        if id in self._taken or not (self.pattern is None or self.pattern.fullmatch(id)):
            names = self._names.setdefault(id, _names(id))
            if self._kept is None:
                self._kept = _kept_ids(self.messages, self.pattern)
            id = next(name for name in names if name not in self._taken and name not in self._kept)
        self._taken.add(id)
        return id


def _kept_ids(messages: Sequence[Message], pattern: re.Pattern[str] | None) -> set[str]:
    """Return the ids of *messages* that can be sent as they are."""
    ids = (call.id for message in messages if isinstance(message, AssistantMessage) for call in message.all_tool_calls)
    return {id for id in ids if pattern is None or pattern.fullmatch(id)}


def _by_id(calls: Sequence[WireCall]) -> dict[str, list[WireCall]]:
    grouped: dict[str, list[WireCall]] = {}
    for wire_call in calls:
        grouped.setdefault(wire_call.call.id, []).append(wire_call)
    return grouped


def _names(id: str) -> Iterator[str]:
    return (_derived(id, salt) for salt in itertools.count())


def _derived(id: str, salt: int) -> str:
    import hashlib  # most histories need no derived names

    digest = hashlib.sha256(f"{salt}{id}".encode()).digest()
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:_LENGTH])
