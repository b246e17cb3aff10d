"""Known differences, each with its reason: where a recording's expectation is wrong, and what LiteLLM's calls lose.

An entry that no longer shows fails a test, as does a difference that is in no entry.
"""

from collections.abc import Iterable, Sequence

import attrs

from .asking import Lane
from .comparing import Difference
from .exchanges import Exchange


@attrs.frozen(kw_only=True)
class Known:
    """One reason for the differences of *field*: in the exchanges of `ids`, or wherever *wire* and *provider* agree.

    `expected` and `seen`, where given, are the only values that it explains. It shows as long as all of `ids` do, or
    of `shown_by`, so far as they are there.
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
        """Return whether *found* is one of these."""
        exchange = found.play.exchange
        here = exchange.id in self.ids if self.ids else self._speaks(exchange)
        values = self.expected in (None, found.expected) and self.seen in (None, found.seen)
        return here and values and found.field == self.field

    def unseen(self, exchanges: Iterable[Exchange], found: Iterable[Difference]) -> list[str]:
        """Return the ids that should show this and do not."""
        showing = {one.play.exchange.id for one in found if self.explains(one)}
        due = {*self.ids, *self.shown_by} & {exchange.id for exchange in exchanges}
        return sorted(due - showing)

    def _speaks(self, exchange: Exchange) -> bool:
        return self.wire in (None, exchange.wire) and self.provider in (None, exchange.provider)


def known_for(lane: Lane) -> tuple[Known, ...]:
    """Return what is known of *lane*."""
    return (*EXPECTATION_IS_WRONG, *CALL_LANE_DIFFERS) if lane == "call" else EXPECTATION_IS_WRONG


def reason_for(found: Difference, known: Iterable[Known]) -> str | None:
    """Return why *found* differs; None: nobody knows."""
    return next((one.reason for one in known if one.explains(found)), None)


WORD = "LiteLLM puts OpenAI's word in place of the provider's, and drops that"
REFUSAL = "LiteLLM drops the refusal from the chunks of a stream, but for the first"

EXPECTATION_IS_WRONG = (
    Known(
        reason='"Your credit balance is too low ... purchase credits": waiting will not cure it, so it is a quota',
        field="kind",
        ids=("ant-0142",),
    ),
    Known(
        reason='"cache_write_tokens": 0 stands in the usage, so it was told',
        field="usage.cache_write",
        ids=(
            *("oai-0457", "oai-0486", "oai-0490", "oai-0493", "oai-0494", "oai-0501", "oai-0502", "oai-0505"),
            *("oai-0506", "oai-0534"),
        ),
        expected="null",
        seen="0",
    ),
)

CALL_LANE_DIFFERS = (
    # The provider's own word.
    Known(reason=WORD, field="raw_finish", wire="anthropic_messages", shown_by=("ant-0001", "ant-0220", "own-ant-03")),
    Known(reason=WORD, field="raw_finish", wire="cohere_chat", shown_by=("coh-0016", "coh-0020", "own-coh-01")),
    Known(reason=WORD, field="raw_finish", wire="gemini", shown_by=("gem-0140", "gem-0231", "own-gem-02")),
    Known(reason=WORD, field="raw_finish", wire="ollama_chat", shown_by=("oll-0001", "own-oll-01")),
    Known(  # not in LiteLLM 1.106
        reason='LiteLLM 1.109 makes "length" of "pause_turn" in a stream',
        field="finish",
        wire="anthropic_messages",
        expected='["other", "stop"]',
        seen='"length"',
    ),
    Known(
        reason='LiteLLM makes "stop" into "tool_calls" where there are calls',
        field="raw_finish",
        wire="openai_chat",
        expected='"stop"',
        seen='"tool_calls"',
        shown_by=("oai-0298",),
    ),
    Known(
        reason='LiteLLM says "stop" where nothing was told',
        field="raw_finish",
        wire="openai_chat",
        expected="null",
        seen='"stop"',
        shown_by=("oai-0468", "oai-0549"),
    ),
    Known(
        reason="OpenRouter tells two words, its own and the native one, which LiteLLM keeps beside the other",
        field="raw_finish",
        provider="openrouter",
        shown_by=("oai-0488", "oai-0500"),
    ),
    # Figures.
    Known(
        reason="LiteLLM counts the thoughts itself, or none, where the provider told nothing",
        field="usage.reasoning",
        wire="anthropic_messages",
        expected="null",
        shown_by=("ant-0004", "ant-0008", "own-ant-01"),
    ),
    *(
        Known(
            reason="LiteLLM says 0 where nothing was told",
            field=field,
            wire="anthropic_messages",
            expected="null",
            seen="0",
            shown_by=("ant-0004", "ant-0172"),
        )
        for field in ("usage.cached", "usage.cache_write")
    ),
    *(
        Known(
            reason="LiteLLM sums up the iterations, an advisor's among them: 2482 and 166 stand above them",
            field=field,
            ids=("ant-0086", "ant-0213"),
        )
        for field in ("usage.input", "usage.output")
    ),
    Known(
        reason='LiteLLM drops "cached_tokens"',
        field="usage.cached",
        wire="cohere_chat",
        seen="null",
        shown_by=("coh-0019", "own-coh-01"),
    ),
    Known(
        reason="LiteLLM leaves toolUsePromptTokenCount out: 89 + 165 tokens went in",
        field="usage.input",
        ids=("gem-0030", "gem-0038", "gem-0097", "gem-0111", "gem-0113", "gem-0157"),
    ),
    Known(
        reason="LiteLLM says 0 where no promptTokenCount was told",
        field="usage.input",
        wire="gemini",
        expected="null",
        seen="0",
        shown_by=("gem-0010", "gem-0141"),
    ),
    Known(
        reason="LiteLLM counts the prompt itself where no prompt_eval_count was told",
        field="usage.input",
        wire="ollama_chat",
        expected="null",
        shown_by=("oll-0003",),
    ),
    Known(
        reason='LiteLLM leaves "cached_tokens" beside prompt_tokens, as Together tells it, unread',
        field="usage.cached",
        wire="openai_chat",
        seen="null",
        shown_by=("oai-0170", "oai-0557", "oai-0563"),
    ),
    *(
        Known(
            reason='LiteLLM leaves "x_groq": {"usage": ...} unread',
            field=field,
            provider="groq",
            seen="null",
            shown_by=("oai-0159", "oai-0165"),
        )
        for field in ("usage.input", "usage.output")
    ),
    # Content.
    Known(
        reason="LiteLLM drops Cohere's thinking blocks",
        field="reasoning",
        wire="cohere_chat",
        seen='""',
        shown_by=("coh-0018",),
    ),
    Known(reason=REFUSAL, field="text", ids=("own-oai-11",)),
    Known(reason=f"{REFUSAL}; nothing is left", field="kind", ids=("oai-0420",)),
    Known(
        reason='LiteLLM drops the old "function_call" where the content is null',
        field="kind",
        ids=("oai-0288", "oai-0354"),
    ),
    Known(
        reason='LiteLLM takes the text "" of a part for no text at all, and so is nothing left',
        field="kind",
        ids=("gem-0053",),
    ),
    # Answers that LiteLLM cannot read.
    Known(
        reason="LiteLLM cannot read Cohere's v2 streams: Error parsing chunk ... event: message-start",
        field="kind",
        wire="cohere_chat",
        expected='"an answer"',
        shown_by=("coh-0042", "own-coh-02"),
    ),
    Known(
        reason="LiteLLM cannot read an answer of Groq's without service_tier",
        field="kind",
        ids=("oai-0135", "oai-0138", "oai-0147"),
    ),
    Known(
        reason='LiteLLM cannot read a choice without "message" or "finish_reason", or a file among the annotations',
        field="kind",
        ids=("oai-0029", "oai-0289", "oai-0487"),
    ),
    Known(
        reason="LiteLLM says stop to a stream of Gemini's that broke off",
        field="kind",
        wire="gemini",
        expected='["StreamInterruptedError"]',
        shown_by=("own-gem-03",),
    ),
    # Errors.
    Known(
        reason='LiteLLM wants a number where the error says "code": "content_filter" or "tool_use_failed"',
        field="kind",
        ids=("oai-0032", "oai-0160", "oai-0163"),
    ),
    Known(
        reason="LiteLLM keeps the words of OpenRouter's error event, but neither its code nor its type",
        field="kind",
        ids=("oai-0530",),
    ),
)
