"""The wire format of OpenAI chat completions: answers, streams and errors. Source: its API reference."""

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
from .json_fields import require_path
from .openai_requests import normal_form, read_request
from .partial_usage import usage_after
from .sse_writer import chunks, json_bytes, server_sent_event

_REASONS = {
    "context_window": ("context_length_exceeded", "This model's maximum context length is 8 tokens"),
    "content_policy": ("content_policy_violation", "Your request was rejected by our safety system"),
    "quota": ("insufficient_quota", "You exceeded your current quota, please check your plan and billing details"),
}


class OpenAIChat:
    """The dialect of OpenAI's ``/chat/completions``."""

    name = "openai_chat"
    stream_type = "text/event-stream"
    keep_alive = b": keep-alive\n\n"
    leading_events = 1
    arguments_as_text = True
    required_settings: frozenset[str] = frozenset()
    interleaves = False
    always_streams = False
    call_id_pattern = r"(?s).+"
    failed_reason = "error"  # of OpenRouter and Mistral
    inner_error_path: tuple[str, ...] | None = ("choices",)  # of OpenRouter

    def parse(self, request: RecordedRequest) -> ChatRequest:
        """Return the request as the provider understands it."""
        require_path(request.path, "/chat/completions")
        return read_request(parse_arguments(request.body.decode()))

    def normalise(self, request: ChatRequest) -> ChatRequest:
        """Return the normal form; `openai_requests` describes it."""
        return normal_form(request)

    def auxiliary(self, request: RecordedRequest) -> bytes | None:  # noqa: ARG002 -- the Protocol has it
        """Return None: adapters send nothing but calls."""
        return None

    def streams(self, request: RecordedRequest) -> bool:
        """Return True if the request is for a stream."""
        return parse_arguments(request.body.decode()).get("stream") is True

    def inexpressible(self, scenario: Scenario, *, streams: bool) -> str | None:  # noqa: ARG002 -- the Protocol has it
        """Return what is never sent: a signature of the reasoning."""
        return "a signature" if isinstance(scenario, Replies) and scenario.signature else None

    def visible(self, reply: Replies) -> Replies:
        """Return *reply* without the tokens written to the cache."""
        usage = reply.usage
        return attrs.evolve(reply, usage=usage and attrs.evolve(usage, cache_write_tokens=None))

    def answers(self, reply: Replies, request: RecordedRequest) -> Replies:
        """Return *reply*; a stream reports its usage only where the request sets ``stream_options.include_usage``."""
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
        """Return ``chat.completion.chunk`` events, then one with the usage, then ``[DONE]``."""
        frame = _frame(reply, "chat.completion.chunk") | ({} if reply.usage is None else {"usage": None})
        events = [
            {
                **frame,
                "choices": [{"index": 0, "delta": delta}],
                **(_usage(usage_after(reply.usage, position)) if reply.counting else {}),
            }
            for position, delta in enumerate(_deltas(reply))
        ]
        events.append({**frame, "choices": [{"index": 0, "delta": {}, "finish_reason": _finish_reason(reply)}]})
        if reply.usage is not None:
            events.append({**frame, "choices": [], **_usage(reply.usage)})
        return (*(server_sent_event(json_bytes(event)) for event in events), b"data: [DONE]\n\n")

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
        error_type = "server_error" if failure.status >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request_error"
        if failure.status == HTTPStatus.TOO_MANY_REQUESTS:
            error_type, code = ("insufficient_quota", code) if code else ("rate_limit_error", "rate_limit_exceeded")
        return json_bytes({"error": {"message": message, "type": error_type, "param": None, "code": code}})

    def error_event(self, failure: Fails) -> bytes:
        """Return an ``error`` object as an event."""
        return server_sent_event(self.error(failure))

    def broken_event(self) -> bytes:
        """Return an event that is not valid JSON."""
        return b'data: {"id": "answer-1", "choices": [{"index": 0, "del\n\n'


def _frame(reply: Replies, object_: str) -> dict[str, object]:
    return {"id": reply.id, "object": object_, "created": 1_700_000_000, "model": reply.model}


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
    for chunk in chunks(reply.reasoning, reply.chunk_size):
        yield {"reasoning_content": chunk}
    for chunk in chunks(reply.text or "", reply.chunk_size):
        yield {"content": chunk}
    for chunk in chunks(reply.refusal, reply.chunk_size):
        yield {"refusal": chunk}
    calls = [list(_call_chunks(index, call, reply)) for index, call in enumerate(reply.calls)]
    call_deltas = chain.from_iterable(zip_longest(*calls) if reply.call_layout == "interleaved" else calls)
    for call_delta in filter(None, call_deltas):
        yield {"tool_calls": [call_delta]}


def _call_chunks(position: int, call: Call, reply: Replies) -> Iterator[dict[str, object]]:
    index: dict[str, object] = {"index": 0 if reply.call_layout == "one index" else position}
    for chunk in _ordered_chunks(call, [*chunks(call.arguments_text, reply.chunk_size)], reply.call_layout):
        yield chunk if reply.call_layout == "no index" else index | chunk


def _ordered_chunks(call: Call, texts: list[str], layout: CallLayout) -> list[dict[str, object]]:
    """Return the deltas of *call*, in which *layout* places its id and name among the *texts* of its arguments."""
    arguments: list[dict[str, object]] = [{"function": {"arguments": text}} for text in texts]
    identified: dict[str, object] = {"id": call.id, "type": "function"}
    named: dict[str, object] = {"function": {"name": call.name, "arguments": ""}}
    match layout:
        case "late ids":
            return [named, *(identified | chunk for chunk in arguments[:1]), *arguments[1:]]
        case "split names":
            first, remainder = call.name[:4], call.name[4:]
            return [identified | {"function": {"name": first}}, {"function": {"name": remainder}}, *arguments]
        case "arguments first":
            return [*(identified | chunk for chunk in arguments[:1]), named, *arguments[1:]]
        case "changing ids":
            again = [{"id": f"{call.id}_{number}"} | chunk for number, chunk in enumerate(arguments)]
            return [_call(attrs.evolve(call, arguments_text="")), *again]
        case "repeated":
            return [_call(attrs.evolve(call, arguments_text=text)) for text in texts or [""]]
        case "in order" | "interleaved" | "one index" | "no index":
            return [_call(attrs.evolve(call, arguments_text="")), *arguments]
        case _:
            assert_never(layout)


def _usage(usage: Usage | None) -> dict[str, object]:
    if usage is None:
        return {}
    fields: dict[str, object] = {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": (usage.input_tokens or 0) + (usage.output_tokens or 0),
    }
    if usage.cache_read_tokens is not None:
        fields["prompt_tokens_details"] = {"cached_tokens": usage.cache_read_tokens}
    if usage.reasoning_tokens is not None:
        fields["completion_tokens_details"] = {"reasoning_tokens": usage.reasoning_tokens}
    return {"usage": fields}
