"""The seam of wrappers: each step, in all four verbs."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterable

import pytest

from llm_core import (
    AssistantMessage,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ConfigurationError,
    ConnectionFailedError,
    RateLimitError,
    ServerError,
    StreamEnd,
    StreamEvent,
    StreamInterruptedError,
    TextDelta,
    Usage,
    UserMessage,
)
from llm_core.adapters.memory import BrokenStream, InMemoryChat
from llm_core.wrappers import Signal, Steps, Wrapper, call, emit, forward, relay, run, spend, wait, wait_for
from llm_core.wrappers.signals import task_waker

REQUEST = ChatRequest(messages=[UserMessage("hi")])


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


def events_of(chat: ChatPort) -> list[StreamEvent]:
    with chat.stream(REQUEST) as events:
        return list(events)


def async_events_of(chat: ChatPort) -> list[StreamEvent]:
    async def read() -> list[StreamEvent]:
        async with chat.astream(REQUEST) as events:
            return [event async for event in events]

    return asyncio.run(read())


in_every_verb = pytest.mark.parametrize("call_verb", [complete, acomplete, stream, astream])
in_streams = pytest.mark.parametrize("read", [events_of, async_events_of])
Verb = Callable[[ChatPort], ChatResponse]
Read = Callable[[ChatPort], list[StreamEvent]]


class Stepping(Wrapper):
    """A wrapper whose steps a test writes."""

    def __init__(self, steps: Callable[[ChatPort, ChatRequest], Steps[ChatResponse]], *chats: ChatPort) -> None:
        super().__init__(*chats)
        self._steps = steps

    def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
        return self._steps(self.chats[0], request)


class Upper:
    """Turns text into capitals, and holds the last delta back until the next."""

    def __init__(self) -> None:
        self._held: list[StreamEvent] = []

    def __call__(self, event: StreamEvent) -> Iterable[StreamEvent]:
        held, self._held = self._held, []
        if isinstance(event, StreamEnd):
            message = AssistantMessage(event.response.text.upper())
            return [*held, StreamEnd(response=ChatResponse(message=message))]
        self._held = [TextDelta(event.text.upper()) if isinstance(event, TextDelta) else event]
        return held


def upper(chat: ChatPort, request: ChatRequest) -> Steps[ChatResponse]:
    return (yield from forward(chat, request, Upper()))


@in_every_verb
def test_forward_passes_request_and_response_on_unchanged(call_verb: Verb) -> None:
    def steps(chat: ChatPort, request: ChatRequest) -> Steps[ChatResponse]:
        return (yield from forward(chat, request))

    expected = ChatResponse(message=AssistantMessage("hello, world"), usage=Usage(input_tokens=1), id="1")
    chat = InMemoryChat([expected])

    response = call_verb(Stepping(steps, chat))

    assert expected == response
    assert REQUEST is chat.requests[0]


@in_every_verb
def test_each_changes_the_message_and_what_it_held_back_comes_before_the_end(call_verb: Verb) -> None:
    response = call_verb(Stepping(upper, InMemoryChat(["hello, world"])))

    assert "HELLO, WORLD" == response.text


@in_streams
def test_each_changes_the_deltas(read: Read) -> None:
    *deltas, end = read(Stepping(upper, InMemoryChat(["hello, world"])))

    assert [TextDelta("HELLO, W"), TextDelta("ORLD")] == deltas
    assert isinstance(end, StreamEnd)


@in_every_verb
def test_each_changes_the_partial_message_of_an_error(call_verb: Verb) -> None:
    chat = Stepping(upper, InMemoryChat([BrokenStream([TextDelta("he"), TextDelta("llo")])]))

    with pytest.raises(StreamInterruptedError) as caught:
        call_verb(chat)

    assert AssistantMessage("HELLO") == caught.value.partial
    assert caught.value.__context__ is None


@in_streams
def test_what_each_held_back_comes_before_an_error(read: Read) -> None:
    each, seen = Upper(), list[StreamEvent]()

    def kept(event: StreamEvent) -> list[StreamEvent]:
        changed = list(each(event))
        seen.extend(changed)
        return changed

    def steps(chat: ChatPort, request: ChatRequest) -> Steps[ChatResponse]:
        return (yield from forward(chat, request, kept))

    with pytest.raises(StreamInterruptedError):
        read(Stepping(steps, InMemoryChat([BrokenStream([TextDelta("he"), TextDelta("llo")])])))

    assert [TextDelta("HE"), TextDelta("LLO")] == seen[:2]


@in_every_verb
def test_an_each_that_swallows_the_end_is_a_type_error(call_verb: Verb) -> None:
    def steps(chat: ChatPort, request: ChatRequest) -> Steps[ChatResponse]:
        return (yield from forward(chat, request, lambda _: [TextDelta("x")]))

    with pytest.raises(TypeError, match="each: a StreamEnd must become events that end with a StreamEnd"):
        call_verb(Stepping(steps, InMemoryChat(["hello"])))


@in_every_verb
def test_the_steps_may_catch_the_error_of_a_call_and_call_again(call_verb: Verb) -> None:
    def steps(chat: ChatPort, request: ChatRequest) -> Steps[ChatResponse]:
        try:
            answer = yield from call(chat, request)
        except RateLimitError:
            return (yield from forward(chat, request))
        return (yield from relay(answer))

    response = call_verb(Stepping(steps, InMemoryChat([RateLimitError(), "hello"])))

    assert "hello" == response.text


@in_every_verb
def test_an_error_that_the_steps_raise_has_no_context(call_verb: Verb) -> None:
    def steps(chat: ChatPort, request: ChatRequest) -> Steps[ChatResponse]:
        try:
            return (yield from forward(chat, request))
        except RateLimitError:
            raise ServerError(request_id="1")  # noqa: B904 -- as an author might write it

    with pytest.raises(ServerError) as caught:
        call_verb(Stepping(steps, InMemoryChat([RateLimitError()])))

    assert caught.value.__context__ is None


@in_every_verb
def test_the_usage_that_is_spent_is_in_the_response_once(call_verb: Verb) -> None:
    def steps(chat: ChatPort, request: ChatRequest) -> Steps[ChatResponse]:
        yield from spend(Usage(input_tokens=10))
        yield from spend(None)
        yield from spend(Usage(output_tokens=1))
        return (yield from forward(chat, request))

    answer = ChatResponse(message=AssistantMessage("hello"), usage=Usage(input_tokens=1))

    response = call_verb(Stepping(steps, InMemoryChat([answer])))

    assert Usage(input_tokens=11, output_tokens=1) == response.usage


def test_a_stream_reports_the_usage_that_is_spent_before_its_end() -> None:
    def steps(chat: ChatPort, request: ChatRequest) -> Steps[ChatResponse]:
        yield from spend(Usage(input_tokens=10))
        return (yield from forward(chat, request))

    events = Stepping(steps, InMemoryChat(["hello"])).stream(REQUEST)
    before = events.usage
    with events:
        begun = events.usage

    assert (None, Usage(input_tokens=10), Usage(input_tokens=10)) == (before, begun, events.usage)


@in_streams
def test_emit_passes_events_of_the_wrapper_on(read: Read) -> None:
    def steps(_chat: ChatPort, _request: ChatRequest) -> Steps[ChatResponse]:
        yield from emit([TextDelta("hel"), TextDelta("lo")])
        return ChatResponse(message=AssistantMessage("hello"))

    *deltas, end = read(Stepping(steps, InMemoryChat([])))

    assert [TextDelta("hel"), TextDelta("lo")] == deltas
    assert StreamEnd(response=ChatResponse(message=AssistantMessage("hello"))) == end


@in_every_verb
def test_wait_waits(call_verb: Verb) -> None:
    def steps(chat: ChatPort, request: ChatRequest) -> Steps[ChatResponse]:
        yield from wait(0.05)
        return (yield from forward(chat, request))

    begun = time.monotonic()
    call_verb(Stepping(steps, InMemoryChat(["hello"])))

    assert 0.05 <= time.monotonic() - begun


@pytest.mark.parametrize(("seconds", "expected"), [(None, True), (10.0, True), (0.01, False)])
@in_every_verb
def test_wait_for_returns_whether_the_signal_is_set(call_verb: Verb, seconds: float | None, *, expected: bool) -> None:
    signal, seen = Signal(), list[bool]()

    def steps(chat: ChatPort, request: ChatRequest) -> Steps[ChatResponse]:
        seen.append((yield from wait_for(signal, seconds)))
        return (yield from forward(chat, request))

    timer = threading.Timer(0.02, signal.set)
    if expected:
        timer.start()
    call_verb(Stepping(steps, InMemoryChat(["hello"])))
    if expected:
        timer.join()

    assert [expected] == seen


@in_every_verb
def test_a_signal_that_is_set_already_ends_the_wait_at_once(call_verb: Verb) -> None:
    signal = Signal()
    signal.set()

    def steps(chat: ChatPort, request: ChatRequest) -> Steps[ChatResponse]:
        assert (yield from wait_for(signal))
        return (yield from forward(chat, request))

    assert "hello" == call_verb(Stepping(steps, InMemoryChat(["hello"]))).text


def test_a_signal_whose_waiting_loop_has_ended_is_set_all_the_same() -> None:
    signal = Signal()

    def steps(chat: ChatPort, request: ChatRequest) -> Steps[ChatResponse]:
        yield from wait_for(signal)
        return (yield from forward(chat, request))

    loop = asyncio.new_event_loop()
    waiting = Stepping(steps, InMemoryChat(["hello"])).acomplete(REQUEST)
    task = loop.create_task(waiting)
    loop.run_until_complete(asyncio.sleep(0, None))
    loop.run_until_complete(asyncio.sleep(0, None))
    loop.close()

    signal.set()

    assert signal.is_set
    task._log_destroy_pending = False  # type: ignore[attr-defined]  # it never ends, as the test wants
    waiting.close()


@in_every_verb
def test_run_returns_what_the_function_returns(call_verb: Verb) -> None:
    def steps(chat: ChatPort, request: ChatRequest) -> Steps[ChatResponse]:
        number = yield from run(lambda: 42)
        response = yield from forward(chat, request)
        return ChatResponse(message=AssistantMessage(f"{response.text} {number}"))

    assert "hello 42" == call_verb(Stepping(steps, InMemoryChat(["hello"]))).text


@pytest.mark.parametrize(
    ("call_verb", "expected"), [(complete, "sync"), (stream, "sync"), (acomplete, "async"), (astream, "async")]
)
def test_run_prefers_the_async_function_in_the_async_verbs(call_verb: Verb, expected: str) -> None:
    seen: list[str] = []

    async def arun() -> str:
        return "async"

    def steps(chat: ChatPort, request: ChatRequest) -> Steps[ChatResponse]:
        seen.append((yield from run(lambda: "sync", arun)))
        return (yield from forward(chat, request))

    call_verb(Stepping(steps, InMemoryChat(["hello"])))

    assert [expected] == seen


@in_every_verb
def test_the_steps_may_catch_what_a_function_raises(call_verb: Verb) -> None:
    def fail() -> None:
        raise OSError("no space left")

    def steps(chat: ChatPort, request: ChatRequest) -> Steps[ChatResponse]:
        try:
            yield from run(fail)
        except OSError:
            return (yield from forward(chat, request))
        raise AssertionError("the function did not fail")

    assert "hello" == call_verb(Stepping(steps, InMemoryChat(["hello"]))).text


@in_every_verb
def test_an_exchange_that_returns_no_response_is_a_type_error(call_verb: Verb) -> None:
    def steps(chat: ChatPort, request: ChatRequest) -> Steps[ChatResponse]:
        yield from forward(chat, request)
        return None  # type: ignore[return-value]  # the mistake that the test is about

    with pytest.raises(TypeError, match="exchange must return the response, and returned NoneType"):
        call_verb(Stepping(steps, InMemoryChat(["hello"])))


@in_every_verb
def test_an_empty_answer_passes(call_verb: Verb) -> None:
    assert "" == call_verb(Stepping(upper, InMemoryChat([""]))).text


@in_every_verb
def test_an_exchange_that_fails_before_its_first_step_has_failed(call_verb: Verb) -> None:
    def steps(_chat: ChatPort, _request: ChatRequest) -> Steps[ChatResponse]:
        raise ServerError(request_id="1")

    with pytest.raises(ServerError) as caught:
        call_verb(Stepping(steps, InMemoryChat([])))

    assert "1" == caught.value.request_id


@in_every_verb
def test_a_wrapper_that_is_closed_already_does_not_wait(call_verb: Verb) -> None:
    def steps(chat: ChatPort, request: ChatRequest) -> Steps[ChatResponse]:
        yield from run(stepping.close, stepping.aclose)
        yield from wait(30)
        return (yield from forward(chat, request))

    stepping = Stepping(steps, InMemoryChat([]))

    with pytest.raises(ConnectionFailedError):
        call_verb(stepping)


def test_without_an_event_loop_of_asyncio_the_async_verbs_are_refused() -> None:
    calls = Stepping(upper, InMemoryChat(["hello"])).acomplete(REQUEST)

    with pytest.raises(ConfigurationError, match="need an event loop of asyncio"):
        calls.send(None)


def test_a_task_is_woken_once() -> None:
    async def wake_twice() -> bool:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        wake = task_waker(asyncio.get_running_loop(), woken)
        wake()
        wake()
        await asyncio.sleep(0)
        return woken.done()

    assert asyncio.run(wake_twice())
