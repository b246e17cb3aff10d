"""Broken in what it says a call has cost."""

from collections.abc import Callable

import attrs

from llm_core import ChatPort, Usage, from_async
from llm_core.testing.clauses.answers import FULL_USAGE, NO_TOKENS

from .bending import Bent, in_memory, over_http
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


@in_memory("answer.usage", shows="cache_read_tokens: 0 != None", usage=NO_TOKENS)
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


@in_memory("answer.usage-not-told", shows="Usage(input_tokens=0, ")
def says_zeros_where_no_usage_was_told(chat: ChatPort) -> ChatPort:
    return _counts(chat, lambda _: Usage(input_tokens=0, output_tokens=0))


@in_memory("answer.usage-not-told", shows="Usage(input_tokens=None, ")
def says_an_empty_usage_where_none_was_told(chat: ChatPort) -> ChatPort:
    return _counts(chat, lambda _: Usage())
