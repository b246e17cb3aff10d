"""The output items of an answer, and the note of their order that is replayed with the message.

The note is a value of `AssistantMessage.provider_data`: ``{"items": [...], "digest": ...}``. Messages, reasoning and
calls stand there without their content: so many characters of the text, so many of the next reasoning parts, the call
with this id; the digest recognises fields that were edited. Items of tools that the provider ran itself stand there
whole. Sources: https://platform.openai.com/docs/api-reference/responses and https://www.openresponses.org/specification.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from llm_core.domain.json_values import JsonObject, JsonValue
from llm_core.wires.json_access import object_at, objects_at, replay_data, text_at

ITEMS, DIGEST = "items", "digest"  # the keys of the note
MESSAGE, REASONING, CALL = "message", "reasoning", "function_call"
SERVER_ITEMS = frozenset(
    {
        *("web_search_call", "file_search_call", "code_interpreter_call", "image_generation_call"),
        *("mcp_list_tools", "mcp_call", "tool_search_call", "tool_search_output", "compaction"),
        *("program", "program_output", "shell_call", "shell_call_output"),
    }
)
"""The items that are sent back whole: those of tools that the provider runs, and the summary of a compacted history."""
CALLERS_ITEMS = frozenset(
    {"custom_tool_call", "computer_call", "local_shell_call", "apply_patch_call", "mcp_approval_request"}
)
"""The items that the caller would have to run or to answer."""
KEPT: Mapping[str, tuple[str, ...]] = {
    MESSAGE: ("id", "status", "phase"),
    REASONING: ("id", "status", "encrypted_content"),
    CALL: ("id", "status", "namespace", "caller"),
}
"""The fields of an item beside its content that are sent back, by its type."""


def is_for_the_caller(item: Mapping[str, object]) -> bool:
    """Return whether the caller would have to run *item*, for which this library has no value."""
    match text_at(item, "type"):
        case "shell_call":
            return not text_at(object_at(item, "environment"), "type").startswith("container")
        case "tool_search_call":
            return text_at(item, "execution") == "client"
        case type_:
            return type_ in CALLERS_ITEMS


def reasoning_texts(item: Mapping[str, object]) -> list[str]:
    """Return the texts of a reasoning item: those of its summary, then those of its content."""
    return [*_texts_at(item, "summary"), *_texts_at(item, "content")]


def digest(text: str, reasoning: Sequence[str]) -> str:
    """Return a short digest of the text and the reasoning of a message."""
    return hashlib.sha256("\0".join((text, *reasoning)).encode(errors="replace")).hexdigest()[:16]


def note_of(items: Sequence[Mapping[str, object]], text: str, reasoning: Sequence[str]) -> JsonValue:
    """Return the note of *items*, whose answer has *text* and *reasoning*; None if they do not add up to these."""
    whole = "".join(part for item in items for part in _texts_of_message(item))
    parts = [part for item in items if item.get("type") == REASONING for part in reasoning_texts(item)]
    if whole != text or parts != list(reasoning):
        return None
    noted = [noted for item in items for noted in _noted(item)]
    return replay_data({ITEMS: noted, DIGEST: digest(text, reasoning)}) if noted else None


def _noted(item: Mapping[str, object]) -> Iterator[JsonObject]:
    """Yield what stands for *item* in a note; nothing for an item that cannot be sent back."""
    type_ = text_at(item, "type")
    kept: JsonObject = {name: item[name] for name in KEPT.get(type_, ()) if item.get(name) is not None}
    if type_ == MESSAGE:
        yield {"type": MESSAGE, **kept, "content": [_noted_part(part) for part in objects_at(item, "content")]}
    elif type_ == REASONING:
        yield {"type": REASONING, **kept, **{name: len(_texts_at(item, name)) for name in ("summary", "content")}}
    elif type_ == CALL:
        yield {"type": CALL, **kept, "call_id": text_at(item, "call_id")}
    elif type_ in SERVER_ITEMS:
        yield dict(item)


def _texts_at(item: Mapping[str, object], name: str) -> list[str]:
    return [text for part in objects_at(item, name) if (text := text_at(part, "text"))]


def _noted_part(part: Mapping[str, object]) -> JsonObject:
    cited = {"annotations": part["annotations"]} if isinstance(part.get("annotations"), list) else {}
    return {"type": text_at(part, "type"), "length": len(_text_of_part(part)), **cited}


def _texts_of_message(item: Mapping[str, object]) -> Iterator[str]:
    if item.get("type") == MESSAGE:
        yield from map(_text_of_part, objects_at(item, "content"))


def _text_of_part(part: Mapping[str, object]) -> str:
    return text_at(part, "refusal") if part.get("type") == "refusal" else text_at(part, "text")
