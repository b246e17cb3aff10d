"""What a request's body sends back of an answer, and what the raw answer asks to have back: each wire by its own words.

Both are read from JSON alone, without the adapter.
"""

import json
from collections.abc import Iterator
from typing import TypeAlias

import attrs

from .exchanges import Exchange

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Object: TypeAlias = dict[str, Json]
_SIGNATURES = ("signature", "thoughtSignature")
_WORDS = ("reasoning_content", "reasoning", "thinking", "tool_plan")


@attrs.frozen(kw_only=True)
class SentBack:
    """The assistant's turn in a body. `thoughts`: what was thought, by the field that it stands in."""

    calls: list[tuple[str | None, str, Json]]
    results: list[str | None]
    signatures: list[str]
    thoughts: dict[str, str]
    details: list[Object]


def sent_back(wire: str, body: Object) -> SentBack:
    """Return what *body* sends back."""
    if wire == "gemini":
        return _by_gemini(body)
    messages = _objects(body.get("messages"))
    turns = [message for message in messages if message.get("role") == "assistant"]
    if wire == "anthropic_messages":
        return _by_anthropic(messages, turns)
    calls = [call for turn in turns for call in _objects(turn.get("tool_calls"))]
    return SentBack(
        calls=[_function(call) for call in calls],
        results=[_text(message.get("tool_call_id")) for message in messages if message.get("role") == "tool"],
        signatures=[],
        thoughts=_thoughts(turns),
        details=[detail for turn in turns for detail in _objects(turn.get("reasoning_details"))],
    )


def raw_signatures(exchange: Exchange) -> list[str]:
    """Return each signature that the answer holds, redacted thinking among them, in its order."""
    if exchange.wire not in ("anthropic_messages", "gemini"):
        return []
    holders = [holder for event in events_of(exchange) for holder in _dicts(event)]
    return [signature for holder in holders for signature in _signatures(holder) if signature]


def raw_details(exchange: Exchange) -> list[Object]:
    """Return each detail of reasoning, or each piece of one."""
    holders = [holder for event in events_of(exchange) for holder in _dicts(event)]
    return [detail for holder in holders for detail in _objects(holder.get("reasoning_details"))]


def spelled(details: list[Object]) -> dict[str, str]:
    """Return what *details* say, in however many pieces."""
    told: dict[str, str] = {}
    for detail in details:
        for name in ("text", "summary", "data", "signature"):
            told[name] = told.get(name, "") + str(detail.get(name) or "")
    return told


def raw_thoughts(exchange: Exchange) -> dict[str, str]:
    """Return what was thought, by the field that it came in."""
    told: dict[str, str] = {}
    for holder in (holder for event in events_of(exchange) for holder in _dicts(event)):
        for field in _WORDS:
            words = _spelled(holder.get(field))
            if words:
                told[field] = told.get(field, "") + words
    return told


def events_of(exchange: Exchange) -> list[Json]:
    """Return the JSON values of an answer."""
    if not exchange.stream:
        return [json.loads(exchange.body)]
    lines = (line.removeprefix("data:").strip() for line in exchange.body.decode().splitlines())
    return [json.loads(line) for line in lines if line.startswith("{")]


def _by_anthropic(messages: list[Object], turns: list[Object]) -> SentBack:
    blocks = [block for turn in turns for block in _objects(turn.get("content"))]
    told = [block for message in messages for block in _objects(message.get("content"))]
    uses = [block for block in blocks if block.get("type") == "tool_use"]
    thoughts = "".join(str(block["thinking"]) for block in blocks if block.get("type") == "thinking")
    return SentBack(
        calls=[(_text(use.get("id")), str(use.get("name")), use.get("input")) for use in uses],
        results=[_text(block.get("tool_use_id")) for block in told if block.get("type") == "tool_result"],
        signatures=[signature for block in blocks for signature in _signatures(block)],
        thoughts={"thinking": thoughts} if thoughts else {},
        details=[],
    )


def _by_gemini(body: Object) -> SentBack:
    contents = _objects(body.get("contents"))
    said = [part for turn in contents if turn.get("role") == "model" for part in _objects(turn.get("parts"))]
    told = [part for turn in contents if turn.get("role") == "user" for part in _objects(turn.get("parts"))]
    calls = [call for part in said if isinstance(call := part.get("functionCall"), dict)]
    results = [result for part in told if isinstance(result := part.get("functionResponse"), dict)]
    return SentBack(
        calls=[(_text(call.get("id")), str(call.get("name")), call.get("args")) for call in calls],
        results=[_text(result.get("id")) for result in results],
        signatures=[signature for part in said for signature in _signatures(part)],
        thoughts={},
        details=[],
    )


def _function(call: Object) -> tuple[str | None, str, Json]:
    function = call.get("function")
    told = function if isinstance(function, dict) else {}
    return _text(call.get("id")), str(told.get("name")), told.get("arguments")


def _thoughts(turns: list[Object]) -> dict[str, str]:
    told = {field: words for turn in turns for field in _WORDS if isinstance(words := turn.get(field), str)}
    blocks = [block for turn in turns for block in _objects(turn.get("content")) if block.get("type") == "thinking"]
    spelled = "".join(_spelled(block.get("thinking")) for block in blocks)
    return {**told, **({"thinking": spelled} if spelled else {})}


def _spelled(words: Json) -> str:
    return words if isinstance(words, str) else "".join(str(part.get("text", "")) for part in _objects(words))


def _signatures(holder: Object) -> list[str]:
    keys = ("data",) if holder.get("type") == "redacted_thinking" else _SIGNATURES
    return [text for key in keys if isinstance(text := holder.get(key), str)]


def _dicts(value: Json) -> Iterator[Object]:
    """Yield every object in *value*, the outer ones first."""
    if isinstance(value, dict):
        yield value
        for held in value.values():
            yield from _dicts(held)
    elif isinstance(value, list):
        for item in value:
            yield from _dicts(item)


def _objects(value: Json) -> list[Object]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None
