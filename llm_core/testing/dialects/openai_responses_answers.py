"""How OpenAI Responses writes an answer: output items, and the events of a stream. Source: its API reference.

Two facts come from recorded streams alone: an item that is added may hold an encrypted content that differs from the
one of the complete item, and usage is null until the end.
"""

from collections.abc import Iterator
from itertools import chain, zip_longest
from typing import TypeAlias

from llm_core.domain.responses import FinishReason
from llm_core.domain.usage import Usage
from llm_core.testing.scenarios import Block, Call, Replies, Thought

from .sse_writer import chunks, json_bytes, server_sent_event

Fields: TypeAlias = dict[str, object]
Event: TypeAlias = tuple[str, Fields]

_PROVISIONAL = "cHJvdmlzaW9uYWw="  # the encrypted content of a reasoning item that has only begun
_ECHO: Fields = {  # what the provider repeats of the request
    "instructions": None,
    "max_output_tokens": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "reasoning": {"effort": None, "summary": None},
    "service_tier": "default",
    "store": False,
    "temperature": 1.0,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_p": 1.0,
    "truncation": "disabled",
}


def response_fields(reply: Replies) -> Fields:
    """Return the ``response`` object; without a finish reason its status is still ``in_progress``."""
    status, reason = _status(reply)
    return {
        **_frame(reply, status),
        "incomplete_details": None if reason is None else {"reason": reason},
        "output": _items(reply, status),
        "usage": _usage(reply.usage),
    }


def stream_events(reply: Replies) -> tuple[bytes, ...]:
    """Return the events of a stream, numbered; without a finish reason the last one is missing."""
    status, _ = _status(reply)
    begun = {**_frame(reply, "in_progress"), "incomplete_details": None, "output": [], "usage": None}
    events: list[Event] = [
        ("response.created", {"response": begun}),
        ("response.in_progress", {"response": begun}),
        *_item_events(reply, status),
    ]
    if reply.finish_reason is not None:
        events.append((f"response.{status}", {"response": response_fields(reply)}))
    return tuple(event_bytes(name, number, fields) for number, (name, fields) in enumerate(events))


def event_bytes(name: str, number: int, fields: Fields) -> bytes:
    """Return one event, which has its name in the line before the data as well as in the data."""
    return server_sent_event(json_bytes({"type": name, "sequence_number": number, **fields}), name)


def _status(reply: Replies) -> tuple[str, str | None]:
    """Return the status, and why the answer is incomplete."""
    match reply.finish_reason:
        case None:
            return "in_progress", None
        case FinishReason.STOP | FinishReason.TOOL_CALLS:
            return "completed", None
        case FinishReason.LENGTH:
            return "incomplete", "max_output_tokens"
        case reason:
            return "incomplete", str(reason)


def _frame(reply: Replies, status: str) -> Fields:
    frame = {"id": reply.id, "object": "response", "created_at": 1_700_000_000, "status": status, "error": None}
    return {**frame, "model": reply.model, **_ECHO}


def _items(reply: Replies, status: str) -> list[Fields]:
    """Return the output items: reasoning, a message, calls; each has an id that begins with its own letters."""
    if reply.blocks:
        items = list(_items_of_blocks(reply.blocks, status))
    else:
        items = list(_reasoning(reply))
        if parts := _parts(reply):
            items.append(_message(parts, status))
        items += [_call(call, status) for call in reply.calls]
    prefixes = {"reasoning": "rs", "message": "msg", "function_call": "fc"}
    return [{"id": f"{prefixes[str(item['type'])]}_{index}", **item} for index, item in enumerate(items)]


def _reasoning(reply: Replies) -> Iterator[Fields]:
    if reply.reasoning or reply.signature:
        summary = [{"type": "summary_text", "text": reply.reasoning}] if reply.reasoning else []
        encrypted = {"encrypted_content": reply.signature} if reply.signature else {}
        yield {"type": "reasoning", "summary": summary, **encrypted}


def _items_of_blocks(blocks: tuple[Block, ...], status: str) -> Iterator[Fields]:
    """Yield an item for each block; unsigned reasoning that follows reasoning is one more summary in its item."""
    summary: list[Fields] = []
    for block in blocks:
        match block:
            case Thought(text, signature):
                summary.append({"type": "summary_text", "text": text})
                if not signature:
                    continue
                yield {"type": "reasoning", "summary": summary, "encrypted_content": signature}
            case _:
                if summary:
                    yield {"type": "reasoning", "summary": summary}
                yield _message([_output_text(block)], status) if isinstance(block, str) else _call(block, status)
        summary = []
    if summary:
        yield {"type": "reasoning", "summary": summary}


def _message(parts: list[Fields], status: str) -> Fields:
    return {"type": "message", "status": status, "role": "assistant", "content": parts}


def _output_text(text: str) -> Fields:
    return {"type": "output_text", "annotations": [], "logprobs": [], "text": text}


def _parts(reply: Replies) -> list[Fields]:
    parts: list[Fields] = []
    if reply.text is not None:
        parts.append(_output_text(reply.text))
    if reply.refusal:
        parts.append({"type": "refusal", "refusal": reply.refusal})
    return parts


def _call(call: Call, status: str) -> Fields:
    fields = {"call_id": call.id, "name": call.name, "arguments": call.arguments_text}
    return {"type": "function_call", "status": status, **fields}


def _item_events(reply: Replies, status: str) -> Iterator[Event]:
    size = reply.chunk_size
    items = [list(_events_of(index, item, size)) for index, item in enumerate(_items(reply, status))]
    count = len(items) - (0 if reply.blocks else len(reply.calls))
    yield from chain.from_iterable(items[:count])
    calls = items[count:]
    mixed = chain.from_iterable(zip_longest(*calls) if reply.call_layout == "interleaved" else calls)
    yield from filter(None, mixed)


def _events_of(index: int, item: Fields, size: int) -> Iterator[Event]:
    place: Fields = {"output_index": index}
    yield "response.output_item.added", {**place, "item": _begun(item)}
    for name, fields in _inner_events(item, size):
        yield f"response.{name}", {"item_id": item["id"], **place, **fields}
    yield "response.output_item.done", {**place, "item": item}


def _begun(item: Fields) -> Fields:
    """Return *item* as it is when it is added: empty."""
    match item["type"]:
        case "reasoning":
            encrypted = {"encrypted_content": _PROVISIONAL} if "encrypted_content" in item else {}
            return {**item, "summary": [], **encrypted}
        case "message":
            return {**item, "status": "in_progress", "content": []}
        case _:
            return {**item, "status": "in_progress", "arguments": ""}


def _inner_events(item: Fields, size: int) -> Iterator[Event]:
    match item["type"]:
        case "reasoning":
            for index, part in enumerate(_fields_in(item, "summary")):
                yield from _summary_events(index, str(part["text"]), size)
        case "message":
            for index, part in enumerate(_fields_in(item, "content")):
                yield from _part_events(index, part, size)
        case _:
            arguments = str(item["arguments"])
            for chunk in chunks(arguments, size):
                yield "function_call_arguments.delta", {"delta": chunk}
            yield "function_call_arguments.done", {"arguments": arguments, "name": item["name"]}


def _fields_in(item: Fields, name: str) -> list[Fields]:
    parts = item[name]
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []


def _summary_events(index: int, text: str, size: int) -> Iterator[Event]:
    place: Fields = {"summary_index": index}
    yield "reasoning_summary_part.added", {**place, "part": {"type": "summary_text", "text": ""}}
    for chunk in chunks(text, size):
        yield "reasoning_summary_text.delta", {**place, "delta": chunk}
    yield "reasoning_summary_text.done", {**place, "text": text}
    yield "reasoning_summary_part.done", {**place, "part": {"type": "summary_text", "text": text}}


def _part_events(index: int, part: Fields, size: int) -> Iterator[Event]:
    place: Fields = {"content_index": index}
    key = "text" if part["type"] == "output_text" else "refusal"
    extra: Fields = {"logprobs": []} if key == "text" else {}
    yield "content_part.added", {**place, "part": {**part, key: ""}}
    for chunk in chunks(str(part[key]), size):
        yield f"{part['type']}.delta", {**place, "delta": chunk, **extra}
    yield f"{part['type']}.done", {**place, key: part[key], **extra}
    yield "content_part.done", {**place, "part": part}


def _usage(usage: Usage | None) -> Fields | None:
    if usage is None:
        return None
    details = {"cached_tokens": usage.cache_read_tokens, "cache_write_tokens": usage.cache_write_tokens}
    reported = {name: count for name, count in details.items() if count is not None}
    reasoning = usage.reasoning_tokens
    return {
        "input_tokens": usage.input_tokens,
        **({"input_tokens_details": reported} if reported else {}),
        "output_tokens": usage.output_tokens,
        **({} if reasoning is None else {"output_tokens_details": {"reasoning_tokens": reasoning}}),
        "total_tokens": (usage.input_tokens or 0) + (usage.output_tokens or 0),
    }
