"""Every way in which providers split tool calls into chunks: index, id, name and arguments, each in every form."""

import itertools
from collections.abc import Iterator
from typing import Literal, TypeAlias, get_args

import attrs

from llm_core.testing import Call

Index: TypeAlias = Literal["present", "constant", "absent", "first chunk only", "but the first chunk"]
Id: TypeAlias = Literal["once", "late", "changing", "then another", "repeated", "absent"]
Name: TypeAlias = Literal["once", "each", "pieces", "late"]
Arguments: TypeAlias = Literal["whole", "pieces", "empty first", "null first", "empty last"]

OSLO = Call(id="call_1", name="get_weather", arguments_text='{"city": "Oslo {\\"}", "at": {"n": [1]}, "o": {}}')
NOON = Call(id="call_2", name="get_time", arguments_text='{"zone": "UTC"}')
ROME = Call(id="call_2", name="get_weather", arguments_text='{"city": "Rome"}')
CALLS = {"one call": (OSLO,), "two calls": (OSLO, NOON), "two calls of a tool": (OSLO, ROME)}


@attrs.frozen
class Chunk:
    """The fields of one chunk; None is absent. `arguments` of None is ``null``."""

    index: int | None
    id: str | None
    name: str | None
    arguments: str | None


@attrs.frozen
class Layout:
    """How the calls are split."""

    index: Index
    id: Id
    name: Name
    arguments: Arguments

    def chunks(self, calls: tuple[Call, ...]) -> list[Chunk]:
        """Return the chunks of *calls*, one call after the other."""
        return [chunk for position, call in enumerate(calls) for chunk in self._chunks(position, call)]

    def interleaved(self, calls: tuple[Call, ...]) -> list[Chunk]:
        """Return the chunks of *calls*, by turns."""
        each = [list(self._chunks(position, call)) for position, call in enumerate(calls)]
        return [chunk for turn in itertools.zip_longest(*each) for chunk in turn if chunk is not None]

    def _chunks(self, position: int, call: Call) -> Iterator[Chunk]:
        texts = self._arguments(call.arguments_text)
        names = self._names(call.name, len(texts))
        texts = [*[""] * (len(names) - len(texts)), *texts] if self.name != "late" else [*texts, ""]
        for number, (name, text) in enumerate(zip(names, texts, strict=True)):
            yield Chunk(self._index(position, number), self._id(call.id or "", number), name, text)

    def _index(self, position: int, number: int) -> int | None:
        match self.index:
            case "present":
                return position
            case "constant":
                return 0
            case "absent":
                return None
            case "first chunk only":
                return position if number == 0 else None
            case "but the first chunk":
                return None if number == 0 else position

    def _arguments(self, text: str) -> list[str | None]:
        pieces: list[str | None] = [text[start : start + 4] for start in range(0, len(text), 4)]
        return {
            "whole": [text],
            "pieces": pieces,
            "empty first": ["", *pieces],
            "null first": [None, *pieces],
            "empty last": [*pieces, ""],
        }[self.arguments]

    def _names(self, name: str, count: int) -> list[str | None]:
        match self.name:
            case "once":
                return [name, *[None] * (count - 1)]
            case "each":
                return [name] * count
            case "pieces":
                return [name[:4], name[4:], *[None] * count]
            case "late":
                return [*[None] * count, name]

    def _id(self, id: str, number: int) -> str | None:
        match self.id:
            case "once":
                return id if number == 0 else None
            case "late":
                return id if number == 1 else None
            case "changing":
                return id if number == 0 else f"{id}_{number}"
            case "then another":
                return id if number == 0 else f"{id}_again"
            case "repeated":
                return id
            case "absent":
                return None


LAYOUTS = [
    Layout(index, id, name, arguments)
    for index, id, name, arguments in itertools.product(
        get_args(Index), get_args(Id), get_args(Name), get_args(Arguments)
    )
]
