"""The order of the content blocks of an answer, noted where the fields of a message do not imply it.

Fields imply signed reasoning first, then the text, then the calls. Any other order is one value of
`AssistantMessage.provider_data`: ``{"blocks": [...], "text": digest}``. Reasoning, text and calls stand there without
their content: the next reasoning part, so many characters of the text, the call with this id. Blocks of tools that
Anthropic ran itself stand there whole. Source: https://docs.anthropic.com/en/api/messages and, for blocks that must be
sent back, /en/docs/agents-and-tools/tool-use/web-search-tool, /code-execution-tool, /tool-search-tool and
/en/docs/agents-and-tools/mcp-connector.
"""

import hashlib
from collections.abc import Iterator, Mapping

import attrs

from llm_core.domain.json_values import JsonObject, JsonValue, parse_arguments
from llm_core.domain.surrogates import join_surrogates
from llm_core.wires.json_access import object_at, replay_data, text_at

BLOCKS, TEXT_DIGEST = "blocks", "text"  # the keys of the note
THINKING, REDACTED = "thinking", "redacted_thinking"
SERVER_BLOCKS = frozenset(
    {
        *("server_tool_use", "mcp_tool_use", "mcp_tool_result", "compaction", "advisor_tool_result"),
        *("web_search_tool_result", "web_fetch_tool_result", "tool_search_tool_result"),
        *("code_execution_tool_result", "bash_code_execution_tool_result", "text_editor_code_execution_tool_result"),
    }
)
"""The blocks that are sent back whole: those of tools that Anthropic runs, and the summary of a compacted history."""

_DIRECT = {"type": "direct"}  # the caller of a call that no code made: the default


def digest(text: str) -> str:
    """Return a short digest, by which a text that was edited is recognised."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@attrs.define
class _Block:
    """A block of the answer so far."""

    fields: Mapping[str, object]
    type: str
    texts: list[str] = attrs.field(factory=list)
    arguments: list[str] = attrs.field(factory=list)
    citations: list[object] = attrs.field(factory=list)
    signed: bool = False


@attrs.define
class BlockOrder:
    """Collects the blocks of one answer, whole or in deltas."""

    _blocks: list[_Block] = attrs.field(factory=list)
    _by_index: dict[int | None, _Block] = attrs.field(factory=dict)

    def start(self, index: int | None, block: Mapping[str, object], *, as_text: bool = False) -> None:
        """Add the start of a block; *as_text*: it is a call whose arguments are the text of the answer."""
        added = _Block(block, "text" if as_text else text_at(block, "type"))
        added.signed = added.type == REDACTED or bool(text_at(block, "signature"))
        citations = block.get("citations")
        if isinstance(citations, list):
            added.citations += citations
        self._blocks.append(added)
        self._by_index[index] = added

    def text(self, index: int | None, text: str) -> None:
        """Add text of the block at *index*."""
        if index in self._by_index:
            self._by_index[index].texts.append(text)

    def delta(self, index: int | None, delta: Mapping[str, object]) -> None:
        """Add what the deltas of a block hold beside text, thinking, and the arguments of a call."""
        block = self._by_index.get(index)
        if block is None:
            return
        match delta.get("type"):
            case "signature_delta":
                block.signed = block.signed or bool(text_at(delta, "signature"))
            case "citations_delta":
                block.citations.append(object_at(delta, "citation"))
            case "input_json_delta":
                block.arguments.append(text_at(delta, "partial_json"))
            case "compaction_delta":
                block.texts.append(text_at(delta, "content"))

    def note(self) -> JsonValue:
        """Return the order, to be replayed with the message; None if the fields of the message imply it."""
        items = [item for block in self._blocks for item in _items(block)]
        calls = [block for block in self._blocks if block.type == "tool_use"]
        if _is_implied(items) and _valid_first(calls):
            return None
        texts = [join_surrogates(block.texts) for block in self._blocks if block.type == "text"]
        text = join_surrogates(delta for block in self._blocks if block.type == "text" for delta in block.texts)
        if sum(map(len, texts)) != len(text):
            return None  # two blocks share a surrogate pair
        return replay_data({BLOCKS: items, TEXT_DIGEST: digest(text)})


def _items(block: _Block) -> Iterator[JsonObject]:
    """Yield the item that stands for *block* in a note; none for a block that says nothing."""
    if block.type == "text":
        if length := len(join_surrogates(block.texts)):
            cited = {"citations": block.citations} if block.citations else {}
            yield {"type": "text", "length": length, **cited}
    elif block.type in (THINKING, REDACTED):
        came_empty = {} if block.signed else {"signature": "" if "signature" in block.fields else None}
        yield {"type": block.type, **came_empty}
    elif block.type == "tool_use":
        caller = object_at(block.fields, "caller")
        by_code = {"caller": caller} if caller and caller != _DIRECT else {}
        yield {"type": "tool_use", "id": text_at(block.fields, "id"), **by_code}
    elif block.type in SERVER_BLOCKS:
        yield from _whole(block)


def _whole(block: _Block) -> Iterator[JsonObject]:
    """Yield a block of the provider's own tools; none for a call whose arguments broke off."""
    fields = dict(block.fields)
    if block.type == "compaction" and block.texts:
        fields["content"] = join_surrogates(block.texts)
    if block.arguments:
        try:
            fields["input"] = parse_arguments("".join(block.arguments))
        except ValueError:
            return
    yield fields


def _valid_first(calls: list[_Block]) -> bool:
    """Return whether no valid call comes after an invalid one: a message has them in two fields."""
    if len(calls) <= 1:
        return True  # without parsing its arguments
    valid = [_is_valid(call) for call in calls]
    return valid == sorted(valid, reverse=True)


def _is_valid(call: _Block) -> bool:
    try:
        parse_arguments("".join(call.arguments))
    except ValueError:
        return False
    return bool(call.fields.get("name"))


def _is_implied(items: list[JsonObject]) -> bool:
    """Return whether *items* are signed reasoning, then one text at most, then calls."""
    places = [_PLACES.get(str(item["type"]), -1) for item in items]
    plain = all(set(item) <= _PLAIN_KEYS and place >= 0 for item, place in zip(items, places, strict=True))
    return plain and places == sorted(places) and places.count(_PLACES["text"]) <= 1


_PLACES = {THINKING: 0, REDACTED: 0, "text": 1, "tool_use": 2}
_PLAIN_KEYS = frozenset({"type", "length", "id"})
