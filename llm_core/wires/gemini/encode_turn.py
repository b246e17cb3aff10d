"""The model's turn of a history: reasoning, text, calls and server-run parts, in the order in which they came.

Google's rules for signatures: https://ai.google.dev/gemini-api/docs/thought-signatures. Each goes back on the part that
it came on. Gemini 3 refuses a step whose first call has none, and names a placeholder for calls of another model.
"""

from collections.abc import Iterator, Sequence

import attrs

from llm_core.domain.json_values import JsonObject
from llm_core.domain.messages import AssistantMessage
from llm_core.wires.endpoint import Endpoint
from llm_core.wires.paired_calls import WireCall

from .part_order import CALL, PART, SIGNED_TEXT, SIGNED_THOUGHT, TEXT, THOUGHT, OrderRecord
from .replay import ReplayData, read_replay_data
from .server_parts import SIGNATURE


def encode_turn(
    message: AssistantMessage, calls: Sequence[JsonObject], endpoint: Endpoint, path: str
) -> list[JsonObject]:
    """Return the parts of *message*, whose *calls* are encoded already.

    Where the caller edited the message, so that its fields no longer fit the recorded order, text and calls are sent,
    and neither order nor signatures nor server-run parts.

    Raises:
        UnsupportedFeatureError: provider data that is not the decoder's.
    """
    replay = read_replay_data(message, endpoint.provider, path)
    if replay.record is not None and not _fits(replay, replay.record, message):
        parts = [*([{"text": message.content}] if message.content else ()), *calls]
    else:
        signed = [_signed(call, data.get(SIGNATURE)) for call, data in zip(calls, replay.calls, strict=True)]
        record = replay.record
        in_order = _usual(message, signed, replay) if record is None else _recorded(message, signed, replay, record)
        parts = list(in_order)
    return _with_placeholders(parts or [{"text": ""}], endpoint.rules.placeholder_signature)


def encode_call(wire_call: WireCall, *, with_id: bool) -> JsonObject:
    """Return a call, without a signature. Arguments that are not an object are sent as the text in one."""
    call = wire_call.call
    if not call.name:  # Gemini sends calls that name no tool, and takes them back as they came
        wire_call = WireCall(attrs.evolve(call, name="?"), wire_call.id)
    own_id = {"id": wire_call.id} if with_id else {}
    return {"functionCall": {"name": call.name, **own_id, "args": wire_call.arguments_object()}}


def _fits(replay: ReplayData, record: OrderRecord, message: AssistantMessage) -> bool:
    has_all = (
        record.count(SIGNED_THOUGHT) == len(replay.thoughts)
        and record.count(SIGNED_TEXT) == len(replay.text_signatures)
        and record.count(PART) == len(replay.server_parts)
    )
    return has_all and record.fits(message)


def _recorded(
    message: AssistantMessage, calls: Sequence[JsonObject], replay: ReplayData, record: OrderRecord
) -> Iterator[JsonObject]:
    reasoning = "".join(part.text for part in message.reasoning)
    thought_signatures = (signature for _, signature in replay.thoughts)
    text_signatures, server_parts = iter(replay.text_signatures), iter(replay.server_parts)
    thoughts = texts = 0
    for kind, number in record.parts:
        if kind in (THOUGHT, SIGNED_THOUGHT):
            part: JsonObject = {"text": reasoning[thoughts : thoughts + number], "thought": True}
            thoughts += number
            yield _signed(part, next(thought_signatures) if kind == SIGNED_THOUGHT else None)
        elif kind in (TEXT, SIGNED_TEXT):
            part = {"text": message.content[texts : texts + number]}
            texts += number
            yield _signed(part, next(text_signatures) if kind == SIGNED_TEXT else None)
        elif kind == CALL:
            yield calls[number]
        else:
            yield dict(next(server_parts)[1])


def _usual(message: AssistantMessage, calls: Sequence[JsonObject], replay: ReplayData) -> Iterator[JsonObject]:
    """Yield signed reasoning, the text with server-run parts in their places, and the calls."""
    for text, signature in replay.thoughts:
        yield _signed({"text": text, "thought": True}, signature)
    begun = 0
    for place, part in replay.server_parts:
        if message.content[begun:place]:
            yield {"text": message.content[begun:place]}
        begun = max(begun, place)
        yield dict(part)
    remaining = message.content[begun:]
    signatures = list(replay.text_signatures)
    own_part = signatures.pop() if replay.has_own_part else None
    if remaining:
        yield _signed({"text": remaining}, signatures[0] if signatures else None)
    if own_part:
        yield {"text": "", SIGNATURE: own_part}
    yield from calls


def _signed(part: JsonObject, signature: str | None) -> JsonObject:
    return {**part, SIGNATURE: signature} if signature else part


def _with_placeholders(parts: list[JsonObject], placeholder: str) -> list[JsonObject]:
    """Return *parts* with the placeholder on unsigned calls; of parallel calls Google signs the first one alone."""
    calls = [part for part in parts if "functionCall" in part]
    if not placeholder or not calls or SIGNATURE in calls[0]:
        return parts
    return [{SIGNATURE: placeholder, **part} if "functionCall" in part else part for part in parts]
