"""Breakpoints of Anthropic's prompt cache: what stands before one is cached, in the order tools, system, messages.

Source: https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching: at most four breakpoints in a request, a
lifetime of ``5m`` or ``1h``, none on thinking blocks. Those of the caller's own server tools, and the automatic one
(``extra={"cache_control": ...}``), count among the four.
"""

from collections.abc import Mapping, Sequence

from llm_core.domain.json_values import JsonObject, JsonValue
from llm_core.domain.settings import CacheLifetime

from .block_order import REDACTED, THINKING

_MARK = "cache_control"
_MOST = 4


def add_breakpoints(body: JsonObject, lifetime: CacheLifetime, extra: Mapping[str, JsonValue]) -> None:
    """Mark the ends of the messages, the system text and the tools of *body*, in place, as far as four allow it."""
    tools, system = _dicts(body.get("tools")), _dicts(body.get("system"))
    turns = _dicts(body["messages"])
    places = [_last_block(turns[-1:]), *system[-1:], *tools[-1:]]
    free = _MOST - sum(_MARK in one for one in (*tools, extra))
    for block in [place for place in places if _MARK not in place][: max(free, 0)]:
        block[_MARK] = {"type": "ephemeral", "ttl": lifetime}


def _dicts(value: object) -> list[JsonObject]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _last_block(turns: Sequence[JsonObject]) -> JsonObject:
    """Return the last block that can be marked; if there is none, an object that is not sent."""
    blocks = [block for turn in turns for block in _dicts(turn["content"])]
    return next((block for block in reversed(blocks) if block["type"] not in (THINKING, REDACTED)), {})
