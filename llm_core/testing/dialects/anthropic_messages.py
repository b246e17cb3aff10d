"""The wire format of Anthropic messages: answers, streams and errors. Source: its API reference."""

from collections.abc import Iterator, Mapping
from typing import assert_never

import attrs

from llm_core.domain.json_values import JsonValue, parse_arguments
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import FinishReason
from llm_core.domain.usage import Usage
from llm_core.testing.scenarios import Block, Breaks, Call, Fails, Replies, Scenario, Thought

from .anthropic_requests import normal_form, read_request
from .dialect import RecordedRequest
from .json_fields import require_path
from .normal_forms import has_object_arguments
from .sse_writer import chunks, json_bytes, server_sent_event

_FINISH_REASONS = {
    FinishReason.STOP: "end_turn",
    FinishReason.LENGTH: "max_tokens",
    FinishReason.TOOL_CALLS: "tool_use",
    FinishReason.CONTENT_FILTER: "refusal",
    FinishReason.PAUSED: "pause_turn",
    FinishReason.OTHER: "another_reason",
}
_ERROR_TYPES = {
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
    """The dialect of Anthropic's ``/v1/messages``."""

    name = "anthropic_messages"
    stream_type = "text/event-stream; charset=utf-8"
    keep_alive = b'event: ping\ndata: {"type": "ping"}\n\n'
    leading_events = 2
    arguments_as_text = False
    required_settings: frozenset[str] = frozenset({"max_tokens"})
    failed_reason: str | None = None
    inner_error_path: tuple[str, ...] | None = None
    interleaves = True
    always_streams = False
    call_id_pattern = "[a-zA-Z0-9_-]+"

    def parse(self, request: RecordedRequest) -> ChatRequest:
        """Return the request as the provider understands it."""
        require_path(request.path, "/messages")
        return read_request(parse_arguments(request.body.decode()))

    def normalise(self, request: ChatRequest) -> ChatRequest:
        """Return the normal form; `anthropic_requests` describes it."""
        return normal_form(request)

    def auxiliary(self, request: RecordedRequest) -> bytes | None:  # noqa: ARG002 -- the Protocol has it
        """Return None: adapters send nothing but calls."""
        return None

    def streams(self, request: RecordedRequest) -> bool:
        """Return True if the request is for a stream."""
        return parse_arguments(request.body.decode()).get("stream") is True

    def inexpressible(self, scenario: Scenario, *, streams: bool) -> str | None:
        """Return what is never sent: every call has an id, every answer its usage; complete arguments are objects."""
        match scenario:
            case Replies(usage=None):
                return "no usage"
            case Replies(usage=usage) if usage and _uncached_tokens(usage) < 0:
                return "more cached than input tokens"
            case Replies(call_layout=layout) if layout != "in order":
                return f"calls: {layout}"
            case Replies(calls=calls) if any(call.id is None for call in calls):
                return "a call without an id"
            case Replies() if not streams and not has_object_arguments(scenario):
                return "arguments that are not an object"
            case Breaks(failure=Fails(reason=str(reason))):
                return f"{reason} within a stream"
            case _:
                return None

    def visible(self, reply: Replies) -> Replies:
        """Return *reply* with both cache counts: the provider always reports them."""
        usage = reply.usage or Usage()
        read, written = usage.cache_read_tokens or 0, usage.cache_write_tokens or 0
        return attrs.evolve(reply, usage=attrs.evolve(usage, cache_read_tokens=read, cache_write_tokens=written))

    def answers(self, reply: Replies, request: RecordedRequest) -> Replies:  # noqa: ARG002 -- the Protocol has it
        """Return *reply* unchanged: no field depends on the request."""
        return reply

    def body(self, reply: Replies) -> bytes:
        """Return a ``message``."""
        ending = {"stop_reason": _finish_reason(reply), "stop_sequence": None}
        return json_bytes(
            {
                **_frame(reply),
                "content": [_block(block) for block in _in_order(reply)],
                **ending,
                "usage": _usage(reply.usage),
            }
        )

    def events(self, reply: Replies) -> tuple[bytes, ...]:
        """Return the events of each content block, then the usage with the stop reason, then ``message_stop``."""
        started = _usage(attrs.evolve(reply.usage or Usage(), output_tokens=1, reasoning_tokens=None))
        message = {**_frame(reply), "content": [], "stop_reason": None, "stop_sequence": None, "usage": started}
        ending = {"stop_reason": _finish_reason(reply), "stop_sequence": None}
        return (
            _event("message_start", message=message),
            *_block_events(reply),
            _event("message_delta", delta=ending, usage=_usage(reply.usage)),
            _event("message_stop"),
        )

    def status(self, failure: Fails) -> int:
        """Return the status; every failure with a reason of its own is a 400."""
        return 400 if failure.reason else failure.status

    def headers(self, failure: Fails) -> tuple[tuple[str, str], ...]:
        """Return ``request-id``, and ``retry-after`` in seconds."""
        waits = () if failure.retry_after is None else (("retry-after", f"{failure.retry_after:g}"),)
        return (("request-id", "request-1"), *waits)

    def error(self, failure: Fails) -> bytes:
        """Return an ``error`` with its type."""
        default = "api_error" if self.status(failure) >= 500 else "invalid_request_error"
        error_type = _ERROR_TYPES.get(self.status(failure), default)
        message = _REASONS[failure.reason] if failure.reason else failure.message
        return json_bytes(
            {"type": "error", "error": {"type": error_type, "message": message}, "request_id": "request-1"}
        )

    def error_event(self, failure: Fails) -> bytes:
        """Return the error as an event."""
        return server_sent_event(self.error(failure), "error")

    def broken_event(self) -> bytes:
        """Return an event that is not valid JSON."""
        return server_sent_event(b'{"type": "content_block_delta", "index": 0, "del', "content_block_delta")


def _event(event_type: str, **fields: object) -> bytes:
    return server_sent_event(json_bytes({"type": event_type, **fields}), event_type)


def _frame(reply: Replies) -> dict[str, object]:
    return {"id": reply.id, "type": "message", "role": "assistant", "model": reply.model}


def _finish_reason(reply: Replies) -> str | None:
    if reply.refusal:
        return "refusal"
    return (
        _FINISH_REASONS[reply.finish_reason] if isinstance(reply.finish_reason, FinishReason) else reply.finish_reason
    )


def _in_order(reply: Replies) -> tuple[Block, ...]:
    texts = (text for text in (reply.text, reply.refusal) if text)
    return reply.blocks or (*reply.thoughts, *texts, *reply.calls)


def _block(block: Block) -> dict[str, object]:
    match block:
        case Thought(text, signature):
            return {"type": "thinking", "thinking": text, "signature": signature or _SIGNATURE}
        case Call():
            return _call(block, parse_arguments(block.arguments_text))
        case str():
            return {"type": "text", "text": block}
        case _:
            assert_never(block)


def _call(call: Call, arguments: Mapping[str, JsonValue]) -> dict[str, object]:
    return {"type": "tool_use", "id": call.id, "name": call.name, "input": arguments}


def _block_events(reply: Replies) -> Iterator[bytes]:
    for index, (block, deltas) in enumerate(_deltas(reply)):
        yield _event("content_block_start", index=index, content_block=block)
        for delta in deltas:
            yield _event("content_block_delta", index=index, delta=delta)
        yield _event("content_block_stop", index=index)


def _deltas(reply: Replies) -> Iterator[tuple[dict[str, object], list[dict[str, str]]]]:
    size = reply.chunk_size
    for block in _in_order(reply):
        match block:
            case Thought(text, signature):
                deltas = [{"type": "thinking_delta", "thinking": chunk} for chunk in chunks(text, size)]
                signed = {"type": "signature_delta", "signature": signature or _SIGNATURE}
                yield {"type": "thinking", "thinking": "", "signature": ""}, [*deltas, signed]
            case Call(arguments_text=text):
                argument_deltas = [{"type": "input_json_delta", "partial_json": chunk} for chunk in chunks(text, size)]
                yield _call(block, {}), argument_deltas
            case str():
                text_deltas = [{"type": "text_delta", "text": chunk} for chunk in chunks(block, size)]
                yield {"type": "text", "text": ""}, text_deltas
            case _:
                assert_never(block)


def _uncached_tokens(usage: Usage) -> int:
    """Return the input tokens that were neither read from the cache nor written to it."""
    return (usage.input_tokens or 0) - (usage.cache_read_tokens or 0) - (usage.cache_write_tokens or 0)


def _usage(usage: Usage | None) -> dict[str, object]:
    """Return the counts: ``input_tokens`` excludes the tokens read from the cache or written to it."""
    given = usage or Usage()
    read, written = given.cache_read_tokens or 0, given.cache_write_tokens or 0
    counts: dict[str, object] = {
        "input_tokens": _uncached_tokens(given),
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": written,
        "output_tokens": given.output_tokens or 0,
    }
    if given.reasoning_tokens is not None:
        counts["output_tokens_details"] = {"thinking_tokens": given.reasoning_tokens}
    return counts
