"""Broken in what it says a call has cost."""

from collections.abc import Callable
from decimal import Decimal

import attrs

from llm_core import ChatPort, Usage, from_async
from llm_core.testing.clauses.answers import CONTRADICTORY_USAGE, FULL_USAGE, ZERO_USAGE, CACHE_WRITE_USAGE

from .mutating import Bent, in_memory, over_http
from .plain_chat import PlainChat


def _counts(chat: ChatPort, change: Callable[[Usage], Usage | None]) -> ChatPort:
    """Return *chat*, its usage changed."""
    return Bent(chat, answers=lambda response: attrs.evolve(response, usage=change(response.usage or Usage())))


@in_memory("answer.usage", shows="input_tokens: 70 != 700", usage=FULL_USAGE, mode="stream")
def is_ten_times_off_in_streams(chat: ChatPort) -> ChatPort:
    return _counts(chat, lambda usage: attrs.evolve(usage, input_tokens=(usage.input_tokens or 0) * 10))


@over_http(
    "answer.usage",
    shows="cache_read_tokens=30, cache_write_tokens=None, reasoning_tokens=20, cost_usd=None) == None",
    usage=FULL_USAGE,
    mode="stream",
)
def asks_for_no_usage_in_streams(chat: PlainChat) -> ChatPort:
    return from_async(attrs.evolve(chat, streaming={"stream": True}))


@in_memory("answer.usage", shows="cache_write_tokens: None != 0", usage=FULL_USAGE)
def says_zero_where_nothing_was_told(chat: ChatPort) -> ChatPort:
    return _counts(chat, lambda usage: attrs.evolve(usage, cache_write_tokens=0))


@in_memory("answer.usage", shows="cache_read_tokens: 0 != None", usage=ZERO_USAGE)
def takes_zero_tokens_for_not_told(chat: ChatPort) -> ChatPort:
    return _counts(chat, lambda usage: attrs.evolve(usage, cache_read_tokens=usage.cache_read_tokens or None))


@in_memory("answer.usage", shows="input_tokens: 70 != 40", usage=FULL_USAGE)
def counts_without_the_cache(chat: ChatPort) -> ChatPort:
    return _counts(
        chat,
        lambda usage: attrs.evolve(usage, input_tokens=(usage.input_tokens or 0) - (usage.cache_read_tokens or 0)),
    )


@in_memory("answer.usage", shows="output_tokens: 50 != 70", usage=FULL_USAGE)
def adds_the_reasoning_once_more(chat: ChatPort) -> ChatPort:
    return _counts(
        chat,
        lambda usage: attrs.evolve(usage, output_tokens=(usage.output_tokens or 0) + (usage.reasoning_tokens or 0)),
    )


@in_memory("answer.usage", shows="cache_write_tokens: 20 != None", usage=CACHE_WRITE_USAGE)
def forgets_what_went_into_the_cache(chat: ChatPort) -> ChatPort:
    return _counts(chat, lambda usage: attrs.evolve(usage, cache_write_tokens=None))


@in_memory("answer.usage", shows="reasoning_tokens: 8 != 5", usage=CONTRADICTORY_USAGE)
def mends_figures_that_contradict_each_other(chat: ChatPort) -> ChatPort:
    def mend(usage: Usage) -> Usage:
        return attrs.evolve(usage, reasoning_tokens=min(usage.reasoning_tokens or 0, usage.output_tokens or 0))

    return _counts(chat, mend)


@over_http("answer.usage-counted", shows="input_tokens: 70 != ")
def adds_up_what_was_counted_so_far(chat: PlainChat) -> ChatPort:
    counted = [0]

    def add(chunk: object) -> object:
        match chunk:
            case {"usage": {"prompt_tokens": int(tokens)} as usage}:
                counted.append(tokens)
                usage["prompt_tokens"] = sum(counted)
        return chunk

    return from_async(attrs.evolve(chat, looks_at=add))


@in_memory("answer.no-price", shows="Decimal('0.42') is None")
def makes_up_a_price(chat: ChatPort) -> ChatPort:
    return _counts(chat, lambda usage: attrs.evolve(usage, cost_usd=Decimal("0.42")))


@in_memory("answer.no-price", shows="Decimal('0') is None")
def takes_what_nobody_priced_for_free(chat: ChatPort) -> ChatPort:
    return _counts(chat, lambda usage: attrs.evolve(usage, cost_usd=Decimal(0)))


@in_memory("answer.usage-not-told", shows="Usage(input_tokens=0, ")
def says_zeros_where_no_usage_was_told(chat: ChatPort) -> ChatPort:
    return _counts(chat, lambda _: Usage(input_tokens=0, output_tokens=0))


@in_memory("answer.usage-not-told", shows="Usage(input_tokens=None, ")
def says_an_empty_usage_where_none_was_told(chat: ChatPort) -> ChatPort:
    return _counts(chat, lambda _: Usage())
