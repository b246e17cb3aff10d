"""`Fallback`: which errors lead to the next chat, how long a chat rests, and who answered."""

import threading

import pytest

from llm_core import (
    AssistantMessage,
    AuthenticationError,
    BadResponseError,
    CertificateError,
    ChatError,
    ChatRequest,
    ChatResponse,
    ChatTimeoutError,
    ConnectionFailedError,
    ContentPolicyError,
    ContextWindowExceededError,
    InvalidRequestError,
    ModelDescription,
    ModelNotFoundError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
    TextDelta,
    UnsupportedFeatureError,
    Usage,
    UserMessage,
)
from llm_core.adapters.memory import BrokenStream, InMemoryChat
from llm_core.wrappers import Fallback

from .fake_clock import FakeClock
from .verbs import REQUEST, Verb, complete, in_every_verb, in_streams, sync_and_async

CUT = BrokenStream([TextDelta("he")], error=StreamInterruptedError(request_id="1"))
PASSED_ON = [
    AuthenticationError(),
    BadResponseError(),
    ChatTimeoutError(),
    ConnectionFailedError(),
    ContextWindowExceededError(),
    ModelNotFoundError(),
    QuotaExceededError(),
    RateLimitError(),
    ServerError(),
    UnsupportedFeatureError(),
]
RAISED = [
    CertificateError(),
    ContentPolicyError(),
    InvalidRequestError(),
    PermissionDeniedError(),
    BadResponseError(retryable=False),
]


def named(error: ChatError) -> str:
    return type(error).__name__


@pytest.mark.parametrize("error", PASSED_ON, ids=named)
@in_every_verb
def test_the_next_chat_answers_where_one_fails(call: Verb, error: ChatError) -> None:
    first, second = InMemoryChat([error]), InMemoryChat(["hi"])

    response = call(Fallback([first, second]))

    assert "hi" == response.text
    assert ((REQUEST,), (REQUEST,)) == (first.requests, second.requests)


@pytest.mark.parametrize("error", RAISED, ids=named)
@sync_and_async
def test_other_errors_are_raised_at_once(call: Verb, error: ChatError) -> None:
    second = InMemoryChat([])

    with pytest.raises(type(error)) as caught:
        call(Fallback([InMemoryChat([error]), second]))

    assert ((), ()) == (second.requests, caught.value.previous)


@pytest.mark.parametrize("on", [[InvalidRequestError], lambda error: isinstance(error, InvalidRequestError)])
@sync_and_async
def test_the_caller_may_choose_the_errors(call: Verb, on: list[type[ChatError]]) -> None:
    assert "hi" == call(Fallback([InMemoryChat([ContentPolicyError()]), InMemoryChat(["hi"])], on=on)).text
    with pytest.raises(ServerError):
        call(Fallback([InMemoryChat([ServerError()]), InMemoryChat([])], on=on))


@in_every_verb
def test_when_all_fail_the_last_error_is_raised_with_the_others(call: Verb) -> None:
    chats = [InMemoryChat([error]) for error in (RateLimitError(), QuotaExceededError(), ServerError(request_id="3"))]

    with pytest.raises(ServerError) as caught:
        call(Fallback(chats))

    assert "3" == caught.value.request_id
    assert [RateLimitError, QuotaExceededError] == [type(error) for error in caught.value.previous]


@sync_and_async
def test_complete_falls_back_where_an_answer_breaks_off(call: Verb) -> None:
    assert "hi" == call(Fallback([InMemoryChat([CUT]), InMemoryChat(["hi"])])).text


@in_streams
def test_a_stream_does_not_fall_back_after_its_first_event(call: Verb) -> None:
    second = InMemoryChat([])

    with pytest.raises(StreamInterruptedError) as caught:
        call(Fallback([InMemoryChat([CUT]), second]))

    assert (AssistantMessage("he"), ()) == (caught.value.partial, second.requests)


def calls_of(*chats: InMemoryChat) -> list[int]:
    return [len(chat.requests) for chat in chats]


@pytest.mark.parametrize(
    ("error", "cooldown", "rests"),
    [
        (ServerError(), 30.0, 30.0),
        (ServerError(), 0.0, 0.0),
        (RateLimitError(retry_after=7.0), 30.0, 7.0),
        (RateLimitError(retry_after=0.0), 30.0, 0.0),
        (ContextWindowExceededError(), 30.0, 0.0),
        (UnsupportedFeatureError(), 30.0, 0.0),
    ],
)
def test_a_chat_that_failed_rests(error: ChatError, cooldown: float, rests: float) -> None:
    clock = FakeClock()
    first = InMemoryChat([error, "first"])
    chat = Fallback([first, InMemoryChat(lambda _: "second")], cooldown=cooldown, clock=clock)

    complete(chat)
    texts = []
    for seconds in (max(rests - 0.1, 0.0), 0.1) if rests else (0.0,):
        clock.time += seconds
        texts.append(complete(chat).text)

    assert (["second", "first"] if rests else ["first"]) == texts


@in_streams
def test_a_chat_whose_stream_breaks_off_rests_too(call: Verb) -> None:
    chat = Fallback([InMemoryChat([CUT]), InMemoryChat(["hi"])], clock=FakeClock())

    with pytest.raises(StreamInterruptedError):
        call(chat)

    assert "hi" == call(chat).text


def test_when_all_rest_the_one_whose_rest_ends_first_is_called_first() -> None:
    first = InMemoryChat([RateLimitError(retry_after=50), "first"])
    second = InMemoryChat([RateLimitError(retry_after=10), "second"])
    chat = Fallback([first, second], clock=FakeClock())

    with pytest.raises(RateLimitError):
        complete(chat)

    assert "second" == complete(chat).text


def test_the_state_is_shared_by_threads() -> None:
    first = InMemoryChat(lambda _: ServerError())
    chat = Fallback([first, InMemoryChat(lambda _: "hi")], clock=FakeClock())
    complete(chat)

    threads = [threading.Thread(target=complete, args=[chat]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 1 == len(first.requests)


@in_every_verb
def test_what_failed_attempts_had_cost_is_in_the_usage(call: Verb) -> None:
    answer = ChatResponse(message=AssistantMessage("hi"), usage=Usage(input_tokens=1))
    failing = [InMemoryChat([ServerError(usage=Usage(input_tokens=tokens))]) for tokens in (10, 100)]

    assert Usage(input_tokens=111) == call(Fallback([*failing, InMemoryChat([answer])])).usage


@pytest.mark.parametrize(
    ("answered", "requested", "expected"),
    [("as answered", None, "as answered"), (None, None, "described"), (None, "asked", "asked")],
)
def test_the_response_names_the_model_that_answered(answered: str | None, requested: str | None, expected: str) -> None:
    answer = ChatResponse(message=AssistantMessage("hi"), model=answered)
    second = InMemoryChat([answer], description=ModelDescription(model="described"))
    request = ChatRequest(messages=[UserMessage("hi")], model=requested)

    response = Fallback([InMemoryChat([ServerError()]), second]).complete(request)

    assert expected == response.model


def test_a_single_chat_is_passed_on_as_it_is() -> None:
    chat = InMemoryChat([ServerError(), "hi"], description=ModelDescription(model="described"))
    alone = Fallback([chat], clock=FakeClock())

    with pytest.raises(ServerError):
        complete(alone)

    assert complete(alone).model is None


@pytest.mark.parametrize("cooldown", [-1.0, float("nan")])
def test_wrong_arguments_are_refused(cooldown: float) -> None:
    with pytest.raises(ValueError, match="cooldown: must not be negative"):
        Fallback([InMemoryChat([])], cooldown=cooldown)
    with pytest.raises(ValueError, match="chats: must not be empty"):
        Fallback([])
