"""The output items of an earlier answer, sent back to the host that they came from, in the order in which they came.

An item is made anew from the fields of the message; `items` explains the note that holds their order. What a stored
history says an item is, is not trusted: no item of another type, and no reference to a stored item, reaches a request.
"""

from collections.abc import Mapping, Sequence

import attrs

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.json_values import JsonObject
from llm_core.domain.messages import AssistantMessage
from llm_core.wires.endpoint import HOST, Endpoint
from llm_core.wires.json_access import count_at, objects_at, text_at
from llm_core.wires.paired_calls import WireCall

from .encode_fields import encode_call
from .items import CALL, DIGEST, ITEMS, KEPT, MESSAGE, REASONING, SERVER_ITEMS, digest

_SHOWN = 40  # characters of an unknown type in an error
_PARTS = {"output_text": "text", "refusal": "refusal"}  # the parts of a message, and the fields of their text


class _EditedError(Exception):
    """A field of the message does not fit the note any more."""


def replayed_items(
    message: AssistantMessage, calls: Sequence[WireCall], endpoint: Endpoint, path: str
) -> list[JsonObject] | None:
    """Return the items of *message* as they came; None if they came from elsewhere, or do not fit its fields any more.

    Raises:
        UnsupportedFeatureError: an item of a type that is not sent back; *path* leads to *message*.
    """
    for index, data in enumerate(message.provider_data):
        note = data.value
        if data.provider == endpoint.provider and isinstance(note, dict) and ITEMS in note:
            noted = objects_at(note, ITEMS)
            _require_known(noted, f"{path}.provider_data[{index}]")
            is_of_this_host = note.get(HOST) == endpoint.host
            is_unedited = note.get(DIGEST) == digest(message.content, [part.text for part in message.reasoning])
            if not (is_of_this_host and is_unedited):
                return None
            try:
                return _Replay(message, list(calls), endpoint).items(noted)
            except _EditedError:
                return None
    return None


def _require_known(noted: Sequence[Mapping[str, object]], path: str) -> None:
    for item in noted:
        type_ = text_at(item, "type")
        if type_ not in KEPT and type_ not in SERVER_ITEMS:
            raise UnsupportedFeatureError(feature=f"{path}: an item of type {type_[:_SHOWN]!r}")


@attrs.define(eq=False, repr=False)
class _Replay:
    """Makes the items of one message; `position`, `reasoning` and `calls` are what of its fields is not used yet."""

    message: AssistantMessage
    calls: list[WireCall]
    endpoint: Endpoint
    position: int = 0
    reasoning: int = 0

    def items(self, noted: Sequence[Mapping[str, object]]) -> list[JsonObject]:
        """Return the items; raises _EditedError if they are not all of the message."""
        made = [item for note in noted for item in self._item(note)]
        is_used_up = self.position == len(self.message.content) and self.reasoning == len(self.message.reasoning)
        if not is_used_up or self.calls:
            raise _EditedError
        if all(_can_go_back(note) for note in noted) and self.endpoint.rules.replays_reasoning:
            return made
        return [_without_id(item) for item in made if item["type"] != REASONING]

    def _item(self, note: Mapping[str, object]) -> list[JsonObject]:
        type_ = text_at(note, "type")
        kept: JsonObject = {name: note[name] for name in KEPT.get(type_, ()) if name in note}
        if type_ == MESSAGE:
            parts = [self._part(part) for part in objects_at(note, "content")]
            return [{"type": MESSAGE, "role": "assistant", **kept, "content": parts}]
        if type_ == REASONING:
            summary = self._texts(note, "summary", "summary_text")
            content = self._texts(note, "content", "reasoning_text")
            return [{"type": REASONING, **kept, "summary": summary, **({"content": content} if content else {})}]
        if type_ == CALL:
            return [{**self._call(text_at(note, "call_id")), **kept}]
        return [dict(note)]

    def _part(self, part: Mapping[str, object]) -> JsonObject:
        type_ = text_at(part, "type")
        start = self.position
        self.position += count_at(part, "length") or 0
        if type_ not in _PARTS:
            raise _EditedError
        text = self.message.content[start : self.position]
        # The published schema demands the list; some hosts send none.
        cited = {"annotations": part.get("annotations", [])} if type_ == "output_text" else {}
        return {"type": type_, _PARTS[type_]: text, **cited}

    def _texts(self, note: Mapping[str, object], field: str, type_: str) -> list[JsonObject]:
        start = self.reasoning
        self.reasoning += count_at(note, field) or 0
        return [{"type": type_, "text": part.text} for part in self.message.reasoning[start : self.reasoning]]

    def _call(self, id: str) -> JsonObject:
        found = next((place for place, call in enumerate(self.calls) if call.call.id == id), None)
        if found is None:
            raise _EditedError
        return encode_call(self.calls.pop(found))


def _can_go_back(note: Mapping[str, object]) -> bool:
    """Return whether an item means something without what the provider stored: reasoning is text, or encrypted."""
    return note.get("type") != REASONING or bool(note.get("encrypted_content") or note.get("content"))


def _without_id(item: JsonObject) -> JsonObject:
    """Return a message or a call without its id, under which it is refused where the reasoning before it is missing."""
    if item["type"] in SERVER_ITEMS:
        return item
    return {name: value for name, value in item.items() if name != "id"}
