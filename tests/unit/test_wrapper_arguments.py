"""A wrong argument of a wrapper is refused where the wrapper is made, by its name."""

import inspect
import math
from collections.abc import Callable

import pytest

import llm_core.wrappers
from llm_core.adapters.memory import InMemoryChat
from llm_core.wrappers import (
    Budget,
    Cached,
    Fallback,
    Hedged,
    Limited,
    Limiter,
    LoggedCall,
    MemoryStore,
    Recorded,
    Retry,
    Retrying,
)

CHAT = InMemoryChat([])
MAKERS: dict[str, Callable[..., object]] = {
    "attempts": lambda value: Retrying(CHAT, attempts=value),
    "total_timeout": lambda value: Retrying(CHAT, total_timeout=value),
    "cooldown": lambda value: Fallback([CHAT], cooldown=value),
    "after": lambda value: Hedged([CHAT], after=value),
    "concurrent": lambda value: Limiter(concurrent=value),
    "requests_per_minute": lambda value: Limiter(requests_per_minute=value),
    "tokens_per_minute": lambda value: Limiter(tokens_per_minute=value),
    "tokens": lambda value: Budget(CHAT, tokens=value),
    "ttl": lambda value: Cached(CHAT, MemoryStore(), namespace="n", ttl=value),
    "max_entries": lambda value: MemoryStore(max_entries=value),
}
AT_LEAST_ONE = {"attempts", "concurrent", "requests_per_minute", "tokens_per_minute", "max_entries"}


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("value", ["3", True, [1]])
def test_what_is_no_number_is_a_type_error(name: str, value: object) -> None:
    with pytest.raises(TypeError, match=f"^{name}: expected a number, got {type(value).__name__}$"):
        MAKERS[name](value)


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("value", [-1, math.nan])
def test_a_number_below_the_least_is_a_value_error(name: str, value: float) -> None:
    bound = "must be at least 1" if name in AT_LEAST_ONE else "must not be negative"

    with pytest.raises(ValueError, match=f"^{name}: {bound}, got {value}$"):
        MAKERS[name](value)


@pytest.mark.parametrize("name", MAKERS)
def test_the_least_number_is_accepted(name: str) -> None:
    MAKERS[name](1 if name in AT_LEAST_ONE else 0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Limited(CHAT, 5), "limiter: expected a Limiter, got int"),  # type: ignore[arg-type] # a mistake
        (lambda: Retrying(InMemoryChat), "chat: expected a chat, got the class InMemoryChat"),  # type: ignore[arg-type] # a mistake
        (lambda: Fallback(CHAT), "chats: expected a list of chats, got InMemoryChat"),  # type: ignore[arg-type] # a mistake
    ],
)
def test_another_object_is_a_type_error(make: Callable[[], object], message: str) -> None:
    with pytest.raises(TypeError, match=f"^{message}$"):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Budget(CHAT, unpriced="skip"), "unpriced: must be 'refuse' or 'count', got 'skip'"),  # type: ignore[arg-type] # a mistake
        (lambda: Recorded(CHAT, "t", mode="play"), "mode: must be 'replay', 'record' or 'once', got 'play'"),  # type: ignore[arg-type] # a mistake
    ],
)
def test_another_word_is_a_value_error(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        make()


def test_the_table_has_every_number_that_a_wrapper_takes() -> None:
    parameters = (
        parameter
        for thing in map(llm_core.wrappers.__dict__.get, llm_core.wrappers.__all__)
        if isinstance(thing, type) and thing not in (LoggedCall, Retry)  # which wrappers make
        for parameter in inspect.signature(thing).parameters.values()
    )
    numbers = {one.name for one in parameters if _annotation(one) in ("int", "float", "int | None", "float | None")}

    assert {"attempts", "after"} <= numbers
    assert set() == numbers - MAKERS.keys()


def _annotation(parameter: inspect.Parameter) -> str:
    annotation = parameter.annotation
    return annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
