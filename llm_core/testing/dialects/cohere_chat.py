"""The wire format of Cohere's Chat API, version 2: answers, streams and errors.

Source: https://docs.cohere.com/reference/chat, /reference/chat-stream, /v2/docs/streaming and /reference/errors.
"""

from collections.abc import Iterator, Mapping

import attrs

from llm_core.domain.json_values import parse_arguments
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import FinishReason
from llm_core.domain.usage import Usage
from llm_core.testing.scenarios import Breaks, Call, Fails, Replies, Scenario

from .cohere_requests import normal_form, read_request
from .dialect import Dialect, RecordedRequest
from .json_fields import require_path
from .sse_writer import chunks, json_bytes, server_sent_event

_FINISH_REASONS = {
    FinishReason.STOP: "COMPLETE",
    FinishReason.LENGTH: "MAX_TOKENS",
    FinishReason.TOOL_CALLS: "TOOL_CALL",
    FinishReason.PAUSED: "pause_turn",  # as gateways pass it on
}
_REASONS = {
    "context_window": "too many tokens: size limit exceeded by 11326 tokens. Try using shorter or fewer inputs.",
    "quota": "Please add or update your payment method at https://dashboard.cohere.com/billing?tab=payment to continue",
}
_EMPTY_MESSAGE = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}


class CohereChat(Dialect):
    """The dialect of Cohere's ``/v2/chat``."""

    name = "cohere_chat"
    leading_events = 2  # message-start and content-start
    failed_reason = "ERROR"

    def parse(self, request: RecordedRequest) -> ChatRequest:
        """Return the request as the provider understands it."""
        require_path(request.path, "/v2/chat")
        return read_request(parse_arguments(request.body.decode()))

    def normalise(self, request: ChatRequest) -> ChatRequest:
        """Return the normal form; `cohere_requests` describes it."""
        return normal_form(request)

    def inexpressible(self, scenario: Scenario, *, streams: bool) -> str | None:
        """Return what is never sent: there is no filter, every call has an id, and calls are streamed one by one."""
        match scenario:
            case Replies(refusal=refusal, finish_reason=reason) if refusal or reason is FinishReason.CONTENT_FILTER:
                return "a refusal"
            case Replies(finish_reason=FinishReason.OTHER):
                return "another finish reason: ERROR and TIMEOUT are failures"
            case Replies(signature=signature) if signature:
                return "a signature"
            case Replies(call_layout=layout) if layout != "in order":
                return f"calls: {layout}"
            case Replies(calls=calls) if any(call.id is None for call in calls):
                return "a call without an id"
            case Breaks(how="error") if not streams:
                return "an error within a whole answer"
            case Breaks(failure=failure) if failure != Fails(status=500):
                return "the class of an error within a stream"
            case Fails(reason="content_policy"):
                return "content policy"
            case _:
                return None

    def visible(self, reply: Replies) -> Replies:
        """Return *reply* without the model, the tokens written to the cache and the reasoning tokens."""
        usage = reply.usage and attrs.evolve(reply.usage, cache_write_tokens=None, reasoning_tokens=None)
        return attrs.evolve(reply, model=None, usage=usage)

    def body(self, reply: Replies) -> bytes:
        """Return an answer with its ``message``."""
        message: dict[str, object] = {"role": "assistant"}
        if reply.reasoning and reply.calls:
            message["tool_plan"] = reply.reasoning
        if parts := [{"type": type_, type_: text} for type_, text in _parts(reply)]:
            message["content"] = parts
        if reply.calls:
            message["tool_calls"] = [_call(call) for call in reply.calls]
        return json_bytes({**_id(reply), "message": message, **_ending(reply)})

    def events(self, reply: Replies) -> tuple[bytes, ...]:
        """Return ``message-start``, the events of plan, parts and calls, ``message-end``, then ``[DONE]``."""
        start = {"type": "message-start", **_id(reply), "delta": {"message": _EMPTY_MESSAGE}}
        end = {"type": "message-end", "delta": _ending(reply)}
        middle = (*_plan_events(reply), *_part_events(reply), *_call_events(reply))
        return (_event(start), *(_event(event) for event in middle), _event(end), b"data: [DONE]\n\n")

    def status(self, failure: Fails) -> int:
        """Return the status; a used-up quota is 402."""
        return 402 if failure.reason == "quota" else failure.status

    def error(self, failure: Fails) -> bytes:
        """Return an object with an ``id`` and a ``message``; no code or type names the cause."""
        return json_bytes({"id": "error-1", "message": _REASONS.get(failure.reason or "", failure.message)})

    def error_event(self, failure: Fails) -> bytes:
        """Return a ``message-end`` with the message in ``error``: a stream has no other event for an error."""
        return _event({"type": "message-end", "delta": {"finish_reason": "ERROR", "error": failure.message}})

    def broken_event(self) -> bytes:
        """Return an event that is not valid JSON."""
        return b'event: content-delta\ndata: {"type": "content-delta", "index": 0, "del\n\n'


def _event(event: Mapping[str, object]) -> bytes:
    return server_sent_event(json_bytes(event), str(event["type"]))


def _id(reply: Replies) -> dict[str, object]:
    return {} if reply.id is None else {"id": reply.id}


def _parts(reply: Replies) -> Iterator[tuple[str, str]]:
    """Yield type and text of the content parts: reasoning is a part, but beside calls it is the plan."""
    if reply.reasoning and not reply.calls:
        yield "thinking", reply.reasoning
    if reply.text is not None:
        yield "text", reply.text


def _plan_events(reply: Replies) -> Iterator[dict[str, object]]:
    for chunk in chunks(reply.reasoning if reply.calls else "", reply.chunk_size):
        yield {"type": "tool-plan-delta", "delta": {"message": {"tool_plan": chunk}}}


def _part_events(reply: Replies) -> Iterator[dict[str, object]]:
    for index, (type_, text) in enumerate(_parts(reply)):
        started = {"message": {"content": {"type": type_, type_: ""}}}
        yield {"type": "content-start", "index": index, "delta": started}
        for chunk in chunks(text, reply.chunk_size):
            yield {"type": "content-delta", "index": index, "delta": {"message": {"content": {type_: chunk}}}}
        yield {"type": "content-end", "index": index}


def _call_events(reply: Replies) -> Iterator[dict[str, object]]:
    for index, call in enumerate(reply.calls):
        started = {"message": {"tool_calls": _call(attrs.evolve(call, arguments_text=""))}}
        yield {"type": "tool-call-start", "index": index, "delta": started}
        for chunk in chunks(call.arguments_text, reply.chunk_size):
            delta = {"message": {"tool_calls": {"function": {"arguments": chunk}}}}
            yield {"type": "tool-call-delta", "index": index, "delta": delta}
        yield {"type": "tool-call-end", "index": index}


def _call(call: Call) -> dict[str, object]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments_text}}


def _ending(reply: Replies) -> dict[str, object]:
    reason = reply.finish_reason
    text = _FINISH_REASONS[reason] if isinstance(reason, FinishReason) else reason
    return ({} if text is None else {"finish_reason": text}) | _usage(reply.usage)


def _usage(usage: Usage | None) -> dict[str, object]:
    """Return both counts of tokens: those of the prompt and the answer, and those that are billed, which are fewer."""
    if usage is None:
        return {}
    counts = {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens}
    tokens = {name: count for name, count in counts.items() if count is not None}
    billed = {name: count // 2 for name, count in tokens.items()}
    cached = {} if usage.cache_read_tokens is None else {"cached_tokens": usage.cache_read_tokens}
    return {"usage": {"billed_units": billed, "tokens": tokens, **cached}}
