"""Behaviours for llmock and the expected outcomes."""

from collections.abc import Sequence

from llm_core import (
    AuthenticationError,
    BadResponseError,
    ChatError,
    ChatTimeoutError,
    ContentPolicyError,
    ContextWindowExceededError,
    FinishReason,
    InvalidRequestError,
    ModelNotFoundError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
)
from llm_core.testing.clauses.modes import EVERY, STREAMS, Mode

from .calling import SHORT_TIMEOUT, TEXT, WITH_TOOLS, Dialect, Expected, Outcome
from .llmock_server import Behaviour

OSLO: Behaviour = {"name": "weather", "arguments": {"city": "Oslo"}}
TOKYO: Behaviour = {"name": "weather", "arguments": {"city": "東京"}}
TEXT_REPLY: Behaviour = {"type": "reply", "text": TEXT}
CALLS: Behaviour = {"type": "reply", "tool_calls": [OSLO]}
TEXT_OUTCOME = Outcome(text=TEXT, finish_reason=FinishReason.STOP, tokens=(5, 11))
GAVE_UP = ("gave_up",)
ARGUMENTS_ARE_TEXT: tuple[tuple[Dialect, tuple[Mode, ...]], ...] = (("openai", EVERY), ("anthropic", STREAMS))
STALL_SECONDS = 0.6


def fails(status: int, error_class: type[ChatError], *findings: str, retry_after: float | None = None) -> Expected:
    headers = {} if retry_after is None else {"retry_after": retry_after}
    return Expected(
        name=str(status),
        script=[{"type": "fail", "status": status, **headers}],
        outcome=Outcome(error_class=error_class, status_code=status, retry_after=retry_after),
        findings=findings,
    )


def refuses(name: str, error_class: type[ChatError], **error: str) -> Expected:
    return Expected(
        name=name,
        script=[{"type": "fail", "status": 400, **error}],
        outcome=Outcome(error_class=error_class, status_code=400),
    )


def breaks(fault: str, after: int, error_class: type[ChatError], *findings: str) -> Expected:
    broken = {"type": "stream_fault", "kind": fault, "after_chunks": after, "stall_seconds": STALL_SECONDS}
    return Expected(
        name=f"{fault} after {after}",
        script=[TEXT_REPLY, broken],
        request=SHORT_TIMEOUT,
        outcome=Outcome(error_class=error_class),
        findings=findings,
        modes=STREAMS,
    )


def waits(name: str, script: Sequence[Behaviour], outcome: Outcome, modes: Sequence[Mode] = EVERY) -> Expected:
    return Expected(name=name, script=[TEXT_REPLY, *script], request=SHORT_TIMEOUT, outcome=outcome, modes=modes)


ANSWERS = [
    Expected(name="text", script=[TEXT_REPLY], outcome=TEXT_OUTCOME),
    Expected(
        name="calls",
        request=WITH_TOOLS,
        script=[{"type": "reply", "tool_calls": [OSLO, TOKYO]}],
        outcome=Outcome(
            text="",
            calls=(("weather", {"city": "Oslo"}), ("weather", {"city": "東京"})),
            finish_reason=FinishReason.TOOL_CALLS,
            tokens=(5, 10),
        ),
    ),
    Expected(
        name="text and a call",
        request=WITH_TOOLS,
        script=[{**TEXT_REPLY, **CALLS}],
        outcome=Outcome(
            text=TEXT,
            calls=(("weather", {"city": "Oslo"}),),
            finish_reason=FinishReason.TOOL_CALLS,
            tokens=(5, 15),
        ),
    ),
    Expected(
        name="a tool that the request does not offer",
        request=WITH_TOOLS,
        script=[CALLS, {"type": "tool_fault", "kind": "unknown_tool"}],
        outcome=Outcome(
            text="",
            calls=(("llmock_unknown_tool", {"city": "Oslo"}),),
            finish_reason=FinishReason.TOOL_CALLS,
            tokens=(5, 4),
        ),
    ),
    *(
        Expected(
            name="arguments cut in half",
            request=WITH_TOOLS,
            script=[CALLS, {"type": "tool_fault", "kind": "malformed_arguments"}],
            outcome=Outcome(
                text="",
                invalid_calls=(("weather", '{"city":'),),
                finish_reason=FinishReason.TOOL_CALLS,
                tokens=(5, 2),
            ),
            dialects=[dialect],
            modes=modes,
        )
        for dialect, modes in ARGUMENTS_ARE_TEXT
    ),
    Expected(
        name="an answer that reaches its token limit",
        script=[{**TEXT_REPLY, "finish_reason": "length"}],
        outcome=Outcome(text=TEXT, finish_reason=FinishReason.LENGTH, tokens=(5, 11)),
    ),
    Expected(
        name="an answer that a filter stopped",
        script=[{**TEXT_REPLY, "finish_reason": "content_filter"}],
        outcome=Outcome(text=TEXT, finish_reason=FinishReason.CONTENT_FILTER, tokens=(5, 11)),
    ),
]
ERRORS = [
    fails(400, InvalidRequestError),
    fails(401, AuthenticationError),
    fails(402, QuotaExceededError),
    fails(403, PermissionDeniedError),
    fails(404, ModelNotFoundError),
    fails(408, ChatTimeoutError, *GAVE_UP),
    fails(409, InvalidRequestError, *GAVE_UP),
    fails(413, InvalidRequestError),
    fails(418, InvalidRequestError),
    fails(422, InvalidRequestError),
    fails(429, RateLimitError, *GAVE_UP, retry_after=2.5),
    fails(500, ServerError, *GAVE_UP),
    fails(502, ServerError, *GAVE_UP),
    fails(503, ServerError, *GAVE_UP, retry_after=0.25),
    fails(504, ChatTimeoutError, *GAVE_UP, retry_after=60),
    fails(529, ServerError, *GAVE_UP, retry_after=7),
    refuses("too long", ContextWindowExceededError, message="prompt is too long: 9 tokens > 8 maximum"),
    refuses("blocked", ContentPolicyError, message="Your request was rejected by our safety system."),
]
FAULTS = [
    waits("a delay within the timeout", [{"type": "delay", "seconds": 0.1}], TEXT_OUTCOME),
    waits(
        "a delay beyond the timeout",
        [{"type": "delay", "seconds": STALL_SECONDS}],
        Outcome(error_class=ChatTimeoutError),
    ),
    waits("a slow first token", [{"type": "slow_first_token", "seconds": 0.1}], TEXT_OUTCOME, STREAMS),
    waits(
        "a first token beyond the timeout",
        [{"type": "slow_first_token", "seconds": STALL_SECONDS}],
        Outcome(error_class=ChatTimeoutError),
        STREAMS,
    ),
    waits(
        "a stall within the timeout",
        [{"type": "stream_fault", "kind": "stall", "after_chunks": 4, "stall_seconds": 0.1}],
        TEXT_OUTCOME,
        STREAMS,
    ),
    breaks("stall", 5, ChatTimeoutError),
    breaks("disconnect", 0, StreamInterruptedError, *GAVE_UP),
    breaks("disconnect", 5, StreamInterruptedError, *GAVE_UP),
    breaks("truncate", 0, BadResponseError, "truncated_stream_accepted"),
    breaks("truncate", 5, StreamInterruptedError, "truncated_stream_accepted"),
    breaks("malformed", 0, BadResponseError, "malformed_chunk_ignored"),
    breaks("malformed", 5, BadResponseError, "malformed_chunk_ignored"),
]
CASES = [*ANSWERS, *ERRORS, *FAULTS]
