import asyncio
import logging
import math
import time

import pytest

from llm_core import (
    AssistantMessage,
    AuthenticationError,
    BadResponseError,
    CertificateError,
    ChatError,
    ChatResponse,
    ConnectionFailedError,
    ProviderFault,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
    TextDelta,
    Usage,
)
from llm_core.adapters.memory import BrokenStream, InMemoryChat, UnexpectedCallError
from llm_core.wrappers import Retry, Retrying
from llm_core.wrappers.failures import last_of, total_usage

from .fake_clock import FakeClock
from .verbs import REQUEST, Verb, in_every_verb, in_streams, sync_and_async

CUT = BrokenStream([TextDelta("he")], error=StreamInterruptedError(request_id="1"))


@in_every_verb
def test_calls_again_until_an_attempt_succeeds(call: Verb) -> None:
    chat = InMemoryChat([RateLimitError(retry_after=60), ServerError(), "hi"])

    response = call(Retrying(chat, clock=FakeClock()))

    assert "hi" == response.text
    assert (REQUEST, REQUEST, REQUEST) == chat.requests


@in_every_verb
def test_the_last_error_is_raised_and_lists_the_previous_ones(call: Verb) -> None:
    last = ServerError(request_id="2", detail="broken")
    last.__cause__ = ProviderFault("APIError", "status 500")
    chat = InMemoryChat([RateLimitError(request_id="1"), last, "too late"])

    with pytest.raises(ServerError) as caught:
        call(Retrying(chat, attempts=2, clock=FakeClock()))

    assert ("2", "broken") == (caught.value.request_id, caught.value.detail)
    assert "APIError: status 500" == str(caught.value.__cause__)
    assert caught.value.__context__ is None
    assert [(RateLimitError, "1")] == [(type(error), error.request_id) for error in caught.value.previous]


@in_every_verb
def test_an_error_that_is_not_retryable_is_raised_at_once(call: Verb) -> None:
    chat = InMemoryChat([AuthenticationError(), "not used"])

    with pytest.raises(AuthenticationError) as caught:
        call(Retrying(chat, clock=FakeClock()))

    assert (REQUEST,) == chat.requests
    assert caught.value.__context__ is None
    assert () == caught.value.previous


@in_every_verb
def test_any_other_exception_is_raised_at_once(call: Verb) -> None:
    chat = InMemoryChat([])

    with pytest.raises(UnexpectedCallError):
        call(Retrying(chat, clock=FakeClock()))

    assert (REQUEST,) == chat.requests


@in_every_verb
def test_one_attempt_makes_one_call(call: Verb) -> None:
    chat = InMemoryChat([ServerError(), "not used"])

    with pytest.raises(ServerError):
        call(Retrying(chat, attempts=1, clock=FakeClock()))

    assert (REQUEST,) == chat.requests


@in_every_verb
def test_it_waits_in_real_time(call: Verb) -> None:
    chat = Retrying(InMemoryChat([RateLimitError(retry_after=0.05), "hi"]))

    begun = time.monotonic()
    call(chat)

    assert 0.05 <= time.monotonic() - begun


@pytest.mark.parametrize(
    ("error", "shortest", "longest"),
    [
        (ServerError(), 0.1, 1.1),
        (BadResponseError(), 0.1, 1.1),
        (ConnectionFailedError(), 0.1, 1.1),
        (RateLimitError(retry_after=2.5), 2.5, 2.5),
        (RateLimitError(retry_after=0.0), 0.0, 0.0),
        (RateLimitError(retry_after=-1.0), 0.0, 0.0),
        (RateLimitError(retry_after=600.0), 600.0, 600.0),
    ],
)
@sync_and_async
def test_the_error_decides_how_long_it_waits(call: Verb, error: ChatError, shortest: float, longest: float) -> None:
    clock = FakeClock()

    call(Retrying(InMemoryChat([error, "hi"]), clock=clock))

    assert 1 == len(clock.waits)
    assert shortest <= clock.waits[0] <= longest


@pytest.mark.parametrize(
    "error",
    [
        CertificateError(),
        BadResponseError(retryable=False),
        AuthenticationError(retry_after=1.0),
        RateLimitError(retry_after=601.0),
        RateLimitError(retry_after=math.inf),
        RateLimitError(retry_after=math.nan),
    ],
)
@sync_and_async
def test_the_error_decides_whether_it_is_tried_again(call: Verb, error: ChatError) -> None:
    chat = InMemoryChat([error, "not used"])

    with pytest.raises(type(error)):
        call(Retrying(chat, clock=FakeClock()))

    assert (REQUEST,) == chat.requests


def test_the_waits_grow_up_to_five_seconds() -> None:
    clock = FakeClock()

    with pytest.raises(ServerError):
        Retrying(InMemoryChat(lambda _: ServerError()), attempts=40, clock=clock).complete(REQUEST)

    assert 39 == len(clock.waits)
    for number, wait in enumerate(clock.waits):
        assert min(0.1 * 2**number, 5.0) <= wait <= min(0.1 * 2**number + 1, 5.0)
    assert len(set(clock.waits[:4])) > 1


@pytest.mark.parametrize(("total_timeout", "attempts"), [(0.0, 1), (4.9, 1), (5.0, 2), (14.9, 2), (15.0, 3), (None, 4)])
@in_every_verb
def test_no_attempt_begins_after_the_total_timeout(call: Verb, total_timeout: float | None, attempts: int) -> None:
    chat = InMemoryChat([ServerError(retry_after=5), ServerError(retry_after=10), ServerError(retry_after=60), "hi"])
    retrying = Retrying(chat, attempts=4, total_timeout=total_timeout, clock=FakeClock())

    if total_timeout is None:
        call(retrying)
    else:
        with pytest.raises(ServerError):
            call(retrying)

    assert attempts == len(chat.requests)


@sync_and_async
def test_complete_retries_a_response_that_broke_off(call: Verb) -> None:
    chat = InMemoryChat([CUT, "hello"])

    response = call(Retrying(chat, clock=FakeClock()))

    assert "hello" == response.text


@in_streams
def test_a_stream_is_not_retried_after_its_first_event(call: Verb) -> None:
    chat = InMemoryChat([ServerError(), CUT, "not used"])

    with pytest.raises(StreamInterruptedError) as caught:
        call(Retrying(chat, clock=FakeClock()))

    assert AssistantMessage("he") == caught.value.partial
    assert caught.value.__context__ is None
    assert [ServerError] == [type(error) for error in caught.value.previous]
    assert (REQUEST, REQUEST) == chat.requests


@in_every_verb
def test_what_failed_attempts_had_cost_is_in_the_usage_once(call: Verb) -> None:
    nested = ServerError(usage=Usage(input_tokens=2), previous=(ServerError(usage=Usage(input_tokens=4)),))
    answer = ChatResponse(message=AssistantMessage("hi"), usage=Usage(input_tokens=1, output_tokens=5))
    chat = InMemoryChat([ServerError(), nested, answer])

    response = call(Retrying(Retrying(chat, attempts=1), clock=FakeClock()))

    assert Usage(input_tokens=7, output_tokens=5) == response.usage


def test_a_stream_reports_what_failed_attempts_had_cost() -> None:
    chat = InMemoryChat([ServerError(usage=Usage(input_tokens=2)), "hello, world"])

    with Retrying(chat, clock=FakeClock()).stream(REQUEST) as events:
        next(events)

    assert Usage(input_tokens=2) == events.usage


def test_no_call_is_made_before_a_stream_is_entered_or_read() -> None:
    chat = InMemoryChat(["hi", "ho"])

    Retrying(chat).stream(REQUEST).close()
    asyncio.run(Retrying(chat).astream(REQUEST).aclose())

    assert () == chat.requests


@in_every_verb
def test_a_retry_is_logged_once_without_prompt_and_detail(call: Verb, caplog: pytest.LogCaptureFixture) -> None:
    errors = [ServerError(model="m", detail="that no log may show"), RateLimitError(retry_after=2.0)]

    with caplog.at_level(logging.DEBUG, logger="llm_core"):
        call(Retrying(InMemoryChat([*errors, "hi"]), clock=FakeClock()))

    first, second = caplog.records
    assert first.getMessage().startswith("attempt 1 of 3 of m failed with ServerError, the next begins in ")
    expected = "attempt 2 of 3 of the model failed with RateLimitError, the next begins in 2.000 seconds"
    assert expected == second.getMessage()
    assert "no log may show" not in "".join(str(vars(record)) for record in caplog.records)


@in_every_verb
def test_a_callback_gets_each_retry_before_its_wait(call: Verb) -> None:
    seen: list[tuple[Retry, int]] = []
    clock = FakeClock()
    chat = InMemoryChat([ServerError(model="m", retry_after=1), RateLimitError(retry_after=2.0), "hi"])

    call(Retrying(chat, on_retry=lambda retry: seen.append((retry, len(clock.waits))), clock=clock))

    assert [("m", 1, 1.0), (None, 2, 2.0)] == [(one.model, one.attempt, one.seconds) for one, _ in seen]
    assert [ServerError, RateLimitError] == [type(one.error) for one, _ in seen]
    assert [0, 1] == [waits for _, waits in seen]


@pytest.mark.parametrize(
    ("attempts", "total_timeout", "problem"),
    [
        (0, None, "attempts: must be at least 1"),
        (-1, None, "attempts: must be at least 1"),
        (1, -1.0, "total_timeout: must not be negative"),
        (1, math.nan, "total_timeout: must not be negative"),
    ],
)
def test_wrong_limits_are_refused(attempts: int, total_timeout: float | None, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Retrying(InMemoryChat.echo(), attempts=attempts, total_timeout=total_timeout)


def test_an_error_that_is_raised_twice_is_not_its_own_previous_one() -> None:
    error, other = ServerError(), RateLimitError()
    errors: list[ChatError] = [error, other, error]

    last = last_of(errors)

    assert (error, (other,), []) == (last, last.previous, errors)


def test_the_usage_of_errors_without_any_is_unknown() -> None:
    assert total_usage(ServerError(previous=(ServerError(),))) is None
