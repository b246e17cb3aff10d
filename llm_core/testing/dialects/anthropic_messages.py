"""The wire format of Anthropic messages, from its API reference: answers, streams and errors."""

from collections.abc import Iterator, Mapping

import attrs

from llm_core.domain.json_values import JsonValue, parse_arguments
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import FinishReason
from llm_core.domain.usage import Usage
from llm_core.testing.fake_provider.recorder import RecordedRequest
from llm_core.testing.fake_provider.sse_writer import json_bytes, pieces, server_sent_event
from llm_core.testing.scenarios import Breaks, Call, Fails, Replies, Scenario

from .anthropic_requests import carried, read_request
from .normal_forms import whole_objects

_WORDS = {
    FinishReason.STOP: "end_turn",
    FinishReason.LENGTH: "max_tokens",
    FinishReason.TOOL_CALLS: "tool_use",
    FinishReason.CONTENT_FILTER: "refusal",
    FinishReason.OTHER: "pause_turn",
}
_KINDS = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
_REASONS = {
    "context_window": "prompt is too long: 200027 tokens > 200000 maximum",
    "content_policy": "Output blocked by content filtering policy",
    "quota": "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade.",
}
_SIGNATURE = "c2lnbmVkIGJ5IHRoZSBmYXIgc2lkZQ=="


class AnthropicMessages:
    """A `Dialect`."""

    name = "anthropic_messages"
    stream_type = "text/event-stream; charset=utf-8"
    keep_alive = b'event: ping\ndata: {"type": "ping"}\n\n'
    leading_events = 2
    arguments_as_text = False
    required_settings: frozenset[str] = frozenset({"max_tokens"})

    def parse(self, request: RecordedRequest) -> ChatRequest:
        """Return what the provider understands."""
        return read_request(parse_arguments(request.body.decode()))

    def normalise(self, request: ChatRequest) -> ChatRequest:
        """Return the normal form: `anthropic_requests` says what that is."""
        return carried(request)

    def auxiliary(self, request: RecordedRequest) -> bytes | None:  # noqa: ARG002 -- as the Protocol has it
        """Return None: adapters ask nothing else."""
        return None

    def streams(self, request: RecordedRequest) -> bool:
        """Return whether a stream is asked for."""
        return parse_arguments(request.body.decode()).get("stream") is True

    def inexpressible(self, scenario: Scenario, *, streams: bool) -> str | None:
        """Return what is never said: every call has an id, and every answer its usage; whole arguments are objects."""
        match scenario:
            case Replies(usage=None):
                return "no usage"
            case Replies(usage=usage) if usage and _outside(usage) < 0:
                return "more from the cache than went in"
            case Replies(call_layout=telling) if telling != "in order":
                return f"calls: {telling}"
            case Replies(calls=calls) if any(call.id is None for call in calls):
                return "a call without an id"
            case Replies() if not streams and not whole_objects(scenario):
                return "arguments that are no object"
            case Breaks(failure=Fails(reason=str(reason))):
                return f"{reason} in mid-stream"
            case _:
                return None

    def visible(self, reply: Replies) -> Replies:
        """Return *reply*: what went into the cache and what came from it is always told."""
        usage = reply.usage or Usage()
        read, written = usage.cache_read_tokens or 0, usage.cache_write_tokens or 0
        return attrs.evolve(reply, usage=attrs.evolve(usage, cache_read_tokens=read, cache_write_tokens=written))

    def answers(self, reply: Replies, request: RecordedRequest) -> Replies:  # noqa: ARG002 -- as the Protocol has it
        """Return *reply*: nothing needs asking for."""
        return reply

    def body(self, reply: Replies) -> bytes:
        """Return a ``message``."""
        ending = {"stop_reason": _word(reply), "stop_sequence": None}
        return json_bytes({**_frame(reply), "content": _blocks(reply), **ending, "usage": _usage(reply.usage)})

    def events(self, reply: Replies) -> tuple[bytes, ...]:
        """Return the blocks one after the other, what is counted and why it stopped, and the end."""
        started = _usage(attrs.evolve(reply.usage or Usage(), output_tokens=1, reasoning_tokens=None))
        message = {**_frame(reply), "content": [], "stop_reason": None, "stop_sequence": None, "usage": started}
        ending = {"stop_reason": _word(reply), "stop_sequence": None}
        return (
            _event("message_start", message=message),
            *_streamed(reply),
            _event("message_delta", delta=ending, usage=_usage(reply.usage)),
            _event("message_stop"),
        )

    def status(self, failure: Fails) -> int:
        """Return the status; all that is wrong with the words or the account is a 400."""
        return 400 if failure.reason else failure.status

    def headers(self, failure: Fails) -> tuple[tuple[str, str], ...]:
        """Return ``request-id``, and ``retry-after`` in seconds."""
        waits = () if failure.retry_after is None else (("retry-after", f"{failure.retry_after:g}"),)
        return (("request-id", "request-1"), *waits)

    def error(self, failure: Fails) -> bytes:
        """Return an ``error`` with its type."""
        unknown = "api_error" if self.status(failure) >= 500 else "invalid_request_error"
        kind = _KINDS.get(self.status(failure), unknown)
        message = _REASONS[failure.reason] if failure.reason else failure.message
        return json_bytes({"type": "error", "error": {"type": kind, "message": message}, "request_id": "request-1"})

    def error_event(self, failure: Fails) -> bytes:
        """Return the same as an event."""
        return server_sent_event(self.error(failure), "error")

    def broken_event(self) -> bytes:
        """Return an event that is no JSON."""
        return server_sent_event(b'{"type": "content_block_delta", "index": 0, "del', "content_block_delta")


def _event(kind: str, **told: object) -> bytes:
    return server_sent_event(json_bytes({"type": kind, **told}), kind)


def _frame(reply: Replies) -> dict[str, object]:
    return {"id": reply.id, "type": "message", "role": "assistant", "model": reply.model}


def _word(reply: Replies) -> str | None:
    if reply.refusal:
        return "refusal"
    return _WORDS[reply.finish_reason] if isinstance(reply.finish_reason, FinishReason) else reply.finish_reason


def _blocks(reply: Replies) -> list[dict[str, object]]:
    blocks: list[dict[str, object]] = [{"type": "text", "text": said} for said in _said(reply)]
    if reply.reasoning:
        blocks.insert(0, {"type": "thinking", "thinking": reply.reasoning, "signature": reply.signature or _SIGNATURE})
    return [*blocks, *(_call(call, parse_arguments(call.arguments_text)) for call in reply.calls)]


def _said(reply: Replies) -> list[str]:
    return [words for words in (reply.text, reply.refusal) if words]


def _call(call: Call, arguments: Mapping[str, JsonValue]) -> dict[str, object]:
    return {"type": "tool_use", "id": call.id, "name": call.name, "input": arguments}


def _streamed(reply: Replies) -> Iterator[bytes]:
    for index, (block, deltas) in enumerate(_deltas(reply)):
        yield _event("content_block_start", index=index, content_block=block)
        for delta in deltas:
            yield _event("content_block_delta", index=index, delta=delta)
        yield _event("content_block_stop", index=index)


def _deltas(reply: Replies) -> Iterator[tuple[dict[str, object], list[dict[str, str]]]]:
    size = reply.chunk_size
    if reply.reasoning:
        thoughts = [{"type": "thinking_delta", "thinking": piece} for piece in pieces(reply.reasoning, size)]
        signed = {"type": "signature_delta", "signature": reply.signature or _SIGNATURE}
        yield {"type": "thinking", "thinking": "", "signature": ""}, [*thoughts, signed]
    for said in _said(reply):
        yield {"type": "text", "text": ""}, [{"type": "text_delta", "text": piece} for piece in pieces(said, size)]
    for call in reply.calls:
        told = pieces(call.arguments_text, size)
        yield _call(call, {}), [{"type": "input_json_delta", "partial_json": piece} for piece in told]


def _outside(usage: Usage) -> int:
    """Return what went in and neither came from the cache nor went into it."""
    return (usage.input_tokens or 0) - (usage.cache_read_tokens or 0) - (usage.cache_write_tokens or 0)


def _usage(usage: Usage | None) -> dict[str, object]:
    """Return the counts: what came from the cache, or went into it, is not within ``input_tokens``."""
    told = usage or Usage()
    read, written = told.cache_read_tokens or 0, told.cache_write_tokens or 0
    counts: dict[str, object] = {
        "input_tokens": _outside(told),
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": written,
        "output_tokens": told.output_tokens or 0,
    }
    if told.reasoning_tokens is not None:
        counts["output_tokens_details"] = {"thinking_tokens": told.reasoning_tokens}
    return counts
