"""Known differences with their reasons: answers without a value here, and data that LiteLLM's calls lose.

An entry that no longer occurs fails a test, as does a difference without an entry.
"""

from collections.abc import Iterable, Sequence

import attrs

from tests.litellm_version import IS_NEWER

from .calling import Lane
from .comparison import Difference
from .exchanges import Exchange


@attrs.frozen(kw_only=True)
class KnownDifference:
    """One reason for differences of `field`: in the exchanges of `ids`, or in all of `wire` and `provider`.

    `expected` and `seen`, where given, are the only values that it explains. Each exchange of `ids` and `shown_by`, if
    it is among the recordings, must show the difference.
    """

    reason: str
    field: str
    ids: Sequence[str] = ()
    wire: str | None = None
    provider: str | None = None
    expected: str | None = None
    seen: str | None = None
    shown_by: Sequence[str] = ()

    def explains(self, found: Difference) -> bool:
        """Return whether this is the reason for *found*."""
        exchange = found.play.exchange
        applies = exchange.id in self.ids if self.ids else self._matches(exchange)
        values = self.expected in (None, found.expected) and self.seen in (None, found.seen)
        return applies and values and found.field == self.field

    def unseen(self, exchanges: Iterable[Exchange], found: Iterable[Difference]) -> list[str]:
        """Return the ids that should show this difference and do not."""
        showing = {one.play.exchange.id for one in found if self.explains(one)}
        due = {*self.ids, *self.shown_by} & {exchange.id for exchange in exchanges}
        return sorted(due - showing)

    def _matches(self, exchange: Exchange) -> bool:
        return self.wire in (None, exchange.wire) and self.provider in (None, exchange.provider)


def known_for(lane: Lane) -> tuple[KnownDifference, ...]:
    """Return the known differences of *lane*."""
    if lane == "direct":
        return DIRECT_LANE_DIFFERS
    return CALL_LANE_DIFFERS if IS_NEWER else (*CALL_LANE_DIFFERS, *LOCKED_CALL_LANE_DIFFERS)


def reason_for(found: Difference, known: Iterable[KnownDifference]) -> str | None:
    """Return the reason for *found*, None if it is not known."""
    return next((one.reason for one in known if one.explains(found)), None)


FINISH_REASON = "LiteLLM replaces the provider's finish reason with OpenAI's and drops the raw one"
REFUSAL = "LiteLLM drops the refusal from all chunks of a stream but the first"

DIRECT_LANE_DIFFERS = (
    KnownDifference(
        reason="an item that the caller must run has no value: custom_tool_call, apply_patch_call, computer_call, "
        "mcp_approval_request, tool_search_call with execution client, local_shell_call",
        field="error_class",
        ids=(
            *("rsp-0009", "rsp-0047", "rsp-0049", "rsp-0055", "rsp-0056", "rsp-0060", "rsp-0061", "rsp-0074"),
            *("rsp-0155", "rsp-0175"),
        ),
        expected='"an answer"',
    ),
    KnownDifference(
        reason='"x-request-id": "<X_REQUEST_ID>" is a placeholder of the recording, and no id',
        field="request_id",
        ids=("rsp-0035",),
    ),
)

CALL_LANE_DIFFERS = (
    # Finish reasons.
    KnownDifference(
        reason=FINISH_REASON,
        field="raw_finish",
        wire="anthropic_messages",
        shown_by=("ant-0001", "own-ant-01", "own-ant-02"),
    ),
    KnownDifference(
        reason=FINISH_REASON, field="raw_finish", wire="cohere_chat", shown_by=("coh-0016", "coh-0020", "own-coh-01")
    ),
    KnownDifference(
        reason=FINISH_REASON, field="raw_finish", wire="gemini", shown_by=("gem-0140", "gem-0231", "own-gem-02")
    ),
    KnownDifference(reason=FINISH_REASON, field="raw_finish", wire="ollama_chat", shown_by=("oll-0001", "own-oll-01")),
    KnownDifference(
        reason='LiteLLM replaces "stop" with "tool_calls" if there are calls',
        field="raw_finish",
        wire="openai_chat",
        expected='"stop"',
        seen='"tool_calls"',
        shown_by=("oai-0298",),
    ),
    KnownDifference(
        reason='LiteLLM reports "stop" if the provider reports no finish reason',
        field="raw_finish",
        wire="openai_chat",
        expected="null",
        seen='"stop"',
        shown_by=("oai-0468", "oai-0549"),
    ),
    KnownDifference(
        reason="OpenRouter reports its own reason and the native one; LiteLLM keeps the native one in another field",
        field="raw_finish",
        provider="openrouter",
        shown_by=("oai-0488", "oai-0500"),
    ),
    # Token counts.
    KnownDifference(
        reason="LiteLLM estimates reasoning tokens, or reports 0, if the provider reports none",
        field="usage.reasoning",
        wire="anthropic_messages",
        expected="null",
        shown_by=("ant-0004", "ant-0008", "own-ant-01"),
    ),
    *(
        KnownDifference(
            reason="LiteLLM reports 0 if the provider reports nothing",
            field=field,
            wire="anthropic_messages",
            expected="null",
            seen="0",
            shown_by=("ant-0004", "ant-0172"),
        )
        for field in ("usage.cached", "usage.cache_write")
    ),
    *(
        KnownDifference(
            reason="LiteLLM adds up the iterations, with an advisor's; the totals beside them are 2482 and 166",
            field=field,
            ids=("ant-0086", "ant-0213"),
        )
        for field in ("usage.input", "usage.output")
    ),
    *(
        KnownDifference(
            reason='LiteLLM takes "cache_creation_input_tokens": 0, which gateways add to every answer, for a count',
            field="usage.cache_write",
            provider=provider,
            expected="null",
            seen="0",
            shown_by=shown_by,
        )
        for provider, shown_by in (("vercel_ai_gateway", ("hst-0069", "hst-0077")), ("doubleword", ("hst-0101",)))
    ),
    KnownDifference(
        reason='LiteLLM drops "reasoning_tokens" beside completion_tokens, where GitHub Copilot reports it',
        field="usage.reasoning",
        provider="github_copilot",
        seen="null",
        shown_by=("hst-0161", "hst-0169"),
    ),
    KnownDifference(
        reason='LiteLLM drops "reasoning_tokens" of Cohere\'s tokens',
        field="usage.reasoning",
        wire="cohere_chat",
        seen="null",
        shown_by=("hst-0229", "hst-0230"),
    ),
    KnownDifference(
        reason='LiteLLM drops "cached_tokens"',
        field="usage.cached",
        wire="cohere_chat",
        seen="null",
        shown_by=("coh-0019", "own-coh-01"),
    ),
    KnownDifference(
        reason="LiteLLM ignores toolUsePromptTokenCount: the input is 89 + 165 tokens",
        field="usage.input",
        ids=("gem-0030", "gem-0038", "gem-0097", "gem-0111", "gem-0113", "gem-0157"),
    ),
    KnownDifference(
        reason="LiteLLM reports 0 if promptTokenCount is missing",
        field="usage.input",
        wire="gemini",
        expected="null",
        seen="0",
        shown_by=("gem-0010", "gem-0141"),
    ),
    KnownDifference(
        reason="LiteLLM counts the prompt itself if prompt_eval_count is missing",
        field="usage.input",
        wire="ollama_chat",
        expected="null",
        shown_by=("oll-0003",),
    ),
    KnownDifference(
        reason='LiteLLM ignores "cached_tokens" beside prompt_tokens, where Together reports it',
        field="usage.cached",
        wire="openai_chat",
        seen="null",
        shown_by=("oai-0170", "oai-0557", "oai-0563"),
    ),
    *(
        KnownDifference(
            reason='LiteLLM ignores "x_groq": {"usage": ...}',
            field=field,
            provider="groq",
            seen="null",
            shown_by=("oai-0159", "oai-0165"),
        )
        for field in ("usage.input", "usage.output")
    ),
    # Content.
    KnownDifference(
        reason="LiteLLM drops Cohere's thinking blocks",
        field="reasoning",
        wire="cohere_chat",
        seen='""',
        shown_by=("coh-0018",),
    ),
    KnownDifference(reason=REFUSAL, field="text", ids=("own-oai-11",)),
    KnownDifference(reason=REFUSAL, field="error_class", ids=("oai-0420",)),  # nothing of the answer is left
    *(
        KnownDifference(
            reason='LiteLLM drops the legacy "function_call" if the content is null',
            field=field,
            ids=("oai-0288", "oai-0354"),
        )
        for field in ("calls", "finish")
    ),
    # Answers that LiteLLM cannot read.
    KnownDifference(
        reason="LiteLLM cannot read Cohere's v2 streams: Error parsing chunk ... event: message-start",
        field="error_class",
        wire="cohere_chat",
        expected='"an answer"',
        shown_by=("coh-0042", "own-coh-02"),
    ),
    KnownDifference(
        reason="LiteLLM cannot read an answer from Groq without service_tier",
        field="error_class",
        ids=("oai-0135", "oai-0138", "oai-0147"),
    ),
    KnownDifference(
        reason='LiteLLM cannot read a choice without "message" or "finish_reason"',
        field="error_class",
        ids=("oai-0029", "oai-0289"),
    ),
    KnownDifference(
        reason="LiteLLM reports 'stop' for a stream from Gemini that broke off",
        field="error_class",
        wire="gemini",
        expected='["StreamInterruptedError"]',
        shown_by=("own-gem-03",),
    ),
    # Errors.
    KnownDifference(
        reason='LiteLLM expects a number, but the "code" of the error is "content_filter" or "tool_use_failed"',
        field="error_class",
        ids=("oai-0032", "oai-0160", "oai-0163", "hst-0196", "hst-0197"),
    ),
    KnownDifference(
        reason="LiteLLM keeps the message of OpenRouter's error event, but neither its code nor its type",
        field="error_class",
        ids=("oai-0530",),
    ),
    KnownDifference(
        reason='LiteLLM ignores the "error" of a choice',
        field="error_class",
        ids=("hst-0240",),
        expected='["ServerError"]',
    ),
)
LOCKED_CALL_LANE_DIFFERS = (
    KnownDifference(
        reason="LiteLLM cannot read a file among the annotations before 1.110", field="error_class", ids=("oai-0487",)
    ),
)
