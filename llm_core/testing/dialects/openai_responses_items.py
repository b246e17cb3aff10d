"""How OpenAI Responses reads the items of its input: messages, reasoning, calls, results, and items of its own tools.

Sources: OpenAI's API reference, the Open Responses specification, and answers of status 400 for the ids: an item has an
id that begins with its own letters; reasoning with an id needs the item that followed it, with its id; without storage
an item is complete, never a reference.
"""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import attrs

from llm_core.domain.json_values import JsonValue
from llm_core.domain.messages import AssistantMessage, Message, ReasoningPart, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import FilePart, ImagePart, ProviderData, TextPart, ToolPart, UserPart
from llm_core.domain.tools import ToolCall, parse_tool_call

from .json_fields import Json, decode_base64, items, optional_text, text
from .normal_forms import joined_text, merged

PROVIDER = "openai"
LINKED_TYPE = "application/octet-stream"  # the wire has no media type for a file by its URL
_MOST_ID = 64  # characters
_STATUSES = ("in_progress", "completed", "incomplete")
_PREFIXES = {"message": "msg", "function_call": "fc", "reasoning": "rs"}
_KEYS = {
    "message": frozenset({"type", "id", "role", "content", "status", "phase"}),
    "reasoning": frozenset({"type", "id", "summary", "content", "encrypted_content", "status"}),
    "function_call": frozenset({"type", "id", "call_id", "name", "arguments", "status", "namespace"}),
    "function_call_output": frozenset({"type", "id", "call_id", "output", "status"}),
}
_OPAQUE_ITEMS = frozenset(  # of tools that the provider runs, or defines
    {
        *("web_search_call", "file_search_call", "code_interpreter_call", "image_generation_call", "compaction"),
        *("mcp_list_tools", "mcp_call", "mcp_approval_request", "mcp_approval_response", "additional_tools"),
        *("tool_search_call", "tool_search_output", "computer_call", "computer_call_output"),
        *("local_shell_call", "local_shell_call_output", "shell_call", "shell_call_output"),
        *("apply_patch_call", "apply_patch_call_output", "custom_tool_call", "custom_tool_call_output"),
    }
)
_REFERENCE = frozenset({"type", "id", "status"})  # an item that has no more than these refers to a stored one
_SYSTEM_ROLES = ("system", "developer")

Item: TypeAlias = Json


def read_items(values: Sequence[JsonValue], *, stored: bool) -> list[Message]:
    """Return the messages of the *values* of ``input``, in their order; *stored* is the field ``store``.

    ValueError where the provider would answer 400.
    """
    reader = _Reader(stored=stored)
    found = [_typed(value, index) for index, value in enumerate(values)]
    messages: list[Message] = []
    for index, item in enumerate(found):
        try:
            messages.append(reader.read(item, found[index + 1] if index + 1 < len(found) else None))
        except ValueError as error:
            raise ValueError(f"input[{index}]: {error}") from None
    return merge_answers(messages)


def merge_answers(messages: Sequence[Message]) -> list[Message]:
    """Return *messages* with neighbouring answers merged, unless both have text: the wire has no border but that."""
    turns: list[Message] = []
    for message in messages:
        match message, turns[-1:]:
            case AssistantMessage(), [AssistantMessage() as previous] if not (previous.content and message.content):
                turns[-1] = merged(previous, message)
            case _:
                turns.append(message)
    return turns


def require_name(name: str) -> str:
    """Return the *name* of a function. ValueError if the provider would refuse it."""
    if not name:
        raise ValueError("name: an empty string")
    return name


def _typed(value: JsonValue, index: int) -> Item:
    match value:
        case dict() if isinstance(value.get("type"), str):
            return value
        case dict() if isinstance(value.get("role"), str):
            return {**value, "type": "message"}
        case _:
            raise ValueError(f"input[{index}]: neither a message nor an item: {value}")


@attrs.define
class _Reader:
    """Reads one item after the other: call ids count for the whole input, ids of items for one answer."""

    stored: bool
    _call_ids: set[str] = attrs.field(factory=set, init=False)
    _ids: set[str] = attrs.field(factory=set, init=False)

    def read(self, item: Item, following: Item | None) -> Message:
        """Return *item* as a message of its own."""
        self._require_complete(item)
        match item["type"]:
            case "message":
                return _message(item)
            case "reasoning":
                return self._reasoning(item, following)
            case "function_call":
                return self._call(item)
            case "function_call_output":
                return self._result(item)
            case _:
                return AssistantMessage(provider_data=[ProviderData(provider=PROVIDER, value=dict(item))])

    def _require_complete(self, item: Item) -> None:
        type_, id = str(item["type"]), optional_text(item, "id")
        if type_ == "item_reference" or not (self.stored or item.keys() - _REFERENCE):
            raise ValueError(f"item with id {id} not found: items are not persisted when store is false")
        if type_ not in {*_KEYS, *_OPAQUE_ITEMS}:
            raise ValueError(f"type: no item of this type can be sent: {type_}")
        if unknown := item.keys() - _KEYS.get(type_, item.keys()):
            raise ValueError(f"unknown parameter: {', '.join(sorted(unknown))}")
        if type_ in _KEYS and item.get("status") not in (None, *_STATUSES):
            raise ValueError(f"status: {item['status']}")
        if not _is_output(item):
            self._ids.clear()
        elif id is not None:
            self._add_id(id, _PREFIXES.get(type_))

    def _add_id(self, id: str, prefix: str | None) -> None:
        if prefix is not None and not (id.startswith(prefix) and len(id) <= _MOST_ID):
            raise ValueError(f"id: expected at most {_MOST_ID} characters that begin with {prefix!r}: {id!r}")
        if id in self._ids:
            raise ValueError(f"duplicate item found with id {id}")
        self._ids.add(id)

    def _reasoning(self, item: Item, following: Item | None) -> AssistantMessage:
        has_id, encrypted = item.get("id") is not None, optional_text(item, "encrypted_content")
        if has_id and not encrypted and not self.stored:
            raise ValueError(f"item with id {item['id']} not found: items are not persisted when store is false")
        if has_id and not (following and _is_output(following) and following.get("id")):
            raise ValueError(f"item {item['id']} of type reasoning was provided without its required following item")
        if "summary" not in item:
            raise ValueError("summary: missing required parameter")
        texts = "".join(text(_object(part), "text") for key in ("summary", "content") for part in items(item, key))
        part = ReasoningPart(texts, provider_data=[ProviderData(provider=PROVIDER, value=dict(item))])
        return AssistantMessage(reasoning=[part])

    def _call(self, item: Item) -> AssistantMessage:
        id, name = _call_id(item), require_name(text(item, "name"))
        if id in self._call_ids:
            raise ValueError(f"duplicate call_id: {id}")
        self._call_ids.add(id)
        call = parse_tool_call(id=id, name=name, arguments_text=text(item, "arguments"))
        if isinstance(call, ToolCall):
            return AssistantMessage(tool_calls=[call])
        return AssistantMessage(invalid_tool_calls=[call])

    def _result(self, item: Item) -> ToolMessage:
        id, output = _call_id(item), item.get("output")
        if id not in self._call_ids:
            raise ValueError(f"no tool call found for function call output with call_id {id}")
        return ToolMessage(output if isinstance(output, str) else list(_result_parts(item)), tool_call_id=id)


def _is_output(item: Item) -> bool:
    """Return whether the model, or a tool of the provider, wrote *item*."""
    if item["type"] == "message":
        return item.get("role") == "assistant"
    return not str(item["type"]).endswith(("_output", "_response")) or item["type"] == "tool_search_output"


def _call_id(item: Item) -> str:
    id = text(item, "call_id")
    if not 0 < len(id) <= _MOST_ID:
        raise ValueError(f"call_id: expected 1 to {_MOST_ID} characters, got {len(id)}")
    return id


def _message(item: Item) -> Message:
    content, role = item.get("content"), item.get("role")
    if not isinstance(content, str | list):
        raise ValueError(f"content: expected text or an array of parts: {content}")
    if role == "assistant":
        return AssistantMessage(content if isinstance(content, str) else "".join(map(_output_text, content)))
    if "phase" in item:
        raise ValueError("phase: only answers have one")
    parts = [TextPart(content)] if isinstance(content, str) else [_part(part) for part in content]
    if role == "user":
        return UserMessage(content if isinstance(content, str) else parts)
    if role not in _SYSTEM_ROLES:
        raise ValueError(f"role: expected user, assistant, system or developer: {role}")
    if not parts or not all(isinstance(part, TextPart) for part in parts):
        raise ValueError(f"content: the role {role} takes text only")
    return SystemMessage(joined_text(parts))


def _output_text(part: JsonValue) -> str:
    match part:
        case {"type": "output_text", "text": str(written)} | {"type": "refusal", "refusal": str(written)}:
            return written
        case _:
            raise ValueError(f"content: an answer takes output_text and refusal only: {part}")


def _result_parts(item: Item) -> Iterator[ToolPart]:
    for part in map(_part, items(item, "output")):
        if isinstance(part, TextPart | ImagePart):
            yield part
        else:
            raise ValueError("output: a file in a result has no counterpart here")


def _part(part: JsonValue) -> UserPart:
    match part:
        case {"type": "input_text", "text": str(written)}:
            return TextPart(written)
        case {"type": "input_image", "image_url": str(url)}:
            return _image(url)
        case dict() if part.get("type") == "input_file":
            return _file(part)
        case _:
            raise ValueError(f"content: unknown part: {part}")


def _file(part: Json) -> FilePart:
    encoded, url, name = (optional_text(part, key) for key in ("file_data", "file_url", "filename"))
    if encoded is not None and url is None and name is not None:
        media_type, data = _data_url(encoded)
        if media_type.startswith("audio/"):
            raise ValueError(f"content: file_data: unsupported MIME type {media_type!r}")
        return FilePart(data=data, media_type=media_type, name=name)
    if url is None or encoded is not None:
        raise ValueError("content: input_file: expected file_data with filename, or file_url")
    return FilePart(url=url, media_type=LINKED_TYPE, name=name)


def _image(url: str) -> ImagePart:
    if not url.startswith("data:"):
        return ImagePart(url=url)
    media_type, data = _data_url(url)
    return ImagePart(data=data, media_type=media_type)


def _data_url(url: str) -> tuple[str, bytes]:
    """Return the media type and the bytes of a data URL, which the provider requires in ``file_data``."""
    head, found, data = url.partition(";base64,")
    if not head.startswith("data:") or not found:
        raise ValueError("content: expected a base64-encoded data URL")
    return head.removeprefix("data:"), decode_base64(data)


def _object(value: JsonValue) -> Json:
    if not isinstance(value, dict):
        raise ValueError(f"expected an object: {value}")
    return value
