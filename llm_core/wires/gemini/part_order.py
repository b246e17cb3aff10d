"""The order of the parts of one answer: noted while it is decoded, and checked before it is replayed.

The record stands in the message's provider data, as ``{"order": [["thought", 12], ["call", 0], ["text", 5]], "digest":
"..."}``. The number is a count of characters; of a call, its index in `all_tool_calls`. Signatures, and the parts of
tools that Google ran, stand in entries of their own, in the order of the record. The digest is that of text, reasoning
and calls, so that an edited message is noticed; the record holds no copy of them.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import attrs

from llm_core.domain.json_values import JsonValue
from llm_core.domain.messages import AssistantMessage
from llm_core.domain.surrogates import join_surrogates
from llm_core.domain.tools import ToolCall, parse_tool_call, sent_text

THOUGHT: Final = "thought"
SIGNED_THOUGHT: Final = "signed thought"
TEXT: Final = "text"
SIGNED_TEXT: Final = "signed text"
CALL: Final = "call"
PART: Final = "part"
KINDS = frozenset({THOUGHT, SIGNED_THOUGHT, TEXT, SIGNED_TEXT, CALL, PART})

_THOUGHTS = (THOUGHT, SIGNED_THOUGHT)
_TEXTS = (TEXT, SIGNED_TEXT)


@attrs.define
class PartOrder:
    """Collects the parts of one answer; chunks of unsigned text, and of unsigned reasoning, are one part."""

    _kinds: list[str] = attrs.field(factory=list)
    _texts: list[list[str]] = attrs.field(factory=list)  # the chunks of each part; of other parts than text, none
    _calls: list[tuple[str, str]] = attrs.field(factory=list)
    _is_usual: bool = True  # unsigned text, then unsigned calls: the order of messages without a record

    def add_text(self, kind: str, text: str) -> None:
        """Add text or reasoning, or the next chunk of it."""
        if self._kinds and self._kinds[-1] == kind and kind in (THOUGHT, TEXT):
            self._texts[-1].append(text)
        elif text or kind not in (THOUGHT, TEXT):
            self._add(kind, [text])

    def add_call(self, name: str, arguments: str, *, signed: bool) -> None:
        """Add a call."""
        self._add(CALL, [])
        self._calls.append((name, arguments))
        self._is_usual = self._is_usual and not signed

    def add_part(self) -> None:
        """Add a part of a tool that Google ran."""
        self._add(PART, [])

    def record(self) -> JsonValue:
        """Return the record; None for unsigned text that unsigned calls follow, which needs none."""
        if self._is_usual:
            return None
        calls = _call_indices(self._calls)
        order: list[JsonValue] = []
        for kind, chunks in zip(self._kinds, self._texts, strict=True):
            order.append([kind, next(calls) if kind == CALL else len(join_surrogates(chunks))])
        digest = _digest(self._joined(_THOUGHTS), self._joined(_TEXTS), _valid_first(self._calls))
        return {"order": order, "digest": digest}

    def _add(self, kind: str, chunks: list[str]) -> None:
        self._is_usual = self._is_usual and (kind == CALL or (kind == TEXT and not self._kinds))
        self._kinds.append(kind)
        self._texts.append(chunks)

    def _joined(self, kinds: tuple[str, ...]) -> str:
        parts = zip(self._kinds, self._texts, strict=True)
        return join_surrogates(chunk for kind, chunks in parts if kind in kinds for chunk in chunks)


@attrs.frozen
class OrderRecord:
    """A record, as it stands in a history."""

    parts: Sequence[tuple[str, int]]
    digest: str

    def fits(self, message: AssistantMessage) -> bool:
        """Return whether *message* still holds what the record describes."""
        calls = ((call.name, sent_text(call)) for call in message.all_tool_calls)
        reasoning = "".join(part.text for part in message.reasoning)
        if self.digest != _digest(reasoning, message.content, calls):
            return False
        indices = sorted(number for kind, number in self.parts if kind == CALL)
        return (
            self._characters(_THOUGHTS) == len(reasoning)
            and self._characters(_TEXTS) == len(message.content)
            and indices == list(range(len(message.all_tool_calls)))
        )

    def count(self, kind: str) -> int:
        """Return the number of parts of one *kind*."""
        return sum(1 for one, _ in self.parts if one == kind)

    def _characters(self, kinds: tuple[str, ...]) -> int:
        return sum(number for kind, number in self.parts if kind in kinds)


def read_record(value: Mapping[str, JsonValue]) -> OrderRecord | None:
    """Return the record in an entry of a message's provider data; None if it has another form."""
    match value:
        case {"order": list(items), "digest": str(digest)} if len(value) == 2:  # noqa: PLR2004 -- its two fields
            parts = [part for item in items if (part := _read_part(item))]
            return OrderRecord(parts, digest) if len(parts) == len(items) else None
        case _:
            return None


def _read_part(item: JsonValue) -> tuple[str, int] | None:
    match item:
        case [str(kind), int(number)] if kind in KINDS and number >= 0 and not isinstance(number, bool):
            return kind, number
        case _:
            return None


def _valid_first(calls: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    order = list(_call_indices(calls))
    return (calls[position] for position in sorted(range(len(calls)), key=order.__getitem__))


def _call_indices(calls: Sequence[tuple[str, str]]) -> Iterator[int]:
    """Yield the index of each call in `all_tool_calls`, where those that cannot be executed come last."""
    valid = [isinstance(parse_tool_call(id="?", name=name, arguments_text=text), ToolCall) for name, text in calls]
    position = {True: 0, False: sum(valid)}
    for one in valid:
        yield position[one]
        position[one] += 1


def _digest(reasoning: str, text: str, calls: Iterable[tuple[str, str]]) -> str:
    hasher = hashlib.sha256()
    for field in (reasoning, text, *(field for call in calls for field in call)):
        encoded = field.encode()
        hasher.update(b"%d:" % len(encoded))
        hasher.update(encoded)
    return hasher.hexdigest()[:32]
