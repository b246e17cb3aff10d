"""`Traced` keeps each promise about spans, and a broken form of it that is declared for the promise does not."""

import gc
from collections.abc import Iterator

import pytest
from opentelemetry import context

from llm_core import ChatPort
from llm_core.wrappers import Traced

from .broken_traced import BROKEN
from .recorded_spans import Recorded
from .traced_promises import PROMISES, Promise, Wrap

pytestmark = pytest.mark.slow  # each promise collects garbage


@pytest.fixture(autouse=True)
def _own_context() -> Iterator[None]:
    """Restore the context: a broken form leaves its span in it."""
    token = context.attach(context.Context())
    yield
    gc.collect()
    token.var.reset(token)


def traced(chat: ChatPort, recorded: Recorded) -> Traced:
    return Traced(chat, tracer_provider=recorded.tracer_provider, meter_provider=recorded.meter_provider)


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: str(promise.__name__))
def test_traced_keeps_the_promise(promise: Promise) -> None:
    promise(traced)


@pytest.mark.parametrize(
    ("promise", "broken"), BROKEN, ids=[f"{broken.__name__}-{promise.__name__}" for promise, broken in BROKEN]
)
def test_a_promise_fails_over_a_broken_form(promise: Promise, broken: Wrap) -> None:
    with pytest.raises((AssertionError, KeyError)):
        promise(broken)


def test_every_promise_catches_a_broken_form() -> None:
    assert set(PROMISES) == {promise for promise, _ in BROKEN}
