"""`Budget`: what counts, and when a call is refused."""

import math
from decimal import Decimal
from typing import Literal

import pytest

from llm_core import (
    AssistantMessage,
    BudgetExceededError,
    ChatRequest,
    ChatResponse,
    ModelDescription,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
    TextDelta,
    Usage,
    UserMessage,
)
from llm_core.adapters.memory import BrokenStream, InMemoryChat
from llm_core.testing import Plays, ProbeChat
from llm_core.wrappers import Budget, Fallback, Retrying

from .fake_clock import FakeClock
from .verbs import REQUEST, Verb, astream, complete, in_every_verb, in_streams, stream

PRICED = ModelDescription(
    provider="p", model="m", input_usd_per_token=Decimal("0.1"), output_usd_per_token=Decimal("0.2")
)
COST = Usage(input_tokens=6, output_tokens=4, cost_usd=Decimal("0.30"))
ANSWER = ChatResponse(message=AssistantMessage("hello, world"), usage=COST)
UNPRICED = ChatResponse(message=AssistantMessage("hi"), usage=Usage(input_tokens=6))


def priced(*answers: ChatResponse) -> InMemoryChat:
    script = answers or (ANSWER,)
    return InMemoryChat(lambda _: script[0] if len(script) == 1 else ANSWER, description=PRICED)


@in_every_verb
def test_calls_are_refused_once_the_dollars_are_spent(call: Verb) -> None:
    chat = Budget(inner := priced(), usd=0.6)

    call(chat)
    call(chat)
    with pytest.raises(BudgetExceededError) as caught:
        call(chat)

    assert (Decimal("0.60"), 2) == (chat.spent_usd, len(inner.requests))
    error = caught.value
    assert ("p", "m", "0.60 of 0.6 USD are spent") == (error.provider, error.model, error.detail)
    assert not error.retryable


@in_every_verb
def test_calls_are_refused_once_the_tokens_are_spent(call: Verb) -> None:
    chat = Budget(inner := InMemoryChat(lambda _: ANSWER), tokens=11)

    call(chat)
    call(chat)
    with pytest.raises(BudgetExceededError, match="the budget is spent, or a price is not known; nothing was sent"):
        call(chat)

    assert (20, 2) == (chat.spent_tokens, len(inner.requests))
    assert Usage(input_tokens=12, output_tokens=8, cost_usd=Decimal("0.60")) == chat.spent


def test_a_budget_of_nothing_refuses_the_first_call() -> None:
    for chat in (Budget(priced(), usd=0), Budget(priced(), tokens=0)):
        with pytest.raises(BudgetExceededError):
            complete(chat)


def test_without_a_limit_everything_is_counted_and_passes() -> None:
    chat = Budget(InMemoryChat([UNPRICED, "no usage"]))

    complete(chat)
    complete(chat)

    assert (Usage(input_tokens=6), 6, Decimal(0)) == (chat.spent, chat.spent_tokens, chat.spent_usd)


@in_every_verb
def test_a_model_without_a_price_is_refused_at_the_first_call(call: Verb) -> None:
    chat = Budget(inner := InMemoryChat([ANSWER], description=ModelDescription(provider="p", model="m")), usd=1)

    with pytest.raises(BudgetExceededError) as caught:
        call(chat)

    assert ("the price of the model is not known: set `tokens` in place of `usd`, or unpriced='count'", ()) == (
        caught.value.detail,
        inner.requests,
    )


@pytest.mark.parametrize("answer", [UNPRICED, ChatResponse(message=AssistantMessage("hi"))])
@in_every_verb
def test_where_an_answer_has_no_price_the_next_call_is_refused(call: Verb, answer: ChatResponse) -> None:
    chat = Budget(priced(answer), usd=1)

    assert "hi" == call(chat).text
    with pytest.raises(BudgetExceededError) as caught:
        call(chat)

    assert "an answer before this call had no price" == caught.value.detail


def test_the_price_of_a_model_that_the_request_names_shows_only_afterwards() -> None:
    request = ChatRequest(messages=[UserMessage("hi")], model="another")
    chat = Budget(InMemoryChat(lambda _: UNPRICED), usd=1)

    chat.complete(request)
    with pytest.raises(BudgetExceededError) as caught:
        chat.complete(request)

    assert "another" == caught.value.model


@in_every_verb
def test_an_unpriced_answer_counts_nothing_where_that_is_chosen(call: Verb) -> None:
    chat = Budget(InMemoryChat(lambda _: UNPRICED), usd=1, tokens=12, unpriced="count")

    call(chat)
    call(chat)
    with pytest.raises(BudgetExceededError):
        call(chat)

    assert (Decimal(0), 12) == (chat.spent_usd, chat.spent_tokens)


@in_every_verb
def test_a_failed_call_counts_what_it_and_those_before_reported(call: Verb) -> None:
    error = ServerError(usage=COST, previous=(RateLimitError(usage=COST), RateLimitError()))
    chat = Budget(InMemoryChat([error, "hi"], description=PRICED), usd=5)

    with pytest.raises(ServerError):
        call(chat)

    assert (Decimal("0.60"), 20) == (chat.spent_usd, chat.spent_tokens)


@in_streams
def test_a_broken_stream_counts_what_was_reported(call: Verb) -> None:
    cut = BrokenStream([TextDelta("he")], error=StreamInterruptedError(usage=COST))
    chat = Budget(InMemoryChat([cut]))

    with pytest.raises(StreamInterruptedError):
        call(chat)

    assert COST == chat.spent


def test_a_stream_that_ends_early_counts_what_was_reported() -> None:
    chat = Budget(ProbeChat(ANSWER))

    with chat.stream(REQUEST) as events:
        next(events)

    assert COST == chat.spent


@pytest.mark.parametrize("call", [stream, astream])
def test_an_interrupted_stream_counts_what_was_reported(call: Verb) -> None:
    chat = Budget(ProbeChat(Plays(response=ANSWER, error=KeyboardInterrupt(), after=1)))

    with pytest.raises(KeyboardInterrupt):
        call(chat)

    assert COST == chat.spent


@in_every_verb
def test_stacked_budgets_each_count_once(call: Verb) -> None:
    first, second = Budget(InMemoryChat([ServerError(usage=COST)])), Budget(InMemoryChat([ANSWER]))
    retrying = Retrying(Fallback([first, second]), clock=FakeClock())
    outer = Budget(Budget(retrying))

    response = call(outer)

    assert (COST, COST, COST + COST, COST + COST) == (first.spent, second.spent, outer.spent, response.usage)


def test_a_spent_budget_beneath_a_fallback_leads_to_the_next_chat() -> None:
    chat = Fallback([Budget(InMemoryChat([]), tokens=0), InMemoryChat(["hi"])])

    assert "hi" == complete(chat).text


@pytest.mark.parametrize(
    ("usd", "tokens", "unpriced", "problem"),
    [
        (-1, None, "refuse", "usd: must be finite and not negative"),
        (math.nan, None, "refuse", "usd: must be finite and not negative"),
        (math.inf, None, "refuse", "usd: must be finite and not negative"),
        (None, -1, "refuse", "tokens: must not be negative"),
        (1, None, "ignore", "unpriced: must be 'refuse' or 'count', got 'ignore'"),
    ],
)
def test_wrong_limits_are_refused(
    usd: float | None, tokens: int | None, unpriced: Literal["refuse", "count"], problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        Budget(InMemoryChat([]), usd=usd, tokens=tokens, unpriced=unpriced)
