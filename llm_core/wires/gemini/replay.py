"""What of an assistant message came from Google, and goes back to it: signatures, server-run parts, and their order.

Stored histories are not trusted: an entry of the provider data has one of the forms that the decoder writes, or it is
refused by name. The forms, of a message: ``{"order": ..., "digest": ...}`` (see `part_order`), ``{"part": ..., "at":
characters}`` and ``{"thoughtSignature": ...}``, the last with ``"text": ""`` if the signature came in a part of its
own; of a call: ``id`` and ``thoughtSignature``; of reasoning: a thinking block.
"""

from collections.abc import Iterator, Mapping, Sequence

import attrs

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.json_values import JsonValue
from llm_core.domain.messages import AssistantMessage
from llm_core.domain.parts import ProviderData

from .part_order import OrderRecord, read_record
from .server_parts import SIGNATURE, is_server_part

_PLACED = frozenset({"part", "at"})
_CALL_FIELDS = frozenset({"id", SIGNATURE})
_BLOCK_FIELDS = frozenset({"type", "thinking", "signature"})


@attrs.define
class ReplayData:
    """The provider data of one assistant message, checked."""

    record: OrderRecord | None = None
    """The order of the parts; None if it is the usual one, or not recorded."""
    server_parts: list[tuple[int, Mapping[str, object]]] = attrs.field(factory=list)
    """The parts of tools that Google ran, each with the number of characters before it."""
    text_signatures: list[str] = attrs.field(factory=list)
    """The signatures of text."""
    has_own_part: bool = False
    """Whether the last of them came in a part of its own."""
    thoughts: list[tuple[str, str]] = attrs.field(factory=list)
    """The signed reasoning: text and signature."""
    calls: list[Mapping[str, str]] = attrs.field(factory=list)
    """The id and the signature of each call, in the order of `all_tool_calls`; empty if Google gave none."""


def read_replay_data(message: AssistantMessage, provider: str, path: str) -> ReplayData:
    """Return the data of *message* that came from *provider*.

    Raises:
        UnsupportedFeatureError: data of a form that the decoder never writes.
    """
    replay = ReplayData()
    for field, value in _own(message.provider_data, provider, path):
        _read_entry(replay, value, field)
    for index, part in enumerate(message.reasoning):
        for field, value in _own(part.provider_data, provider, f"{path}.reasoning[{index}]"):
            block = _texts(value, _BLOCK_FIELDS, field)
            if block.get("signature") and block.get("thinking") == part.text:  # unsigned or edited: not replayed
                replay.thoughts.append((part.text, block["signature"]))
    for index, call in enumerate(message.all_tool_calls):
        replay.calls.append({})
        for field, value in _own(call.provider_data, provider, f"{path}.all_tool_calls[{index}]"):
            replay.calls[-1] = _texts(value, _CALL_FIELDS, field)
    return replay


def _own(data: Sequence[ProviderData], provider: str, path: str) -> Iterator[tuple[str, JsonValue]]:
    return ((f"{path}.provider_data[{index}]", one.value) for index, one in enumerate(data) if one.provider == provider)


def _read_entry(replay: ReplayData, value: JsonValue, field: str) -> None:
    entry = value if isinstance(value, dict) else {}
    match entry:
        case {"order": _} if (record := read_record(entry)) is not None:
            replay.record = record
        case {"part": dict(part), "at": int(place)} if entry.keys() == _PLACED and place >= 0 and is_server_part(part):
            replay.server_parts.append((place, part))
        case {"thoughtSignature": str(signature)} if entry.keys() == {SIGNATURE}:
            replay.text_signatures.append(signature)
            replay.has_own_part = False
        case {"thoughtSignature": str(signature), "text": ""} if entry.keys() == {SIGNATURE, "text"}:
            replay.text_signatures.append(signature)
            replay.has_own_part = True
        case _:
            raise UnsupportedFeatureError(feature=field)


def _texts(value: JsonValue, names: frozenset[str], field: str) -> dict[str, str]:
    """Return the fields of *value*, all of them texts."""
    if not isinstance(value, dict) or not value.keys() <= names:
        raise UnsupportedFeatureError(feature=field)
    texts = {name: text for name, text in value.items() if isinstance(text, str)}
    if len(texts) < len(value):
        raise UnsupportedFeatureError(feature=field)
    return texts
