"""An error that passes through a wrapper is freed with its frames when the caller drops it, without a collection."""

import asyncio
import gc
import weakref
from collections.abc import Callable, Iterator

import pytest

from llm_core import ChatError, ChatPort, ChatRequest, ServerError, UserMessage
from llm_core.adapters.memory import InMemoryChat
from tests.contract.wrapped import WRAPPERS

REQUEST = ChatRequest(messages=[UserMessage("hi")])
Freed = weakref.ref[ChatError]


@pytest.fixture(autouse=True)
def _no_collection() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def _complete(chat: ChatPort) -> Freed:
    try:
        chat.complete(REQUEST)
    except ServerError as error:
        return weakref.ref(error)
    raise AssertionError


def _stream(chat: ChatPort) -> Freed:
    try:
        chat.stream(REQUEST).until_done()
    except ServerError as error:
        return weakref.ref(error)
    raise AssertionError


async def _acomplete(chat: ChatPort) -> bool:
    try:
        await chat.acomplete(REQUEST)
    except ServerError as error:
        freed = weakref.ref(error)
    return freed() is None


@pytest.mark.parametrize("name", sorted({*WRAPPERS} - {"Hedged"}))  # a thread of its own holds its error for a moment
@pytest.mark.parametrize("call", [_complete, _stream])
def test_a_dropped_error_is_freed(name: str, call: Callable[[ChatPort], Freed]) -> None:
    assert call(WRAPPERS[name].neutral(InMemoryChat([ServerError()])))() is None


@pytest.mark.parametrize("name", sorted({*WRAPPERS} - {"Hedged", "Recorded"}))  # as above: a thread writes the tape
def test_a_dropped_error_of_an_async_call_is_freed(name: str) -> None:
    assert asyncio.run(_acomplete(WRAPPERS[name].neutral(InMemoryChat([ServerError()]))))
