"""What a request body replays of an answer, and what the raw answer requires to be replayed, by wire.

Both are read from the JSON alone, without the adapter.
"""

import json
from collections.abc import Iterator
from typing import TypeAlias

import attrs

from .exchanges import Exchange

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = dict[str, Json]
_SIGNATURES = ("signature", "thoughtSignature")
_REASONING_FIELDS = ("reasoning_content", "reasoning", "thinking", "tool_plan")


@attrs.frozen(kw_only=True)
class ReplayedTurn:
    """The assistant's turn in a request body. `thoughts` is the reasoning text by field."""

    calls: list[tuple[str | None, str, Json]]
    results: list[str | None]
    signatures: list[str]
    thoughts: dict[str, str]
    details: list[JsonObject]


def replayed_turn(wire: str, body: JsonObject) -> ReplayedTurn:
    """Return the assistant's turn in *body*."""
    if wire == "gemini":
        return _by_gemini(body)
    messages = _objects(body.get("messages"))
    turns = [message for message in messages if message.get("role") == "assistant"]
    if wire == "anthropic_messages":
        return _by_anthropic(messages, turns)
    calls = [call for turn in turns for call in _objects(turn.get("tool_calls"))]
    return ReplayedTurn(
        calls=[_function(call) for call in calls],
        results=[_text(message.get("tool_call_id")) for message in messages if message.get("role") == "tool"],
        signatures=[],
        thoughts=_thoughts(turns),
        details=[detail for turn in turns for detail in _objects(turn.get("reasoning_details"))],
    )


def raw_signatures(exchange: Exchange) -> list[str]:
    """Return the signatures in the answer, in order, with the data of redacted thinking."""
    if exchange.wire not in ("anthropic_messages", "gemini"):
        return []
    holders = [holder for event in events_of(exchange) for holder in _dicts(event)]
    return [signature for holder in holders for signature in _signatures(holder) if signature]


def raw_details(exchange: Exchange) -> list[JsonObject]:
    """Return the `reasoning_details` of the answer; those of a stream in chunks."""
    holders = [holder for event in events_of(exchange) for holder in _dicts(event)]
    return [detail for holder in holders for detail in _objects(holder.get("reasoning_details"))]


def joined_fields(details: list[JsonObject]) -> dict[str, str]:
    """Return the text fields of *details*, each joined over all of them."""
    joined: dict[str, str] = {}
    for detail in details:
        for name in ("text", "summary", "data", "signature"):
            joined[name] = joined.get(name, "") + str(detail.get(name) or "")
    return joined


def raw_thoughts(exchange: Exchange) -> dict[str, str]:
    """Return the reasoning text of the answer by field."""
    thoughts: dict[str, str] = {}
    for holder in (holder for event in events_of(exchange) for holder in _dicts(event)):
        for field in _REASONING_FIELDS:
            text = _joined_text(holder.get(field))
            if text:
                thoughts[field] = thoughts.get(field, "") + text
    return thoughts


def events_of(exchange: Exchange) -> list[Json]:
    """Return the JSON values of an answer."""
    if not exchange.stream:
        return [json.loads(exchange.body)]
    lines = (line.removeprefix("data:").strip() for line in exchange.body.decode().splitlines())
    return [json.loads(line) for line in lines if line.startswith("{")]


def _by_anthropic(messages: list[JsonObject], turns: list[JsonObject]) -> ReplayedTurn:
    blocks = [block for turn in turns for block in _objects(turn.get("content"))]
    all_blocks = [block for message in messages for block in _objects(message.get("content"))]
    uses = [block for block in blocks if block.get("type") == "tool_use"]
    thoughts = "".join(str(block["thinking"]) for block in blocks if block.get("type") == "thinking")
    return ReplayedTurn(
        calls=[(_text(use.get("id")), str(use.get("name")), use.get("input")) for use in uses],
        results=[_text(block.get("tool_use_id")) for block in all_blocks if block.get("type") == "tool_result"],
        signatures=[signature for block in blocks for signature in _signatures(block)],
        thoughts={"thinking": thoughts} if thoughts else {},
        details=[],
    )


def _by_gemini(body: JsonObject) -> ReplayedTurn:
    contents = _objects(body.get("contents"))
    model_parts = [part for turn in contents if turn.get("role") == "model" for part in _objects(turn.get("parts"))]
    user_parts = [part for turn in contents if turn.get("role") == "user" for part in _objects(turn.get("parts"))]
    calls = [call for part in model_parts if isinstance(call := part.get("functionCall"), dict)]
    results = [result for part in user_parts if isinstance(result := part.get("functionResponse"), dict)]
    return ReplayedTurn(
        calls=[(_text(call.get("id")), str(call.get("name")), call.get("args")) for call in calls],
        results=[_text(result.get("id")) for result in results],
        signatures=[signature for part in model_parts for signature in _signatures(part)],
        thoughts={},
        details=[],
    )


def _function(call: JsonObject) -> tuple[str | None, str, Json]:
    function = call.get("function")
    fields = function if isinstance(function, dict) else {}
    return _text(call.get("id")), str(fields.get("name")), fields.get("arguments")


def _thoughts(turns: list[JsonObject]) -> dict[str, str]:
    texts = {field: text for turn in turns for field in _REASONING_FIELDS if isinstance(text := turn.get(field), str)}
    blocks = [block for turn in turns for block in _objects(turn.get("content")) if block.get("type") == "thinking"]
    thinking = "".join(_joined_text(block.get("thinking")) for block in blocks)
    return {**texts, **({"thinking": thinking} if thinking else {})}


def _joined_text(value: Json) -> str:
    return value if isinstance(value, str) else "".join(str(part.get("text", "")) for part in _objects(value))


def _signatures(holder: JsonObject) -> list[str]:
    keys = ("data",) if holder.get("type") == "redacted_thinking" else _SIGNATURES
    return [text for key in keys if isinstance(text := holder.get(key), str)]


def _dicts(value: Json) -> Iterator[JsonObject]:
    """Yield every object in *value*, the outer ones first."""
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from _dicts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _dicts(item)


def _objects(value: Json) -> list[JsonObject]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None
