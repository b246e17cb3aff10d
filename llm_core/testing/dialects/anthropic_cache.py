"""How Anthropic messages reads the breakpoints of the prompt cache in a request.

Source: https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching.
"""

from collections.abc import Iterator

from llm_core.domain.json_values import JsonValue
from llm_core.domain.settings import CacheLifetime

from .json_fields import Json, items

_MOST = 4
_NOT_CACHED = ("thinking", "redacted_thinking")


def cache_lifetime(body: Json) -> CacheLifetime | None:
    """Return the longest lifetime of a breakpoint; None without one. ValueError where the provider would answer 400."""
    lifetimes = [_lifetime(block) for block in _blocks(body) if "cache_control" in block]
    if len(lifetimes) + ("cache_control" in body) > _MOST:  # the automatic breakpoint, a field of the body, counts
        raise ValueError(f"cache_control: a maximum of {_MOST} blocks may be provided")
    if lifetimes != sorted(lifetimes):  # "1h" sorts first
        raise ValueError("cache_control: a longer ttl must not come after a shorter one")
    return lifetimes[0] if lifetimes else None


def _blocks(body: Json) -> Iterator[Json]:
    """Yield all that can be marked, in the order in which the provider reads it."""
    for value in (body.get("tools"), body.get("system"), *(_content(item) for item in items(body, "messages"))):
        yield from (block for block in (value if isinstance(value, list) else ()) if isinstance(block, dict))


def _content(message: JsonValue) -> JsonValue:
    return message.get("content") if isinstance(message, dict) else None


def _lifetime(block: Json) -> CacheLifetime:
    if block.get("type") in _NOT_CACHED:
        raise ValueError("cache_control: thinking blocks cannot be marked")
    if block.get("text") == "":
        raise ValueError("cache_control: cannot be set for empty text blocks")
    match block["cache_control"]:
        case {"type": "ephemeral", "ttl": "1h", **others} if not others:
            return "1h"
        case {"type": "ephemeral", **others} if others in ({}, {"ttl": "5m"}):
            return "5m"
        case unknown:
            raise ValueError(f"cache_control: expected the type ephemeral, and a ttl of 5m or 1h: {unknown}")
