"""The wire format of Ollama's /api/chat: answers, streams of JSON lines, errors. Source: its API reference."""

from collections.abc import Iterable

import attrs

from llm_core.domain.json_values import parse_arguments
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import FinishReason
from llm_core.domain.usage import Usage
from llm_core.testing.scenarios import Breaks, Call, Fails, Replies, Scenario

from .dialect import RecordedRequest
from .json_fields import require_path
from .normal_forms import has_object_arguments
from .ollama_requests import normal_form, read_request
from .sse_writer import chunks, json_bytes

_FINISH_REASONS = {
    FinishReason.STOP: "stop",
    FinishReason.LENGTH: "length",
    FinishReason.TOOL_CALLS: "stop",
    FinishReason.PAUSED: "pause_turn",  # as gateways pass it on
    FinishReason.OTHER: "unload",
}
_TOO_LONG = "prompt too long; exceeded max context length by 4 tokens"
_MODEL_DETAILS = json_bytes(
    {
        "details": {"format": "gguf", "family": "fake-provider"},
        "model_info": {"general.architecture": "fake-provider", "fake-provider.context_length": 8192},
        "template": "{{ .Messages }} {{ .Tools }}",
        "capabilities": ["completion", "tools", "thinking", "vision"],
    }
)


class OllamaChat:
    """The dialect of Ollama's ``/api/chat``."""

    name = "ollama_chat"
    stream_type = "application/x-ndjson"
    keep_alive = b"\n"
    leading_events = 0
    arguments_as_text = False
    required_settings: frozenset[str] = frozenset()
    failed_reason: str | None = None
    inner_error_path: tuple[str, ...] | None = None
    interleaves = False
    always_streams = False
    call_id_pattern = r"(?s).+"

    def parse(self, request: RecordedRequest) -> ChatRequest:
        """Return the request as the provider understands it."""
        require_path(request.path, "/api/chat")
        return read_request(parse_arguments(request.body.decode()))

    def normalise(self, request: ChatRequest) -> ChatRequest:
        """Return the normal form; `ollama_requests` describes it."""
        return normal_form(request)

    def auxiliary(self, request: RecordedRequest) -> bytes | None:
        """Return the answer to ``/api/show``: the model supports everything."""
        return _MODEL_DETAILS if request.path == "/api/show" else None

    def streams(self, request: RecordedRequest) -> bool:
        """Return True if the request is for a stream, which is the default."""
        return parse_arguments(request.body.decode()).get("stream") is not False

    def inexpressible(self, scenario: Scenario, *, streams: bool) -> str | None:  # noqa: ARG002 -- the Protocol has it
        """Return what is never sent: a local model has no filter and no quota, and its calls come whole."""
        match scenario:
            case Replies(refusal=refusal, finish_reason=reason) if refusal or reason is FinishReason.CONTENT_FILTER:
                return "a refusal"
            case Replies(text=None, calls=(), reasoning=""):
                return "no content: a message without text has an empty string"
            case Replies() if not has_object_arguments(scenario):
                return "arguments that are not an object"
            case Replies(call_layout=layout) if layout != "in order":
                return f"calls: {layout}"
            case Replies(signature=signature) if signature:
                return "a signature"
            case Replies(framing=framing) if framing != "usual":
                return "server-sent events"
            case Breaks(reply=Replies(text=None)):
                return "part of a call"
            case Breaks(failure=failure) if failure != Fails(status=500):
                return "the class of an error within a stream"
            case Fails(reason="content_policy" | "quota" as reason):
                return reason.replace("_", " ")
            case _:
                return None

    def visible(self, reply: Replies) -> Replies:
        """Return *reply* without ids, and with input and output tokens only; the provider omits a count of zero."""
        usage = reply.usage and Usage(
            input_tokens=reply.usage.input_tokens or None, output_tokens=reply.usage.output_tokens or None
        )
        return attrs.evolve(reply, usage=usage, id=None, calls=[attrs.evolve(call, id=None) for call in reply.calls])

    def answers(self, reply: Replies, request: RecordedRequest) -> Replies:  # noqa: ARG002 -- the Protocol has it
        """Return *reply* unchanged: no field depends on the request."""
        return reply

    def body(self, reply: Replies) -> bytes:
        """Return one object with ``done: true``."""
        message = {"content": reply.text or "", "thinking": reply.reasoning, "tool_calls": _calls(reply.calls)}
        return json_bytes({**_line(reply, **message), **_final_fields(reply)})

    def events(self, reply: Replies) -> tuple[bytes, ...]:
        """Return one line for each chunk, one for each call, and a last one with ``done: true``."""
        lines = [_line(reply, thinking=chunk) for chunk in chunks(reply.reasoning, reply.chunk_size)]
        lines += [_line(reply, content=chunk) for chunk in chunks(reply.text or "", reply.chunk_size)]
        lines += [_line(reply, tool_calls=_calls([call])) for call in reply.calls]
        return tuple(json_bytes(line) + b"\n" for line in (*lines, {**_line(reply), **_final_fields(reply)}))

    def status(self, failure: Fails) -> int:
        """Return the status."""
        return failure.status

    def headers(self, failure: Fails) -> tuple[tuple[str, str], ...]:
        """Return ``retry-after`` in seconds; the provider has no request ids."""
        return () if failure.retry_after is None else (("retry-after", f"{failure.retry_after:g}"),)

    def error(self, failure: Fails) -> bytes:
        """Return an ``error``, which is a string."""
        return json_bytes({"error": _TOO_LONG if failure.reason else failure.message})

    def error_event(self, failure: Fails) -> bytes:
        """Return the error as a line."""
        return self.error(failure) + b"\n"

    def broken_event(self) -> bytes:
        """Return a line that is not valid JSON."""
        return b'{"model": "fake-provider-1", "message": {"role": "assis\n'


def _line(reply: Replies, **fields: object) -> dict[str, object]:
    filled = {name: value for name, value in fields.items() if value}
    message = {"role": "assistant", "content": "", **filled}
    return {"model": reply.model, "created_at": "2026-01-01T00:00:00.000000Z", "message": message, "done": False}


def _calls(calls: Iterable[Call]) -> list[dict[str, object]]:
    return [{"function": {"name": call.name, "arguments": parse_arguments(call.arguments_text)}} for call in calls]


def _final_fields(reply: Replies) -> dict[str, object]:
    """Return the finish reason and the counts that are not zero; without a finish reason the answer is not done."""
    if reply.finish_reason is None:
        return {}
    reason = (
        _FINISH_REASONS[reply.finish_reason] if isinstance(reply.finish_reason, FinishReason) else reply.finish_reason
    )
    usage = reply.usage or Usage()
    counts = {"prompt_eval_count": usage.input_tokens, "eval_count": usage.output_tokens}
    reported = {name: count for name, count in counts.items() if count}
    return {"done_reason": reason, "done": True, "total_duration": 5_000_000, **reported}
