"""The wire format of Gemini's generateContent and streamGenerateContent. Source: its API reference."""

from collections.abc import Iterator
from itertools import pairwise
from typing import assert_never

import attrs

from llm_core.domain.json_values import parse_arguments
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import FinishReason
from llm_core.domain.usage import Usage
from llm_core.testing.scenarios import Block, Breaks, Call, Fails, Replies, Scenario, Thought

from .dialect import RecordedRequest
from .gemini_requests import normal_form, read_request
from .normal_forms import has_object_arguments
from .partial_usage import usage_after
from .sse_writer import chunks, json_bytes, server_sent_event

_FINISH_REASONS = {
    FinishReason.STOP: "STOP",
    FinishReason.LENGTH: "MAX_TOKENS",
    FinishReason.TOOL_CALLS: "STOP",
    FinishReason.CONTENT_FILTER: "SAFETY",
    FinishReason.PAUSED: "pause_turn",  # as gateways pass it on
    FinishReason.OTHER: "OTHER",
}
_ERROR_TYPES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_STATUSES = {"context_window": 400, "content_policy": 200, "quota": 429}
_REASONS = {
    "context_window": "The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).",
    "quota": "You exceeded your current quota, please check your plan and billing details.",
}
_GOOGLE = "type.googleapis.com/google.rpc."
_USED_UP = {"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier", "quotaValue": "250"}
_BLOCKED = {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {"promptTokenCount": 7}}
_SIGNATURE = "c2lnbmVkIGJ5IHRoZSBmYXIgc2lkZQ=="


class Gemini:
    """The dialect of Gemini's ``generateContent`` and ``streamGenerateContent``."""

    name = "gemini"
    stream_type = "text/event-stream"
    keep_alive = b": keep-alive\n\n"
    leading_events = 0
    arguments_as_text = False
    required_settings: frozenset[str] = frozenset()
    failed_reason: str | None = None
    inner_error_path: tuple[str, ...] | None = None
    interleaves = True
    always_streams = False
    call_id_pattern = r"(?s).+"

    def parse(self, request: RecordedRequest) -> ChatRequest:
        """Return the request as the provider understands it."""
        return read_request(request.path, parse_arguments(request.body.decode()))

    def normalise(self, request: ChatRequest) -> ChatRequest:
        """Return the normal form; `gemini_requests` describes it."""
        return normal_form(request)

    def auxiliary(self, request: RecordedRequest) -> bytes | None:  # noqa: ARG002 -- the Protocol has it
        """Return None: adapters send nothing but calls."""
        return None

    def streams(self, request: RecordedRequest) -> bool:
        """Return True if the request is for a stream."""
        return ":streamGenerateContent" in request.path

    def inexpressible(self, scenario: Scenario, *, streams: bool) -> str | None:  # noqa: ARG002 -- the Protocol has it
        """Return what is never sent: a call comes whole, and its arguments are an object."""
        match scenario:
            case Replies(usage=Usage(output_tokens=output, reasoning_tokens=reasoning)) if (reasoning or 0) > (
                output or 0
            ):
                return "more reasoning than output"
            case Replies() if not has_object_arguments(scenario):
                return "arguments that are not an object"
            case Replies(call_layout=layout) if layout != "in order":
                return f"calls: {layout}"
            case Replies(signature=str(signature), calls=()) if signature:
                return "a signature without a call"
            case Replies(blocks=blocks) if _has_successive_thoughts(blocks):
                return "parts of reasoning in a row"
            case Breaks(reply=Replies(text=None)):
                return "part of a call"
            case _:
                return None

    def visible(self, reply: Replies) -> Replies:
        """Return *reply* without the ids of its calls, and without the tokens written to the cache."""
        usage = reply.usage and attrs.evolve(reply.usage, cache_write_tokens=None)
        return attrs.evolve(reply, usage=usage, calls=[attrs.evolve(call, id=None) for call in reply.calls])

    def answers(self, reply: Replies, request: RecordedRequest) -> Replies:  # noqa: ARG002 -- the Protocol has it
        """Return *reply* unchanged: no field depends on the request."""
        return reply

    def body(self, reply: Replies) -> bytes:
        """Return a ``GenerateContentResponse``."""
        return json_bytes(_response(reply, _parts(reply, len(reply.reasoning + (reply.text or "") + "."))))

    def events(self, reply: Replies) -> tuple[bytes, ...]:
        """Return one ``GenerateContentResponse`` a part, with the usage so far; the last one has the finish reason."""
        parts = _parts(reply, reply.chunk_size)
        partial = [
            {
                **_frame(reply),
                "candidates": [{"content": _content([part]), "index": 0}],
                **_usage(usage_after(reply.usage, position)),
            }
            for position, part in enumerate(parts[:-1])
        ]
        return tuple(server_sent_event(json_bytes(response)) for response in (*partial, _response(reply, parts[-1:])))

    def status(self, failure: Fails) -> int:
        """Return the status: a blocked prompt gets a 200 without candidates."""
        return _STATUSES[failure.reason] if failure.reason else failure.status

    def headers(self, failure: Fails) -> tuple[tuple[str, str], ...]:  # noqa: ARG002 -- the Protocol has it
        """Return no headers: the error body holds everything."""
        return ()

    def error(self, failure: Fails) -> bytes:
        """Return an ``error`` with Google's status and typed details."""
        if failure.reason == "content_policy":
            return json_bytes(_BLOCKED)
        code = self.status(failure)
        error_status = _ERROR_TYPES.get(code, "UNKNOWN" if code >= 500 else "FAILED_PRECONDITION")
        message = _REASONS[failure.reason] if failure.reason else failure.message
        error = {"code": code, "message": message, "status": error_status, "details": list(_details(failure))}
        return json_bytes({"error": error})

    def error_event(self, failure: Fails) -> bytes:
        """Return the error as an event."""
        return server_sent_event(self.error(failure))

    def broken_event(self) -> bytes:
        """Return an event that is not valid JSON."""
        return server_sent_event(b'{"candidates": [{"content": {"parts": [{"te')


def _has_successive_thoughts(blocks: tuple[Block, ...]) -> bool:
    """Return whether reasoning follows reasoning: it would be one more delta of the same part."""
    return any(isinstance(one, Thought) and isinstance(other, Thought) for one, other in pairwise(blocks))


def _details(failure: Fails) -> Iterator[dict[str, object]]:
    if failure.reason == "quota":
        yield {"@type": f"{_GOOGLE}QuotaFailure", "violations": [_USED_UP]}
    if failure.retry_after is not None:
        yield {"@type": f"{_GOOGLE}RetryInfo", "retryDelay": f"{failure.retry_after:g}s"}


def _frame(reply: Replies) -> dict[str, object]:
    return {"modelVersion": reply.model, "responseId": reply.id}


def _content(parts: list[dict[str, object]]) -> dict[str, object]:
    return {"parts": parts, "role": "model"}


def _response(reply: Replies, parts: list[dict[str, object]]) -> dict[str, object]:
    content = _content(parts) if parts else {}
    reason = _finish_reason(reply)
    candidate = {"content": content, "index": 0, **({} if reason is None else {"finishReason": reason})}
    return {**_frame(reply), "candidates": [candidate], **_usage(reply.usage)}


def _finish_reason(reply: Replies) -> str | None:
    if reply.refusal:
        return "SAFETY"
    return (
        _FINISH_REASONS[reply.finish_reason] if isinstance(reply.finish_reason, FinishReason) else reply.finish_reason
    )


def _parts(reply: Replies, size: int) -> list[dict[str, object]]:
    """Return reasoning, text and calls; the first call carries the signature of the reasoning.

    The signature of one of several parts of reasoning is carried by the part that follows it: a call, or the last delta
    of the text.
    """
    if reply.blocks:
        return [*_parts_of_blocks(reply.blocks, size)]
    reasoning: list[dict[str, object]] = [{"text": chunk, "thought": True} for chunk in chunks(reply.reasoning, size)]
    texts: list[dict[str, object]] = [
        {"text": chunk} for text in (reply.text or "", reply.refusal) for chunk in chunks(text, size)
    ]
    calls: list[dict[str, object]] = [
        {**_call(call), **signature}
        for call, signature in zip(reply.calls, [_signature_field(reply), *[{}] * len(reply.calls)], strict=False)
    ]
    return [*reasoning, *texts, *calls]


def _parts_of_blocks(blocks: tuple[Block, ...], size: int) -> Iterator[dict[str, object]]:
    signed: dict[str, object] = {}
    for block in blocks:
        match block:
            case Thought(text, signature):
                signed = {"thoughtSignature": signature} if signature else {}
                yield from ({"text": chunk, "thought": True} for chunk in chunks(text, size))
                continue
            case Call():
                yield {**_call(block), **signed}
            case str():
                *texts, last = chunks(block, size)
                for text in texts:
                    yield {"text": text}
                yield {"text": last, **signed}
            case _:
                assert_never(block)
        signed = {}


def _call(call: Call) -> dict[str, object]:
    return {"functionCall": {"name": call.name, "args": parse_arguments(call.arguments_text)}}


def _signature_field(reply: Replies) -> dict[str, str]:
    return {"thoughtSignature": reply.signature or _SIGNATURE} if reply.reasoning else {}


def _usage(usage: Usage | None) -> dict[str, object]:
    """Return the counts: ``candidatesTokenCount`` excludes the reasoning tokens."""
    if usage is None:
        return {}
    output, reasoning = usage.output_tokens or 0, usage.reasoning_tokens
    counts = {
        "promptTokenCount": usage.input_tokens or 0,
        "cachedContentTokenCount": usage.cache_read_tokens,
        "candidatesTokenCount": output - (reasoning or 0),
        "thoughtsTokenCount": reasoning,
        "totalTokenCount": (usage.input_tokens or 0) + output,
    }
    return {"usageMetadata": {name: count for name, count in counts.items() if count is not None}}
