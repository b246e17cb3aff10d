"""What a call has cost: as LiteLLM counts it, to the same cent in every mode."""

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

# LiteLLM keeps a client for each event loop and timeout until the process ends; each test runs a loop of its own.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

TOLD = Usage(input_tokens=3_007, output_tokens=511, cache_read_tokens=1_024)
HALF_A_DOLLAR = 0.5
Lane: TypeAlias = Literal["direct", "call"]
ASK = ChatRequest(messages=[UserMessage("hi")])
STATED = SimpleNamespace(prompt_tokens=7, completion_tokens=5)


@pytest.fixture(params=["direct", "call"])
def lane(request: pytest.FixtureRequest) -> Lane:
    """Return the lane that a test about the adapter takes: it is about both."""
    return cast(Lane, request.param)


def usage_in(lane: Lane, mode: Mode, model: str) -> Usage | None:
    with FakeProvider(Replies(usage=TOLD), OpenAIChat(), Recorder()) as fake_provider:
        return call_in_mode(
            LiteLLMChat(model, api_key="sk-none", api_base=f"{fake_provider.url}/v1", lane=lane), ASK, mode
        ).usage


@pytest.mark.parametrize("mode", EVERY)
def test_a_call_costs_the_same_in_every_mode(mode: Mode, lane: Lane) -> None:
    uncached, cached, out = (Decimal(price) for price in ("0.15e-6", "0.075e-6", "0.6e-6"))  # of gpt-4o-mini

    usage = usage_in(lane, mode, "openai/gpt-4o-mini")

    assert usage is not None
    assert (3_007 - 1_024) * uncached + 1_024 * cached + 511 * out == usage.cost_usd


@pytest.mark.parametrize("mode", EVERY)
def test_without_a_price_no_cost_is_told(mode: Mode, lane: Lane) -> None:
    usage = usage_in(lane, mode, "openai/nobody-knows")

    assert usage is not None
    assert usage.cost_usd is None


@pytest.mark.parametrize("counted", [None, 0.0])
def test_a_model_of_a_known_family_is_not_free(counted: float | None) -> None:
    usage = decode_usage(STATED, find_model_info("anthropic/claude-haiku-4-5-new", None), cost=counted)

    assert Usage(input_tokens=7, output_tokens=5) == usage


def test_what_has_been_counted_already_is_the_cost() -> None:
    usage = decode_usage(STATED, find_model_info("openai/gpt-4o-mini", None), cost=HALF_A_DOLLAR)

    assert Usage(input_tokens=7, output_tokens=5, cost_usd=Decimal("0.5")) == usage


def test_the_cost_has_no_crumbs_of_floats() -> None:
    usage = decode_usage(STATED, find_model_info("openai/gpt-4o-mini", None), cost=0.1 + 0.2)

    assert Usage(input_tokens=7, output_tokens=5, cost_usd=Decimal("0.3")) == usage


@pytest.mark.parametrize("nonsense", [float("nan"), float("inf"), -0.5])
def test_a_cost_that_makes_no_sense_is_not_told(nonsense: float) -> None:
    usage = decode_usage(STATED, find_model_info("openai/gpt-4o-mini", None), cost=nonsense)

    assert Usage(input_tokens=7, output_tokens=5) == usage


def test_a_cost_that_is_no_number_is_counted_again() -> None:
    usage = decode_usage(STATED, find_model_info("openai/nobody-knows", None), cost={"total_cost": 1})

    assert Usage(input_tokens=7, output_tokens=5) == usage
