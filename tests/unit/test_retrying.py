import asyncio
import logging
import math
import time
from collections.abc import Callable, Iterator

import pytest
import stamina
from stamina.instrumentation import LoggingOnRetryHook, set_on_retry_hooks

from llm_core.adapters.memory import BrokenStream, InMemoryChat, UnexpectedCallError
from llm_core.domain.errors import (
    AuthenticationError,
    BadResponseError,
    CertificateError,
    ConnectionFailedError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
)
from llm_core.domain.events import TextDelta
from llm_core.domain.messages import AssistantMessage, UserMessage
from llm_core.domain.provider_fault import ProviderFault
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse
from llm_core.ports.chat import ChatPort
from llm_core.wrappers import Retrying
from llm_core.wrappers.retrying import _retry

REQUEST = ChatRequest(messages=[UserMessage("a prompt that no log may show")])
CUT = BrokenStream([TextDelta("he")], error=StreamInterruptedError(request_id="1"))


def complete(chat: ChatPort) -> ChatResponse:
    return chat.complete(REQUEST)


def acomplete(chat: ChatPort) -> ChatResponse:
    return asyncio.run(_acomplete(chat))


async def _acomplete(chat: ChatPort) -> ChatResponse:
    return await chat.acomplete(REQUEST)


def stream(chat: ChatPort) -> ChatResponse:
    with chat.stream(REQUEST) as events:
        return events.until_done()


def astream(chat: ChatPort) -> ChatResponse:
    return asyncio.run(_astream(chat))


async def _astream(chat: ChatPort) -> ChatResponse:
    async with chat.astream(REQUEST) as events:
        return await events.until_done()


in_every_method = pytest.mark.parametrize("call", [complete, acomplete, stream, astream])
sync_and_async = pytest.mark.parametrize("call", [complete, acomplete])


@pytest.fixture
def no_waits() -> Iterator[None]:
    with stamina.set_testing(True, attempts=100, cap=True):
        yield


@in_every_method
@pytest.mark.usefixtures("no_waits")
def test_calls_again_until_an_attempt_succeeds(call: Callable[[ChatPort], ChatResponse]) -> None:
    chat = InMemoryChat([RateLimitError(retry_after=60), ServerError(), "hi"])

    response = call(Retrying(chat))

    assert "hi" == response.text
    assert (REQUEST, REQUEST, REQUEST) == chat.requests


@in_every_method
@pytest.mark.usefixtures("no_waits")
def test_raises_the_last_error_unchanged_after_the_last_attempt(call: Callable[[ChatPort], ChatResponse]) -> None:
    last = ServerError(request_id="2", detail="broken")
    last.__cause__ = ProviderFault("APIError", "status 500")
    chat = InMemoryChat([RateLimitError(request_id="1"), last, "too late"])

    with pytest.raises(ServerError) as caught:
        call(Retrying(chat, attempts=2))

    assert ("2", "broken") == (caught.value.request_id, caught.value.detail)
    assert "APIError: status 500" == str(caught.value.__cause__)
    assert caught.value.__context__ is None


@in_every_method
def test_raises_an_error_that_is_not_retryable_at_once(call: Callable[[ChatPort], ChatResponse]) -> None:
    chat = InMemoryChat([AuthenticationError(), "not used"])

    with pytest.raises(AuthenticationError) as caught:
        call(Retrying(chat))

    assert (REQUEST,) == chat.requests
    assert caught.value.__context__ is None


@in_every_method
def test_raises_any_other_exception_at_once(call: Callable[[ChatPort], ChatResponse]) -> None:
    chat = InMemoryChat([])

    with pytest.raises(UnexpectedCallError):
        call(Retrying(chat))

    assert (REQUEST,) == chat.requests


@in_every_method
def test_one_attempt_makes_one_call(call: Callable[[ChatPort], ChatResponse]) -> None:
    chat = InMemoryChat([ServerError(), "not used"])

    with pytest.raises(ServerError):
        call(Retrying(chat, attempts=1))

    assert (REQUEST,) == chat.requests


@in_every_method
def test_waits_at_least_for_retry_after(call: Callable[[ChatPort], ChatResponse]) -> None:
    chat = Retrying(InMemoryChat([RateLimitError(retry_after=0.05), "hi"]))

    begun = time.monotonic()
    call(chat)

    assert 0.05 <= time.monotonic() - begun < 1


@in_every_method
def test_does_not_wait_longer_than_the_longest_wait(call: Callable[[ChatPort], ChatResponse]) -> None:
    chat = InMemoryChat([RateLimitError(retry_after=601.0), "not used"])

    with pytest.raises(RateLimitError):
        call(Retrying(chat))

    assert (REQUEST,) == chat.requests


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (ServerError(), True),
        (BadResponseError(), True),
        (ConnectionFailedError(), True),
        (CertificateError(), False),
        (AuthenticationError(retry_after=1.0), False),
        (RateLimitError(retry_after=2.5), 2.5),
        (RateLimitError(retry_after=0.0), 0.0),
        (RateLimitError(retry_after=-1.0), 0.0),
        (RateLimitError(retry_after=600.0), 600.0),
        (RateLimitError(retry_after=math.inf), False),
        (RateLimitError(retry_after=math.nan), False),
        (ValueError(), False),
    ],
)
def test_the_error_decides_whether_and_when_to_call_again(error: Exception, again: bool | float) -> None:
    decision = _retry(error)

    assert (type(again), again) == (type(decision), decision)


@sync_and_async
@pytest.mark.usefixtures("no_waits")
def test_complete_retries_a_response_that_broke_off(call: Callable[[ChatPort], ChatResponse]) -> None:
    chat = InMemoryChat([CUT, "hello"])

    response = call(Retrying(chat))

    assert "hello" == response.text


@pytest.mark.parametrize("call", [stream, astream])
def test_a_stream_is_not_retried_after_its_first_event(call: Callable[[ChatPort], ChatResponse]) -> None:
    chat = InMemoryChat([CUT, "not used"])

    with pytest.raises(StreamInterruptedError) as caught:
        call(Retrying(chat))

    assert AssistantMessage("he") == caught.value.partial
    assert caught.value.__context__ is None
    assert (REQUEST,) == chat.requests


def test_no_call_is_made_before_a_stream_is_entered_or_read() -> None:
    chat = InMemoryChat(["hi", "ho"])

    Retrying(chat).stream(REQUEST).close()
    asyncio.run(Retrying(chat).astream(REQUEST).aclose())

    assert () == chat.requests


@pytest.fixture
def logged_by_stamina() -> Iterator[None]:
    set_on_retry_hooks([LoggingOnRetryHook])
    yield
    set_on_retry_hooks(None)


@in_every_method
@pytest.mark.usefixtures("no_waits", "logged_by_stamina")
def test_the_log_of_a_retry_shows_neither_the_prompt_nor_the_detail(
    call: Callable[[ChatPort], ChatResponse], caplog: pytest.LogCaptureFixture
) -> None:
    chat = InMemoryChat([ServerError(request_id="1", detail="detail that no log may show"), "hi"])

    with caplog.at_level(logging.DEBUG):
        call(Retrying(chat))

    retries = [record for record in caplog.records if record.name == "stamina"]
    assert 1 == len(retries)
    assert "ServerError(request_id='1')" in str(vars(retries[0]))
    assert "no log may show" not in "".join(str(vars(record)) for record in caplog.records)


@pytest.mark.parametrize("attempts", [0, -1])
def test_less_than_one_attempt_is_refused(attempts: int) -> None:
    chat = InMemoryChat.echo()

    with pytest.raises(ValueError, match="attempts: must be at least 1"):
        Retrying(chat, attempts=attempts)
