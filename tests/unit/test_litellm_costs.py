"""Tests of the cost of a call: the same in every mode, and on both lanes."""

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


def reported_by(model: str, **fields: object) -> Usage | None:
    return decode_usage(SimpleNamespace(**vars(STATED), **fields), find_model_info(model, None))


def test_an_unlisted_model_has_no_cost_rather_than_zero() -> None:
    assert Usage(input_tokens=7, output_tokens=5) == reported_by("anthropic/claude-haiku-4-5-new")


def test_a_cost_that_the_provider_reports_is_used_without_float_rounding_errors() -> None:
    usage = reported_by("openai/gpt-4o-mini", cost=0.1 + 0.2)

    assert Usage(input_tokens=7, output_tokens=5, cost_usd=Decimal("0.3")) == usage


@pytest.mark.parametrize("cost", [None, float("nan"), float("inf"), -0.5, {"total_cost": 1}])
def test_a_reported_cost_that_is_no_price_gives_way_to_the_price_map(cost: object) -> None:
    usage = reported_by("openai/gpt-4o-mini", cost=cost)

    assert Usage(input_tokens=7, output_tokens=5, cost_usd=Decimal("0.00000405")) == usage
