"""Assistant messages as content blocks of Anthropic's Messages API.

What came from this provider goes back in the order in which it came: reasoning with its signature, text with its
citations, calls, and the blocks of tools that Anthropic ran. Stored messages are not trusted: a block of any other type
is refused. A message that was edited since loses order and signatures; its fields are sent. Sources:
https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking (blocks are sent back complete and unmodified)
and /en/docs/agents-and-tools/tool-use/fine-grained-tool-streaming (arguments that are no JSON object).
"""

from collections.abc import Iterator, Mapping, Sequence

import attrs

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.json_values import JsonObject, JsonValue
from llm_core.domain.messages import AssistantMessage, ReasoningPart
from llm_core.domain.parts import ProviderData
from llm_core.wires.endpoint import Endpoint
from llm_core.wires.paired_calls import WireCall

from .block_order import BLOCKS, REDACTED, SERVER_BLOCKS, TEXT_DIGEST, THINKING, digest


def encode_assistant(
    message: AssistantMessage, calls: Sequence[WireCall], endpoint: Endpoint, path: str
) -> list[JsonObject]:
    """Return the content blocks of *message*, whose calls are *calls*; *path* leads to it. Blank text is left out.

    Raises:
        UnsupportedFeatureError: its provider data holds what is never sent.
    """
    if not (message.reasoning or message.provider_data):
        return [*_text(message.content), *map(_call, calls)]
    note = _note(message, endpoint, f"{path}.provider_data")
    thoughts = _thoughts(message, endpoint, f"{path}.reasoning")
    if note is not None:
        ordered = _Replay(message, [*calls], thoughts, endpoint).blocks(note, f"{path}.provider_data")
        return ordered or [*_text(message.content), *map(_call, calls)]
    if any(isinstance(thought, _Edited) for thought in thoughts):
        thoughts = []
    return [
        *(thought for thought in thoughts if isinstance(thought, dict)),
        *_text(message.content),
        *map(_call, calls),
    ]


class _Edited:
    """Stands for reasoning whose text is not the signed one any more."""


@attrs.define
class _Replay:
    """Puts the content of a message into the order of its note."""

    message: AssistantMessage
    calls: list[WireCall]
    thoughts: list[JsonObject | _Edited | None]
    endpoint: Endpoint
    position: int = 0  # in the text
    reasoning: int = 0  # how many parts are in place

    def blocks(self, note: Mapping[str, JsonValue], path: str) -> list[JsonObject]:
        """Return the blocks in their order; none if the message no longer fits it."""
        items = note[BLOCKS]
        ordered: list[JsonObject] = []
        fits = note.get(TEXT_DIGEST) == digest(self.message.content)
        for item in items if isinstance(items, list) else ():
            if not isinstance(item, dict):
                raise UnsupportedFeatureError(feature=f"{path}: {_described(item)}")
            placed = self._placed(item, path)
            fits = fits and placed is not None
            ordered += placed or ()
        complete = (self.position, self.reasoning) == (len(self.message.content), len(self.thoughts))
        return ordered if fits and complete and not self.calls else []

    def _placed(self, item: dict[str, JsonValue], path: str) -> list[JsonObject] | None:
        """Return the block of *item* in a list, which is empty if it is not sent; None: the message lost it."""
        match item:
            case {"type": "thinking" | "redacted_thinking"}:
                return self._thought(item)
            case {"type": "text", "length": int(length)} if length > 0:
                return self._slice(length, item.get("citations"))
            case {"type": "tool_use", "id": str(id)}:
                return self._called(id, item.get("caller"))
            case {"type": str(type_)} if type_ in SERVER_BLOCKS:
                return [dict(item)]
            case _:
                raise UnsupportedFeatureError(feature=f"{path}: {_described(item)}")

    def _thought(self, item: Mapping[str, JsonValue]) -> list[JsonObject] | None:
        index, self.reasoning = self.reasoning, self.reasoning + 1
        thought = self.thoughts[index] if index < len(self.thoughts) else _Edited()
        if isinstance(thought, dict):
            return [thought]
        if thought is None and not self.endpoint.rules.replays_reasoning:
            return []
        if thought is None and "signature" in item:
            return self._unsigned(self.message.reasoning[index], item)
        return None

    def _unsigned(self, part: ReasoningPart, item: Mapping[str, JsonValue]) -> list[JsonObject]:
        if not self.endpoint.rules.replays_unsigned_thinking:
            return []
        empty = {} if item["signature"] is None else {"signature": ""}
        return [{"type": THINKING, "thinking": part.text, **empty}]

    def _slice(self, length: int, citations: JsonValue) -> list[JsonObject]:
        start, self.position = self.position, self.position + length
        text = self.message.content[start : self.position]
        cited = {"citations": citations} if isinstance(citations, list) else {}
        return [{**block, **cited} for block in _text(text)]

    def _called(self, id: str, caller: JsonValue) -> list[JsonObject] | None:
        found = next((index for index, call in enumerate(self.calls) if call.call.id == id), None)
        if found is None:
            return None
        by_code = {"caller": caller} if isinstance(caller, dict) else {}
        return [{**_call(self.calls.pop(found)), **by_code}]


_INVALID = "INVALID_JSON"  # as the documentation of fine-grained tool streaming names it


def _text(text: str) -> list[JsonObject]:
    return [{"type": "text", "text": text}] if text.strip() else []


def _call(wire_call: WireCall) -> JsonObject:
    arguments = wire_call.arguments_object(_INVALID)
    return {"type": "tool_use", "id": wire_call.id, "name": wire_call.call.name, "input": arguments}


def _note(message: AssistantMessage, endpoint: Endpoint, path: str) -> Mapping[str, JsonValue] | None:
    """Return the note of the order of *message*, if it came from this provider in an order of its own."""
    notes = [*_own(message.provider_data, endpoint)]
    for note in notes:
        if not (isinstance(note, dict) and BLOCKS in note):
            raise UnsupportedFeatureError(feature=f"{path}: {_described(note)}")
    return notes[0] if notes and isinstance(notes[0], dict) else None


def _thoughts(message: AssistantMessage, endpoint: Endpoint, path: str) -> list[JsonObject | _Edited | None]:
    """Return the signed block of each part of the reasoning; None for a part that is not this provider's."""
    parts = enumerate(message.reasoning)
    thoughts = [_thought(part, endpoint, f"{path}[{index}].provider_data") for index, part in parts]
    return thoughts if endpoint.rules.replays_reasoning else [None] * len(thoughts)


def _thought(part: ReasoningPart, endpoint: Endpoint, path: str) -> JsonObject | _Edited | None:
    if not part.provider_data:
        return _signed(part.text, part.signature) if part.signature else None
    for value in _own(part.provider_data, endpoint):
        match value:
            case {"type": "thinking", "thinking": str(text), "signature": str(signature)} if signature:
                return _signed(text, part.signature or signature) if text == part.text else _Edited()
            case {"type": "redacted_thinking", "data": str(data)}:
                return _Edited() if part.text else {"type": REDACTED, "data": data}
            case {"field": str()}:
                pass  # `FIELD`: the same host's reasoning in OpenAI's format
            case _:
                raise UnsupportedFeatureError(feature=f"{path}: {_described(value)}")
    return None


def _signed(text: str, signature: str) -> JsonObject:
    return {"type": THINKING, "thinking": text, "signature": signature}


def _own(data: Sequence[ProviderData], endpoint: Endpoint) -> Iterator[JsonValue]:
    return (one.value for one in data if one.provider == endpoint.provider)


def _described(value: JsonValue) -> str:
    """Return what *value* is, for an error: the type of a block is the provider's word, anything else is not shown."""
    type_ = value.get("type") if isinstance(value, dict) else None
    return f"a block of type {type_[:40]!r}" if isinstance(type_, str) else "not a block"
