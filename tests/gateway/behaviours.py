"""The behaviours of one call through the gateway: answers, and the errors of providers and of the gateway itself."""

from collections.abc import Sequence
from functools import partial

from llm_core.domain.tools import Tool
from llm_core.domain.usage import Usage
from llm_core.providers.profile import WireChoice
from llm_core.testing import Breaks, Call, Fails, HangsUp, Replies, Scenario

from .observing import WEATHER, Backend, Behaviour, Facts, Run, calls_at, facts_of, new_request

_CALLS = (
    Call(id="call-1", name="weather", arguments_text='{"city": "Oslo"}'),
    Call(id="call-2", name="weather", arguments_text='{"city": "Rome"}'),
)
_USAGE = Usage(input_tokens=15, output_tokens=5, cache_read_tokens=4, reasoning_tokens=3)
_COUNTS = (15, 5, 4, 3)
_PATIENCE = 8.0  # seconds of silence, much longer than the timeout below
_TIMEOUT = 2.0


def plays(
    scenario: Scenario, run: Run, *, tools: Sequence[Tool] = (), timeout: float = 60.0, wire: WireChoice = "auto"
) -> Facts:
    """Return the facts of one call, while the providers play *scenario*, and how often it reached them."""
    backends = (run.stack.first, run.stack.second, run.stack.on_responses)
    for backend in backends:
        backend.play(scenario)
    before = sum(map(calls_at, backends))
    seen = facts_of(run.stack.chat(run.model, timeout=timeout, wire=wire), new_request(*tools), run.mode)
    return {**seen, "attempts": sum(map(calls_at, backends)) - before}


def _one(
    name: str,
    promise: str,
    scenario: Scenario,
    expected: Facts,
    *,
    in_streams: Facts | None = None,
    tools: Sequence[Tool] = (),
    behind: Sequence[Backend] = ("first",),
    wire: WireChoice = "auto",
    timeout: float = 60.0,
) -> Behaviour:
    observe = partial(plays, scenario, tools=tools, wire=wire, timeout=timeout)
    return Behaviour(
        name=name, promise=promise, observe=observe, expected=expected, expected_in_streams=in_streams, behind=behind
    )


def _key_and_model(run: Run) -> Facts:
    """Return the errors of a key and of a model that the gateway does not know."""
    wrong_key = facts_of(run.stack.chat(run.model, key="sk-another"), new_request(), run.mode)
    unknown = facts_of(run.stack.chat("no-such-model"), new_request(), run.mode)
    return {"wrong key": wrong_key["error"], "unknown model": unknown["error"]}


ANSWERS = (
    _one(
        "text",
        "the text, the finish reason and the model that answered",
        Replies(text="Grüße, 東京 ☔."),
        {"text": "Grüße, 東京 ☔.", "finish reason": "stop", "model": "openai/fake-first", "attempts": 1},
    ),
    _one(
        "tool calls",
        "ids, names and arguments of two calls",
        Replies(text=None, calls=_CALLS, finish_reason="tool_calls"),
        {
            "calls": [("call-1", "weather", {"city": "Oslo"}), ("call-2", "weather", {"city": "Rome"})],
            "finish reason": "tool_calls",
        },
        tools=[WEATHER],
    ),
    _one(
        "broken arguments",
        "arguments that are no JSON are an invalid call, with their text",
        Replies(
            text=None, calls=[Call(id="call-1", name="weather", arguments_text='{"city": ')], finish_reason="tool_calls"
        ),
        {"calls": [], "invalid calls": [("weather", '{"city": ')]},
        tools=[WEATHER],
    ),
    _one(
        "reasoning",
        "reasoning apart from text",
        Replies(reasoning="It rains often.", text="Rain."),
        {"reasoning": "It rains often.", "text": "Rain."},
    ),
    _one("usage", "tokens, those of cache and reasoning among them", Replies(usage=_USAGE), {"usage": _COUNTS}),
    _one("cost", "the gateway's price, without float residue", Replies(usage=_USAGE), {"cost": "0.000025"}),
)
ERRORS = (
    Behaviour(
        name="wrong key, unknown model",
        promise="AuthenticationError, ModelNotFoundError",
        observe=_key_and_model,
        expected={"wrong key": "AuthenticationError", "unknown model": "ModelNotFoundError"},
    ),
    _one(
        "context window",
        "ContextWindowExceededError",
        Fails(status=400, reason="context_window"),
        {"error": "ContextWindowExceededError", "attempts": 1},
    ),
    _one(
        "rate limit",
        "RateLimitError with the provider's wait, in one attempt",
        Fails(status=429, retry_after=7.0),
        {"error": "RateLimitError", "retry after": 7.0, "has a request id": True, "attempts": 1},
    ),
    _one(
        "quota", "QuotaExceededError", Fails(status=429, reason="quota"), {"error": "QuotaExceededError", "attempts": 1}
    ),
    _one(
        "moderation",
        "ContentPolicyError",
        Fails(status=400, reason="content_policy"),
        {"error": "ContentPolicyError", "attempts": 1},
    ),
    _one(
        "cut off",
        "in a stream an error with what had arrived, else ServerError; retryable",
        Breaks(
            how="silence", after=5, patience=1.0
        ),  # what a provider sends just before its connection ends may be lost
        {"error": "ServerError", "retryable": True, "attempts": 1},
        in_streams={"error": "ServerError", "retryable": True, "partial": "A rather long an", "attempts": 1},
    ),
    _one(
        "silence",
        "ChatTimeoutError at the caller's timeout",
        HangsUp(how="silence", patience=_PATIENCE),
        {"error": "ChatTimeoutError", "attempts": 1},
        timeout=_TIMEOUT,
    ),
)
LOSSES = (
    _one(
        "clean end without a finish reason",
        "an error: the answer is not whole",
        Breaks(how="end", after=5),
        {"retryable": True},
    ),
    _one(
        "refusal",
        "its text, with the finish reason content_filter",
        Replies(text=None, refusal="I cannot."),
        {"text": "I cannot.", "finish reason": "content_filter"},
    ),
    _one("no usage", "none, rather than zero or an estimate", Replies(usage=None), {"usage": None}),
    _one(
        "unknown finish reason",
        "other, with the provider's word",
        Replies(finish_reason="weird"),
        {"finish reason": "other", "raw finish reason": "weird"},
    ),
)
RESPONSES = (
    _one(
        "Responses: text",
        'text, usage and cost with `wire="responses"`',
        Replies(usage=_USAGE),
        {"text": "Hello.", "finish reason": "stop", "usage": _COUNTS, "cost": "0.000025"},
        behind=("responses",),
        wire="responses",
    ),
    _one(
        "Responses: tool calls",
        "ids, names and arguments of two calls",
        Replies(text=None, calls=_CALLS, finish_reason="tool_calls"),
        {
            "calls": [("call-1", "weather", {"city": "Oslo"}), ("call-2", "weather", {"city": "Rome"})],
            "finish reason": "tool_calls",
        },
        tools=[WEATHER],
        behind=("responses",),
        wire="responses",
    ),
    _one(
        "Responses: rate limit",
        "RateLimitError with the provider's wait, in one attempt",
        Fails(status=429, retry_after=7.0),
        {"error": "RateLimitError", "retry after": 7.0, "attempts": 1},
        behind=("responses",),
        wire="responses",
    ),
)
