"""Compares an answer with the expected one, field by field."""

import json
import math
from collections.abc import Iterator, Mapping
from typing import TypeAlias

import attrs

from llm_core import (
    AssistantMessage,
    AuthenticationError,
    BadResponseError,
    ChatError,
    ChatResponse,
    ContentPolicyError,
    ContextWindowExceededError,
    FinishReason,
    InvalidRequestError,
    InvalidToolCall,
    ModelNotFoundError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
    ToolCall,
    Usage,
)

from .calling import Play, Seen
from .exchanges import Exchange, Expected, ExpectedCall, ExpectedError

ERROR_CLASSES: Mapping[str, type[ChatError]] = {
    "auth": AuthenticationError,
    "bad_request": InvalidRequestError,
    "content_filter": ContentPolicyError,
    "context_window": ContextWindowExceededError,
    "not_found": ModelNotFoundError,
    "overloaded": ServerError,
    "permission": PermissionDeniedError,
    "quota": QuotaExceededError,
    "rate_limit": RateLimitError,
    "server": ServerError,
}
_FINISHES: Mapping[str | None, FinishReason] = {
    "content_filter": FinishReason.CONTENT_FILTER,
    "length": FinishReason.LENGTH,
    "pause": FinishReason.PAUSED,
    "stop": FinishReason.STOP,
    "tool_calls": FinishReason.TOOL_CALLS,
}  # any other is OTHER
_MAX_SHOWN = 200  # characters of a value
_REQUEST_IDS = ("x-request-id", "request-id")

Field: TypeAlias = tuple[str, object, object]  # name, expected value, seen value


@attrs.frozen
class Difference:
    """One field of one answer that is not as expected."""

    play: Play
    field: str
    expected: str
    seen: str

    def __str__(self) -> str:
        """Return one line, with long values shortened."""
        play = f"{self.play.exchange.id} {self.play.mode}/{self.play.splitting}"
        return f"{play} {self.field}: expected {self.expected[:_MAX_SHOWN]}, seen {self.seen[:_MAX_SHOWN]}"


def differences(play: Play, seen: Seen) -> tuple[Difference, ...]:
    """Return the fields of *seen* that differ from the recording's expectation."""
    fields = ((name, _exact(expected), _exact(found)) for name, expected, found in _fields(play, seen))
    return tuple(Difference(play, name, expected, found) for name, expected, found in fields if expected != found)


def _exact(value: object) -> str:
    """Return *value* as JSON text, which distinguishes true from 1 and 1 from 1.0."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _fields(play: Play, seen: Seen) -> Iterator[Field]:
    expected, outcome = play.exchange.expected, seen.outcome
    if isinstance(outcome, ChatResponse) and expected.kind == "ok":
        yield from _answer(expected, outcome)
        yield from _from_events(outcome, seen.from_events)
    elif isinstance(outcome, ChatResponse):
        yield "error_class", _error_classes(expected), f"an answer, {outcome.finish_reason}: {outcome.text[:80]}"
    elif not isinstance(outcome, ChatError):
        yield "error_class", "an error of ours", repr(outcome)
    elif expected.kind == "ok":
        yield from _failed(expected, outcome)
    else:
        yield from _error(play.exchange, outcome)


def _answer(expected: Expected, seen: ChatResponse) -> Iterator[Field]:
    text, reasoning = seen.text, _reasoning(seen.message)
    if (text, reasoning) != (expected.text_alt, expected.reasoning_alt):
        yield "text", expected.refusal or expected.text, text
        yield "reasoning", expected.reasoning, expected.reasoning if reasoning == expected.tool_plan else reasoning
    yield from _calls(expected, seen.message)
    yield from _usage(expected, seen.usage or Usage())
    reasons = _reasons(expected)
    yield "finish", seen.finish_reason if seen.finish_reason in reasons else sorted(reasons), seen.finish_reason
    yield "raw_finish", (expected.finish_raw or "").removeprefix("block:") or None, seen.raw_finish_reason


def _from_events(response: ChatResponse, from_events: ChatResponse | None) -> Iterator[Field]:
    """Yield a field if the events of a stream build another message than its `StreamEnd` has."""
    if from_events is not None and from_events.message != response.message:
        yield "events", repr(response.message), repr(from_events.message)


def _reasons(expected: Expected) -> set[FinishReason]:
    if expected.refusal:
        return {FinishReason.CONTENT_FILTER}
    reasons = {_FINISHES.get(reason, FinishReason.OTHER) for reason in (expected.finish, *expected.finish_ok)}
    if reasons & {FinishReason.STOP, FinishReason.TOOL_CALLS}:
        reasons -= {FinishReason.STOP, FinishReason.TOOL_CALLS}
        reasons.add(FinishReason.TOOL_CALLS if expected.tool_calls else FinishReason.STOP)
    return reasons


def _reasoning(message: AssistantMessage) -> str:
    return "".join(part.text for part in message.reasoning)


def _calls(expected: Expected, message: AssistantMessage) -> Iterator[Field]:
    due = sorted(expected.tool_calls, key=lambda call: not isinstance(call.args, dict))  # invalid calls last
    yield "calls", [call.name for call in due], [call.name for call in message.all_tool_calls]
    for call, seen in zip(due, message.all_tool_calls, strict=False):
        if call.id:
            yield "call.id", call.id, seen.id
        yield from _arguments(call, seen)


def _arguments(expected: ExpectedCall, seen: ToolCall | InvalidToolCall) -> Iterator[Field]:
    if isinstance(seen, ToolCall):
        yield "call.arguments", expected.args, dict(seen.arguments)
    else:
        yield "call.arguments", expected.args if isinstance(expected.args, dict) else None, None
    if expected.args_raw is not None:
        yield "call.text", expected.args_raw, seen.arguments_text


def _usage(expected: Expected, seen: Usage) -> Iterator[Field]:
    yield "usage.input", expected.usage.input, seen.input_tokens
    yield "usage.output", expected.usage.output, seen.output_tokens
    yield "usage.cached", expected.usage.cached, seen.cache_read_tokens
    yield "usage.cache_write", expected.usage.cache_write, seen.cache_write_tokens
    yield "usage.reasoning", expected.usage.reasoning, seen.reasoning_tokens


def _failed(expected: Expected, error: ChatError) -> Iterator[Field]:
    """Yield nothing where an error is right too: no finish reason or an unknown one, or the prompt was blocked."""
    blocked = isinstance(error, ContentPolicyError) and _FINISHES.get(expected.finish) is FinishReason.CONTENT_FILTER
    unknown = not {"stop", "tool_calls", "length"} & {expected.finish} and FinishReason.OTHER in _reasons(expected)
    if not (blocked or unknown):
        yield "error_class", "an answer", _shown(error)


def _error(exchange: Exchange, error: ChatError) -> Iterator[Field]:
    expected, names = exchange.expected, _error_classes(exchange.expected)
    if expected.begins and not (error.partial and error.partial.content):
        names.append(BadResponseError.__name__)  # no text had arrived
    yield "error_class", names, names if type(error).__name__ in names else _shown(error)
    if exchange.stream and expected.kind != "error":
        yield "partial", expected.text, _partial(expected, error)
    if expected.error is not None:
        yield from _error_fields(exchange, expected.error, error)


def _partial(expected: Expected, error: ChatError) -> str | None:
    """Return the partial text; the whole expected text, if the partial one is a prefix of it and that is enough."""
    seen = None if error.partial is None else error.partial.content
    return expected.text if expected.begins and expected.text.startswith(seen or "") else seen


def _error_fields(exchange: Exchange, expected: ExpectedError, error: ChatError) -> Iterator[Field]:
    in_band = exchange.status == 200
    statuses = (None, 200, expected.inner_status) if in_band else (expected.status,)
    yield "status", error.status_code if error.status_code in statuses else list(statuses), error.status_code
    wait, seen = expected.retry_after_s, error.retry_after
    close = wait is not None and seen is not None and math.isclose(wait, seen, abs_tol=0.001)
    yield "retry_after", wait, wait if close else seen
    ids = [exchange.response_headers[name] for name in _REQUEST_IDS if name in exchange.response_headers]
    if ids and not in_band:
        yield "request_id", ids[0], error.request_id


def _error_classes(expected: Expected) -> list[str]:
    if expected.kind == "truncated" or expected.error is None:
        return [StreamInterruptedError.__name__]
    return sorted({ERROR_CLASSES[name].__name__ for name in expected.error.ok_classes})


def _shown(error: ChatError) -> str:
    return f"{type(error).__name__}, status {error.status_code}: {(error.detail or '')[:160]}"
