"""`Hedged`: when the next chat is called, who answers, and what becomes of the others."""

import asyncio
import contextvars
import threading
import time
from collections.abc import Callable

import pytest

from llm_core import (
    AssistantMessage,
    AuthenticationError,
    ChatError,
    ChatRequest,
    ChatResponse,
    ChatSettings,
    ChatTimeoutError,
    ConnectionFailedError,
    ModelDescription,
    ServerError,
    StreamInterruptedError,
    UnsupportedFeatureError,
    Usage,
    UserMessage,
)
from llm_core.adapters.memory import Delayed, InMemoryChat
from llm_core.testing import Plays, ProbeChat
from llm_core.wrappers import Hedged

from .verbs import REQUEST, Verb, acomplete, astream, complete, in_every_verb, stream

ANSWER = ChatResponse(message=AssistantMessage("hello, world"), usage=Usage(input_tokens=1))
OTHER = ChatResponse(message=AssistantMessage("from the other"), usage=Usage(input_tokens=10))
SILENT = Plays(response=ANSWER, waits=True, after=0)
SLOW = Plays(response=ANSWER, waits=True, after=2)
sync_verbs = pytest.mark.parametrize("call", [complete, stream])


def until(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 5
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.002)
    return condition()


@in_every_verb
def test_a_fast_chat_answers_alone(call: Verb) -> None:
    first, second = ProbeChat(ANSWER), ProbeChat(OTHER)

    assert ANSWER == call(Hedged([first, second], after=30))
    assert [] == second.calls


@in_every_verb
def test_the_next_chat_is_called_when_the_first_is_silent(call: Verb) -> None:
    first, second = ProbeChat(SILENT), ProbeChat(OTHER)

    response = call(Hedged([first, second], after=0.01))

    assert OTHER.message == response.message
    assert until(lambda: first.is_idle and second.is_idle)


@in_every_verb
def test_what_the_losers_reported_is_in_the_usage(call: Verb) -> None:
    third = ProbeChat(ServerError(usage=Usage(input_tokens=100)))

    response = call(Hedged([ProbeChat(SILENT), third, ProbeChat(OTHER)], after=0.01))

    assert Usage(input_tokens=111) == response.usage


@in_every_verb
def test_the_first_chat_may_still_win(call: Verb) -> None:
    first, second = InMemoryChat([Delayed("first", 0.05)]), ProbeChat(SILENT)

    assert "first" == call(Hedged([first, second], after=0.01)).text
    assert until(lambda: second.is_idle)


@in_every_verb
def test_a_chat_that_fails_makes_room_for_the_next_at_once(call: Verb) -> None:
    assert OTHER.message == call(Hedged([ProbeChat(ServerError()), ProbeChat(OTHER)], after=30)).message


@in_every_verb
def test_a_chat_that_fails_while_another_runs_leaves_the_race(call: Verb) -> None:
    slow = InMemoryChat([Delayed("slow", 0.05)])

    assert "slow" == call(Hedged([slow, ProbeChat(AuthenticationError())], after=0.01)).text


@in_every_verb
def test_when_all_fail_the_last_error_is_raised_with_the_others(call: Verb) -> None:
    chats = [ProbeChat(ServerError(request_id=id)) for id in ("1", "2", "3")]

    with pytest.raises(ServerError) as caught:
        call(Hedged(chats, after=30))

    assert ["1", "2"] == [error.request_id for error in caught.value.previous]
    assert "3" == caught.value.request_id


@in_every_verb
def test_an_error_that_is_not_retryable_is_raised_at_once(call: Verb) -> None:
    second = ProbeChat(ANSWER)

    with pytest.raises(AuthenticationError):
        call(Hedged([ProbeChat(AuthenticationError()), second], after=30))

    assert [] == second.calls


@in_every_verb
def test_a_stream_without_an_event_has_failed(call: Verb) -> None:
    empty = Plays(response=ANSWER, error=None, waits=True, after=0)

    class Empty(ProbeChat):
        def stream(self, request: ChatRequest, /) -> "object":  # type: ignore[override]  # an empty iterator
            events = super().stream(request)
            events.close()
            return events

        def astream(self, _: ChatRequest, /) -> "object":  # type: ignore[override]  # an empty iterator
            return Nothing()

    assert OTHER.message == call(Hedged([Empty(empty), ProbeChat(OTHER)], after=30)).message


class Nothing:
    """An async stream without an event."""

    usage = None

    async def __anext__(self) -> None:
        raise StopAsyncIteration

    def __aiter__(self) -> "Nothing":
        return self

    async def aclose(self) -> None:
        pass


@in_every_verb
def test_any_other_exception_is_raised_at_once(call: Verb) -> None:
    second = ProbeChat(ANSWER)

    with pytest.raises(KeyError):
        call(Hedged([ProbeChat(KeyError("a fault")), second], after=30))

    assert [] == second.calls


def test_one_of_two_that_begin_in_the_same_moment_answers() -> None:
    called: list[ChatRequest] = []
    both = asyncio.Event()

    async def answer(request: ChatRequest) -> str:
        called.append(request)
        if len(called) > 1:
            both.set()
        await both.wait()
        return "hello"

    chats = [InMemoryChat(answer), InMemoryChat(answer)]

    assert "hello" == acomplete(Hedged(chats, after=0.01)).text


@in_every_verb
def test_a_break_in_mid_answer_is_raised(call: Verb) -> None:
    error = StreamInterruptedError(partial=AssistantMessage("hell"))
    second = ProbeChat(OTHER)

    with pytest.raises(StreamInterruptedError) as caught:
        call(Hedged([ProbeChat(Plays(response=ANSWER, error=error, after=1)), second], after=30))

    assert (AssistantMessage("hell"), []) == (caught.value.partial, second.calls)


@sync_verbs
def test_the_sync_verbs_refuse_a_chat_that_other_threads_cannot_close(call: Verb) -> None:
    chats = [InMemoryChat([], description=ModelDescription(closes_from_other_threads=False)), InMemoryChat([])]

    with pytest.raises(UnsupportedFeatureError) as caught:
        call(Hedged(chats, after=1))

    assert "close()" in str(caught.value)


@pytest.mark.parametrize("call", [acomplete, astream])
def test_the_async_verbs_need_no_close_from_other_threads(call: Verb) -> None:
    chat = InMemoryChat(["hi"], description=ModelDescription(closes_from_other_threads=False))

    assert "hi" == call(Hedged([chat, InMemoryChat([])], after=30)).text


def with_timeout(seconds: float) -> ChatRequest:
    return ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(timeout=seconds))


@pytest.mark.parametrize(("plays", "partial"), [(SILENT, None), (SLOW, AssistantMessage("hello, w"))])
@pytest.mark.parametrize("verb", ["complete", "acomplete"])
def test_the_timeout_of_complete_is_that_of_the_whole_answer(
    verb: str, plays: Plays, partial: AssistantMessage | None
) -> None:
    chat = Hedged([probe := ProbeChat(plays), ProbeChat(SILENT)], after=30)

    with pytest.raises(ChatTimeoutError) as caught:
        chat.complete(with_timeout(0.1)) if verb == "complete" else asyncio.run(chat.acomplete(with_timeout(0.1)))

    assert partial == caught.value.partial
    assert caught.value.__context__ is None
    assert until(lambda: probe.is_idle)


@pytest.mark.parametrize("verb", ["complete", "acomplete"])
def test_an_answer_within_its_timeout_is_returned(verb: str) -> None:
    chat = Hedged([ProbeChat(ANSWER), ProbeChat(OTHER)], after=30)

    response = chat.complete(with_timeout(5)) if verb == "complete" else asyncio.run(chat.acomplete(with_timeout(5)))

    assert ANSWER == response


def test_closing_the_wrapper_ends_the_race_in_another_thread() -> None:
    class Closable(ProbeChat):
        def close(self) -> None:
            super().close()
            self.waiting.set()

    first, second = Closable(SILENT), ProbeChat(OTHER)
    chat = Hedged([first, second], after=30)
    seen: list[ChatError] = []

    def call() -> None:
        try:
            complete(chat)
        except ChatError as error:
            seen.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    assert first.waiting.wait(5)
    chat.close()
    thread.join(5)

    assert [ConnectionFailedError] == [type(error) for error in seen]
    assert [] == second.calls
    assert until(lambda: first.is_idle)


def test_no_other_chat_is_called_once_the_wrapper_is_closed() -> None:
    class ClosesItself(ProbeChat):
        outer: Hedged

        def stream(self, _: ChatRequest, /) -> "object":  # type: ignore[override]  # it returns none
            self.outer.close()
            raise ServerError(request_id="1")

    first, second = ClosesItself(ANSWER), ProbeChat(OTHER)
    first.outer = Hedged([first, second], after=30)

    with pytest.raises(ServerError):
        complete(first.outer)

    assert [] == second.calls


def test_a_stream_that_is_closed_in_the_race_closes_every_runner() -> None:
    probes = [ProbeChat(SILENT), ProbeChat(SILENT)]
    events = Hedged(probes, after=0.01).stream(REQUEST)

    def close() -> None:
        assert probes[1].waiting.wait(5)
        events.close()

    closing = threading.Thread(target=close)
    closing.start()
    seen = list(events)
    closing.join()

    assert [] == seen
    assert until(lambda: all(probe.is_idle for probe in probes))


def test_a_runner_whose_stream_comes_after_the_end_of_the_race_is_closed() -> None:
    release = threading.Event()

    class Late(ProbeChat):
        def stream(self, request: ChatRequest, /) -> "object":  # type: ignore[override]  # as its base class
            release.wait(5)
            return super().stream(request)

    late = Late(ANSWER)
    response = complete(Hedged([late, ProbeChat(OTHER)], after=0.01))
    release.set()

    assert OTHER.message == response.message
    assert [] == late.calls


def test_the_runners_see_the_context_variables_of_the_caller() -> None:
    variable = contextvars.ContextVar("variable", default="unset")

    def answer(_: ChatRequest) -> str:
        return variable.get()

    variable.set("set")

    assert "set" == complete(Hedged([InMemoryChat(answer), InMemoryChat([])], after=30)).text


@in_every_verb
def test_a_single_chat_gets_the_call_as_it_is(call: Verb) -> None:
    probe = ProbeChat(ANSWER)

    call(Hedged([probe], after=0))

    assert [call.__name__] == [made.verb for made in probe.calls]


@pytest.mark.parametrize("after", [-1.0, float("nan")])
def test_wrong_arguments_are_refused(after: float) -> None:
    with pytest.raises(ValueError, match="after: must not be negative"):
        Hedged([InMemoryChat([])], after=after)
    with pytest.raises(ValueError, match="chats: must not be empty"):
        Hedged([], after=1)
