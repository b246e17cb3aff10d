"""Broken adapters that report the wrong usage or cost."""

from collections.abc import Callable
from decimal import Decimal

import attrs

from llm_core import ChatError, ChatPort, Usage, from_async
from llm_core.testing.clauses.answers import CACHE_WRITE_USAGE, CONTRADICTORY_USAGE, FULL_USAGE, ZERO_USAGE

from .mutating import Mutated, in_memory, over_http
from .plain_chat import PlainChat
from .wrappers import AsyncStreamWrapper, StreamWrapper, WrappedStreams


class _WithoutUsage(StreamWrapper):
    @property
    def usage(self) -> Usage | None:
        return None


class _AsyncWithoutUsage(AsyncStreamWrapper):
    @property
    def usage(self) -> Usage | None:
        return None


def _with_usage(chat: ChatPort, change: Callable[[Usage], Usage | None]) -> ChatPort:
    """Wrap *chat* so that the usage of each response is changed."""
    return Mutated(chat, on_response=lambda response: attrs.evolve(response, usage=change(response.usage or Usage())))


@in_memory("answer.usage", shows="usage.input_tokens: expected 70, got 700", usage=FULL_USAGE, mode="stream")
def reports_ten_times_the_input_tokens_in_streams(chat: ChatPort) -> ChatPort:
    return _with_usage(chat, lambda usage: attrs.evolve(usage, input_tokens=(usage.input_tokens or 0) * 10))


@over_http(
    "answer.usage",
    shows="usage: expected Usage(input_tokens=70, output_tokens=50",
    usage=FULL_USAGE,
    mode="stream",
)
def does_not_request_usage_in_streams(chat: PlainChat) -> ChatPort:
    return from_async(attrs.evolve(chat, streaming_fields={"stream": True}))


@in_memory("answer.usage", shows="usage.cache_write_tokens: expected None, got 0", usage=FULL_USAGE)
def reports_zero_for_a_count_that_is_missing(chat: ChatPort) -> ChatPort:
    return _with_usage(chat, lambda usage: attrs.evolve(usage, cache_write_tokens=0))


@in_memory("answer.usage", shows="usage.cache_read_tokens: expected 0, got None", usage=ZERO_USAGE)
def reports_none_for_a_count_of_zero(chat: ChatPort) -> ChatPort:
    return _with_usage(chat, lambda usage: attrs.evolve(usage, cache_read_tokens=usage.cache_read_tokens or None))


@in_memory("answer.usage", shows="usage.input_tokens: expected 70, got 40", usage=FULL_USAGE)
def excludes_cached_tokens_from_the_input_tokens(chat: ChatPort) -> ChatPort:
    return _with_usage(
        chat,
        lambda usage: attrs.evolve(usage, input_tokens=(usage.input_tokens or 0) - (usage.cache_read_tokens or 0)),
    )


@in_memory("answer.usage", shows="usage.output_tokens: expected 50, got 70", usage=FULL_USAGE)
def adds_reasoning_tokens_to_the_output_tokens_again(chat: ChatPort) -> ChatPort:
    return _with_usage(
        chat,
        lambda usage: attrs.evolve(usage, output_tokens=(usage.output_tokens or 0) + (usage.reasoning_tokens or 0)),
    )


@in_memory("answer.usage", shows="usage.cache_write_tokens: expected 20, got None", usage=CACHE_WRITE_USAGE)
def drops_the_cache_write_tokens(chat: ChatPort) -> ChatPort:
    return _with_usage(chat, lambda usage: attrs.evolve(usage, cache_write_tokens=None))


@in_memory("answer.usage", shows="usage.reasoning_tokens: expected 8, got 5", usage=CONTRADICTORY_USAGE)
def corrects_contradictory_token_counts(chat: ChatPort) -> ChatPort:
    def correct(usage: Usage) -> Usage:
        return attrs.evolve(usage, reasoning_tokens=min(usage.reasoning_tokens or 0, usage.output_tokens or 0))

    return _with_usage(chat, correct)


@over_http("answer.usage-counted", shows="usage.input_tokens: expected 70, got 490")
def sums_cumulative_token_counts(chat: PlainChat) -> ChatPort:
    reported = [0]

    def add(chunk: object) -> object:
        match chunk:
            case {"usage": {"prompt_tokens": int(tokens)} as usage}:
                reported.append(tokens)
                usage["prompt_tokens"] = sum(reported)
        return chunk

    return from_async(attrs.evolve(chat, on_chunk=add))


@over_http("error.usage", shows="usage.input_tokens: expected 98765, got None", how="cut")
def drops_the_usage_of_a_broken_answer(chat: PlainChat) -> ChatPort:
    def drop(error: ChatError) -> ChatError:
        error.usage = None
        return error

    return Mutated(from_async(chat), on_error=drop)


@in_memory("stream.usage", shows="input_tokens of a stream that ended: expected 98765, got None")
def has_no_usage_on_its_streams(chat: ChatPort) -> ChatPort:
    return WrappedStreams(chat=chat, wrap=_WithoutUsage, wrap_async=_AsyncWithoutUsage)


@over_http("stream.usage", shows="input_tokens of a closed stream: expected 98765, got None", mode="astream")
def has_usage_after_the_end_alone(chat: PlainChat) -> ChatPort:
    return Mutated(from_async(chat))  # its streams have no `UsageReport`


@in_memory("answer.no-price", shows="usage.cost_usd: expected None, got Decimal('0.42')")
def makes_up_a_price(chat: ChatPort) -> ChatPort:
    return _with_usage(chat, lambda usage: attrs.evolve(usage, cost_usd=Decimal("0.42")))


@in_memory("answer.no-price", shows="usage.cost_usd: expected None, got Decimal('0')")
def reports_a_cost_of_zero_without_a_price(chat: ChatPort) -> ChatPort:
    return _with_usage(chat, lambda usage: attrs.evolve(usage, cost_usd=Decimal(0)))


@in_memory("answer.usage-not-told", shows="Usage(input_tokens=0, ")
def reports_zero_tokens_when_usage_is_missing(chat: ChatPort) -> ChatPort:
    return _with_usage(chat, lambda _: Usage(input_tokens=0, output_tokens=0))


@in_memory("answer.usage-not-told", shows="usage: expected None, got Usage()")
def reports_an_empty_usage_when_usage_is_missing(chat: ChatPort) -> ChatPort:
    return _with_usage(chat, lambda _: Usage())
