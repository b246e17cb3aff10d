"""Tests of the cost of a call: LiteLLM's figure, the same in every mode."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Literal, TypeAlias, cast

import pytest

from llm_core import ChatRequest, Usage, UserMessage
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.adapters.litellm.litellm_response import decode_usage
from llm_core.adapters.litellm.model_info import find_model_info
from llm_core.testing import FakeProvider, Recorder, Replies
from llm_core.testing.clauses.modes import EVERY, Mode, call_in_mode
from llm_core.testing.dialects.openai_chat import OpenAIChat

USAGE = Usage(input_tokens=3_007, output_tokens=511, cache_read_tokens=1_024)
HALF_A_DOLLAR = 0.5
Lane: TypeAlias = Literal["direct", "call"]
REQUEST = ChatRequest(messages=[UserMessage("hi")])
STATED = SimpleNamespace(prompt_tokens=7, completion_tokens=5)


@pytest.fixture(params=["direct", "call"])
def lane(request: pytest.FixtureRequest) -> Lane:
    """Return each lane in turn."""
    return cast(Lane, request.param)


def usage_in(lane: Lane, mode: Mode, model: str) -> Usage | None:
    with FakeProvider(Replies(usage=USAGE), OpenAIChat(), Recorder()) as fake_provider:
        return call_in_mode(
            LiteLLMChat(model, api_key="sk-none", api_base=f"{fake_provider.url}/v1", lane=lane), REQUEST, mode
        ).usage


@pytest.mark.parametrize("mode", EVERY)
def test_a_call_costs_the_same_in_every_mode(mode: Mode, lane: Lane) -> None:
    uncached, cached, out = (Decimal(price) for price in ("0.15e-6", "0.075e-6", "0.6e-6"))  # of gpt-4o-mini

    usage = usage_in(lane, mode, "openai/gpt-4o-mini")

    assert usage is not None
    assert (3_007 - 1_024) * uncached + 1_024 * cached + 511 * out == usage.cost_usd


@pytest.mark.parametrize("mode", EVERY)
def test_the_cost_of_a_model_without_a_price_is_none(mode: Mode, lane: Lane) -> None:
    usage = usage_in(lane, mode, "openai/unknown-model")

    assert usage is not None
    assert usage.cost_usd is None


@pytest.mark.parametrize("cost", [None, 0.0])
def test_an_unlisted_model_has_no_cost_rather_than_zero(cost: float | None) -> None:
    usage = decode_usage(STATED, find_model_info("anthropic/claude-haiku-4-5-new", None), cost=cost)

    assert Usage(input_tokens=7, output_tokens=5) == usage


def test_a_cost_that_litellm_computed_is_used() -> None:
    usage = decode_usage(STATED, find_model_info("openai/gpt-4o-mini", None), cost=HALF_A_DOLLAR)

    assert Usage(input_tokens=7, output_tokens=5, cost_usd=Decimal("0.5")) == usage


def test_the_cost_has_no_float_rounding_errors() -> None:
    usage = decode_usage(STATED, find_model_info("openai/gpt-4o-mini", None), cost=0.1 + 0.2)

    assert Usage(input_tokens=7, output_tokens=5, cost_usd=Decimal("0.3")) == usage


@pytest.mark.parametrize("cost", [float("nan"), float("inf"), -0.5])
def test_a_negative_or_non_finite_cost_is_none(cost: float) -> None:
    usage = decode_usage(STATED, find_model_info("openai/gpt-4o-mini", None), cost=cost)

    assert Usage(input_tokens=7, output_tokens=5) == usage


def test_a_cost_that_is_not_a_number_is_computed_again() -> None:
    usage = decode_usage(STATED, find_model_info("openai/unknown-model", None), cost={"total_cost": 1})

    assert Usage(input_tokens=7, output_tokens=5) == usage
