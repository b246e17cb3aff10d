"""The wire format of OpenAI chat completions, from its API reference: answers, streams and errors."""

from collections.abc import Iterator
from http import HTTPStatus
from itertools import chain, zip_longest
from typing import assert_never

import attrs

from llm_core.domain.json_values import parse_arguments
from llm_core.domain.requests import ChatRequest
from llm_core.domain.usage import Usage
from llm_core.testing.scenarios import Call, CallLayout, Fails, Replies, Scenario

from .dialect import RecordedRequest
from .openai_requests import normal_form, read_request
from .partial_usage import usage_after
from .sse_writer import json_bytes

_REASONS = {
    "context_window": ("context_length_exceeded", "This model's maximum context length is 8 tokens"),
    "content_policy": ("content_policy_violation", "Your request was rejected by our safety system"),
    "quota": ("insufficient_quota", "You exceeded your current quota, please check your plan and billing details"),
}


class OpenAIChat:
    """A `Dialect`."""

    name = "openai_chat"
    stream_type = "text/event-stream"
    keep_alive = b": keep-alive\n\n"
    leading_events = 1
    arguments_as_text = True
    required_settings: frozenset[str] = frozenset()

    def parse(self, request: RecordedRequest) -> ChatRequest:
        """Return what the provider understands."""
        return read_request(parse_arguments(request.body.decode()))

    def normalise(self, request: ChatRequest) -> ChatRequest:
        """Return the normal form: `openai_requests` says what that is."""
        return normal_form(request)

    def auxiliary(self, request: RecordedRequest) -> bytes | None:  # noqa: ARG002 -- as the Protocol has it
        """Return None: adapters ask nothing else."""
        return None

    def streams(self, request: RecordedRequest) -> bool:
        """Return whether a stream is asked for."""
        return parse_arguments(request.body.decode()).get("stream") is True

    def inexpressible(self, scenario: Scenario, *, streams: bool) -> str | None:  # noqa: ARG002 -- as the Protocol has it
        """Return what is never said: reasoning, where it is told at all, is not signed."""
        return "a signature" if isinstance(scenario, Replies) and scenario.signature else None

    def visible(self, reply: Replies) -> Replies:
        """Return *reply*: all of it is told, but for what went into the cache."""
        usage = reply.usage
        return attrs.evolve(reply, usage=usage and attrs.evolve(usage, cache_write_tokens=None))

    def answers(self, reply: Replies, request: RecordedRequest) -> Replies:
        """Return *reply*; a stream tells its usage only where ``stream_options.include_usage`` asks for it."""
        match parse_arguments(request.body.decode()):
            case {"stream": True, "stream_options": {"include_usage": True}}:
                return reply
            case {"stream": True}:
                return attrs.evolve(reply, usage=None)
            case _:
                return reply

    def body(self, reply: Replies) -> bytes:
        """Return a ``chat.completion``."""
        choice = {"index": 0, "message": _message(reply), "finish_reason": _finish_reason(reply)}
        return json_bytes({**_frame(reply, "chat.completion"), "choices": [choice], **_usage(reply.usage)})

    def events(self, reply: Replies) -> tuple[bytes, ...]:
        """Return ``chat.completion.chunk`` events, the usage in one of its own, and the end."""
        frame = _frame(reply, "chat.completion.chunk") | ({} if reply.usage is None else {"usage": None})
        chunks = [
            {
                **frame,
                "choices": [{"index": 0, "delta": delta}],
                **(_usage(usage_after(reply.usage, place)) if reply.counting else {}),
            }
            for place, delta in enumerate(_deltas(reply))
        ]
        chunks.append({**frame, "choices": [{"index": 0, "delta": {}, "finish_reason": _finish_reason(reply)}]})
        if reply.usage is not None:
            chunks.append({**frame, "choices": [], **_usage(reply.usage)})
        return (*(_event(json_bytes(chunk)) for chunk in chunks), b"data: [DONE]\n\n")

    def status(self, failure: Fails) -> int:
        """Return the status."""
        return failure.status

    def headers(self, failure: Fails) -> tuple[tuple[str, str], ...]:
        """Return ``x-request-id``, and ``retry-after`` in seconds."""
        waits = () if failure.retry_after is None else (("retry-after", f"{failure.retry_after:g}"),)
        return (("x-request-id", "request-1"), *waits)

    def error(self, failure: Fails) -> bytes:
        """Return an ``error`` object."""
        code, message = _REASONS[failure.reason] if failure.reason else (None, failure.message)
        kind = "server_error" if failure.status >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request_error"
        if failure.status == HTTPStatus.TOO_MANY_REQUESTS:
            kind, code = ("insufficient_quota", code) if code else ("rate_limit_error", "rate_limit_exceeded")
        return json_bytes({"error": {"message": message, "type": kind, "param": None, "code": code}})

    def error_event(self, failure: Fails) -> bytes:
        """Return an ``error`` object as an event."""
        return _event(self.error(failure))

    def broken_event(self) -> bytes:
        """Return an event that is no JSON."""
        return b'data: {"id": "answer-1", "choices": [{"index": 0, "del\n\n'


def _event(data: bytes) -> bytes:
    return b"data: " + data + b"\n\n"


def _frame(reply: Replies, kind: str) -> dict[str, object]:
    return {"id": reply.id, "object": kind, "created": 1_700_000_000, "model": reply.model}


def _finish_reason(reply: Replies) -> str | None:
    return None if reply.finish_reason is None else str(reply.finish_reason)


def _message(reply: Replies) -> dict[str, object]:
    message: dict[str, object] = {"role": "assistant", "content": reply.text, "refusal": reply.refusal or None}
    if reply.reasoning:
        message["reasoning_content"] = reply.reasoning
    if reply.calls:
        message["tool_calls"] = [_call(call) for call in reply.calls]
    return message


def _call(call: Call) -> dict[str, object]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments_text}}


def _deltas(reply: Replies) -> Iterator[dict[str, object]]:
    yield {"role": "assistant", "content": "" if reply.text else None}
    for chunk in _chunks(reply.reasoning, reply.chunk_size):
        yield {"reasoning_content": chunk}
    for chunk in _chunks(reply.text or "", reply.chunk_size):
        yield {"content": chunk}
    for chunk in _chunks(reply.refusal, reply.chunk_size):
        yield {"refusal": chunk}
    calls = [list(_call_chunks(index, call, reply)) for index, call in enumerate(reply.calls)]
    in_order = chain.from_iterable(zip_longest(*calls) if reply.call_layout == "interleaved" else calls)
    for told in filter(None, in_order):
        yield {"tool_calls": [told]}


def _call_chunks(place: int, call: Call, reply: Replies) -> Iterator[dict[str, object]]:
    index = {"index": 0 if reply.call_layout == "one index" else place}
    arguments: list[dict[str, object]] = [
        {"function": {"arguments": chunk}} for chunk in _chunks(call.arguments_text, reply.chunk_size)
    ]
    for chunk in _ordered_chunks(call, arguments, reply.call_layout):
        yield index | chunk


def _ordered_chunks(call: Call, arguments: list[dict[str, object]], layout: CallLayout) -> list[dict[str, object]]:
    """Return the pieces of *call*: its id and its name where *telling* has them among its *arguments*."""
    begins: dict[str, object] = {"id": call.id, "type": "function"}
    named: dict[str, object] = {"function": {"name": call.name, "arguments": ""}}
    match layout:
        case "late ids":
            return [named, *(begins | chunk for chunk in arguments[:1]), *arguments[1:]]
        case "split names":
            first, rest = call.name[:4], call.name[4:]
            return [begins | {"function": {"name": first}}, {"function": {"name": rest}}, *arguments]
        case "arguments first":
            return [*(begins | chunk for chunk in arguments[:1]), named, *arguments[1:]]
        case "in order" | "interleaved" | "one index":
            return [_call(attrs.evolve(call, arguments_text="")), *arguments]
        case _:
            assert_never(layout)


def _chunks(text: str, size: int) -> Iterator[str]:
    return (text[start : start + size] for start in range(0, len(text), size))


def _usage(usage: Usage | None) -> dict[str, object]:
    if usage is None:
        return {}
    told: dict[str, object] = {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": (usage.input_tokens or 0) + (usage.output_tokens or 0),
    }
    if usage.cache_read_tokens is not None:
        told["prompt_tokens_details"] = {"cached_tokens": usage.cache_read_tokens}
    if usage.reasoning_tokens is not None:
        told["completion_tokens_details"] = {"reasoning_tokens": usage.reasoning_tokens}
    return {"usage": told}
