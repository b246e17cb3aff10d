"""The seam of wrappers: what is freed, and when, however a call ends."""

import asyncio
import copy
import pickle
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator

import pytest

from llm_core import (
    AsyncChatStream,
    AsyncEventStream,
    ChatError,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatStream,
    ConnectionFailedError,
    EventStream,
    ManagedChatPort,
    ModelDescription,
    ServerError,
    StreamEvent,
    StreamInterruptedError,
    TextDelta,
    Usage,
    UsageReport,
    UserMessage,
    description_of,
)
from llm_core.adapters.memory import InMemoryChat
from llm_core.wrappers import (
    Answer,
    Signal,
    Steps,
    SystemClock,
    Wrapper,
    begin,
    call,
    forward,
    relay,
    wait,
    wait_for,
)
from llm_core.wrappers.exchange import Closings, Exchange

REQUEST = ChatRequest(messages=[UserMessage("hi")])


class Neutral(Wrapper):
    """Passes on, and notes what ends its steps."""

    def __init__(self, *chats: ChatPort) -> None:
        super().__init__(*chats)
        self.log: list[str] = []

    def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
        try:
            return (yield from forward(self.chats[0], request))
        except BaseException as error:
            self.log.append(type(error).__name__)
            raise
        finally:
            self.log.append("steps ended")


def _three_tokens() -> Usage:
    return Usage(input_tokens=3)


class Endless(ManagedChatPort):
    """A chat whose streams never end; it notes what is closed in the log."""

    def __init__(self, log: list[str], error: BaseException | None = None, *, end: bool = False) -> None:
        self.log, self._error, self._end = log, error, end
        self.usage = UsageReport(_three_tokens)

    def complete(self, _request: ChatRequest, /) -> ChatResponse:
        raise self._error or ServerError()

    async def acomplete(self, _request: ChatRequest, /) -> ChatResponse:
        raise self._error or ServerError()

    def stream(self, _request: ChatRequest, /) -> ChatStream:
        return EventStream(self._events(), self.usage)

    def astream(self, _request: ChatRequest, /) -> AsyncChatStream:
        return AsyncEventStream(self._aevents(), self.usage)

    def _events(self) -> Generator[StreamEvent, None, None]:
        try:
            yield TextDelta("on and ")
            if self._error is not None:
                raise self._error
            while not self._end:
                yield TextDelta("on and ")
        finally:
            self.log.append("connection freed")

    async def _aevents(self) -> AsyncGenerator[StreamEvent, None]:
        try:
            yield TextDelta("on and ")
            if self._error is not None:
                raise self._error
            while not self._end:
                await asyncio.sleep(0)
                yield TextDelta("on and ")
        finally:
            self.log.append("connection freed")

    def close(self) -> None:
        self.log.append("close")

    async def aclose(self) -> None:
        self.log.append("aclose")


def wrapped(error: BaseException | None = None, *, end: bool = False) -> Neutral:
    chat = Neutral(inner := Endless([], error, end=end))
    chat.log = inner.log
    return chat


def leave(chat: Neutral) -> None:
    with chat.stream(REQUEST) as events:
        next(events)


def aleave(chat: Neutral) -> None:
    async def read() -> None:
        async with chat.astream(REQUEST) as events:
            await anext(aiter(events))

    asyncio.run(read())


def read_all(chat: Neutral) -> None:
    with chat.stream(REQUEST) as events:
        events.until_done()


def aread_all(chat: Neutral) -> None:
    async def read() -> None:
        async with chat.astream(REQUEST) as events:
            await events.until_done()

    asyncio.run(read())


in_streams = pytest.mark.parametrize("read", [read_all, aread_all])
Read = Callable[[Neutral], None]


@pytest.mark.parametrize("read", [leave, aleave])
def test_an_early_close_frees_the_connection_before_it_ends_the_steps(read: Read) -> None:
    chat = wrapped()

    read(chat)

    assert ["connection freed", "GeneratorExit", "steps ended"] == chat.log


@in_streams
def test_an_interrupt_passes_through_after_the_connection_is_freed(read: Read) -> None:
    chat = wrapped(KeyboardInterrupt())

    with pytest.raises(KeyboardInterrupt):
        read(chat)

    assert ["connection freed", "KeyboardInterrupt", "steps ended"] == chat.log


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt(), SystemExit()])
def test_an_interrupt_of_complete_passes_through(interrupt: BaseException) -> None:
    chat = wrapped(interrupt)

    with pytest.raises(type(interrupt)):
        chat.complete(REQUEST)

    assert [type(interrupt).__name__, "steps ended"] == chat.log


def test_cancelling_frees_the_connection_before_it_ends_the_steps() -> None:
    chat = wrapped()

    async def cancel() -> None:
        async with asyncio.timeout(0.01), chat.astream(REQUEST) as events:
            await events.until_done()

    with pytest.raises(TimeoutError):
        asyncio.run(cancel())

    assert ["connection freed", "CancelledError", "steps ended"] == chat.log


class Stubborn(Neutral):
    """Takes a step where no step may be taken."""

    def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
        try:
            return (yield from forward(self.chats[0], request))
        finally:
            yield from wait(0)


@in_streams
def test_a_step_in_finally_does_not_hide_an_interrupt(read: Read) -> None:
    with pytest.raises(KeyboardInterrupt):
        read(Stubborn(Endless([], KeyboardInterrupt())))


class Swallowing(Neutral):
    """Catches what no wrapper may catch."""

    def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
        try:
            return (yield from forward(self.chats[0], request))
        except BaseException:  # noqa: BLE001 -- the mistake that the test is about
            return (yield from forward(InMemoryChat(["hello"]), request))


class Returning(Neutral):
    """Answers instead of an interrupt."""

    def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
        try:
            return (yield from forward(self.chats[0], request))
        except BaseException:  # noqa: BLE001 -- the mistake that the test is about
            return InMemoryChat(["hello"]).complete(request)


@pytest.mark.parametrize("wrapper", [Swallowing, Returning])
@in_streams
def test_steps_that_catch_an_interrupt_do_not_hide_it(read: Read, wrapper: type[Neutral]) -> None:
    with pytest.raises(KeyboardInterrupt):
        read(wrapper(Endless([], KeyboardInterrupt())))


@in_streams
def test_a_stream_that_ends_without_its_end_is_interrupted(read: Read) -> None:
    with pytest.raises(StreamInterruptedError):
        read(wrapped(end=True))


class Empty(Endless):
    """A chat whose streams have no event."""

    def _events(self) -> Generator[StreamEvent, None, None]:
        yield from ()

    async def _aevents(self) -> AsyncGenerator[StreamEvent, None]:
        for event in tuple[StreamEvent, ...]():
            yield event


@in_streams
def test_a_stream_without_an_event_is_interrupted(read: Read) -> None:
    with pytest.raises(StreamInterruptedError):
        read(Neutral(Empty([])))


class Dropping(Neutral):
    """Begins two calls, and relays the second."""

    def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
        yield from call(self.chats[0], request)
        answer = yield from call(self.chats[1], request)
        response = yield from relay(answer)
        assert response is (yield from relay(answer))
        return response


@in_streams
def test_what_was_begun_and_not_chosen_is_closed(read: Read) -> None:
    log: list[str] = []

    read(Dropping(Endless(log), InMemoryChat(["hello"])))

    assert ["connection freed"] == log


class Metering(Neutral):
    """Notes the usage of a call, however it ends."""

    def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
        answer = Answer(self.chats[0], request)
        try:
            yield from begin(answer)
            return (yield from relay(answer))
        finally:
            self.log.append(str(answer.usage and answer.usage.input_tokens))


@pytest.mark.parametrize("read", [leave, aleave])
def test_the_usage_of_an_answer_is_known_after_an_early_close(read: Read) -> None:
    chat = Metering(Endless([]))

    read(chat)

    assert ["3"] == chat.log


def test_the_usage_of_a_call_that_failed_is_none() -> None:
    chat = Metering(Endless([]))

    with pytest.raises(ServerError):
        chat.complete(REQUEST)

    assert ["None"] == chat.log


class FailsToClose(Endless):
    """A chat whose streams raise as they are closed."""

    def _events(self) -> Generator[StreamEvent, None, None]:
        try:
            yield from super()._events()
        finally:
            raise OSError("closing")

    async def _aevents(self) -> AsyncGenerator[StreamEvent, None]:
        try:
            yield TextDelta("on and ")
            await asyncio.sleep(10)
        finally:
            raise OSError("closing")


@pytest.mark.parametrize("read", [leave, aleave])
def test_what_closing_a_stream_raises_is_raised_by_the_close(read: Read) -> None:
    with pytest.raises(OSError, match="closing"):
        read(Neutral(FailsToClose([])))


class WaitingBetween(Neutral):
    """Waits after the first call has failed, and calls again."""

    def __init__(self, *chats: ChatPort) -> None:
        super().__init__(*chats)
        self.waits, self.never = threading.Event(), Signal()

    def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
        self.waits.set()
        yield from wait_for(self.never, 30)
        return (yield from forward(self.chats[0], request))


def closing_when_it_waits(chat: WaitingBetween, close: Callable[[], None]) -> threading.Thread:
    def run() -> None:
        chat.waits.wait(10)
        time.sleep(0.02)
        close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.parametrize("leaves", ["close", "exit"])
def test_closing_the_wrapper_ends_a_wait_in_another_thread(leaves: str) -> None:
    chat = WaitingBetween(inner := InMemoryChat(["hello"]))
    close = chat.close if leaves == "close" else lambda: chat.__exit__(KeyError, KeyError(), None)
    closing = closing_when_it_waits(chat, close)

    with pytest.raises(ConnectionFailedError) as caught:
        chat.complete(REQUEST)
    closing.join()

    assert "the chat was closed while the call was in progress" == caught.value.detail
    assert () == inner.requests
    assert "hello" == inner.complete(REQUEST).text


def test_closing_a_stream_ends_its_wait_in_another_thread() -> None:
    chat = WaitingBetween(inner := InMemoryChat(["hello"]))
    events = chat.stream(REQUEST)
    closing = closing_when_it_waits(chat, events.close)

    seen = list(events)
    closing.join()

    assert ([], ()) == (seen, inner.requests)


def test_a_stream_that_is_closed_before_it_begins_sends_nothing() -> None:
    chat = WaitingBetween(inner := InMemoryChat(["hello"]))
    events = chat.stream(REQUEST)
    events.close()

    assert ([], ()) == (list(events), inner.requests)


@pytest.mark.parametrize("leaves", ["aclose", "aexit"])
def test_aclose_ends_a_wait_of_its_own_loop_and_no_other(leaves: str) -> None:
    chat = WaitingBetween(InMemoryChat.echo())
    elsewhere = list[ChatError | ChatResponse]()

    def sync_call() -> None:
        try:
            elsewhere.append(chat.complete(REQUEST))
        except ConnectionFailedError as error:
            elsewhere.append(error)

    async def close() -> BaseException | None:
        waiting = asyncio.create_task(chat.acomplete(REQUEST))
        await asyncio.sleep(0.01)
        await (chat.aclose() if leaves == "aclose" else chat.__aexit__(None, None, None))
        return (await asyncio.gather(waiting, return_exceptions=True))[0]  # type: ignore[return-value]  # it failed

    thread = threading.Thread(target=sync_call)
    thread.start()
    chat.waits.wait(10)
    error = asyncio.run(close())
    still_waits = thread.is_alive()
    chat.never.set()
    thread.join()

    assert isinstance(error, ConnectionFailedError)
    assert still_waits
    assert isinstance(elsewhere[0], ChatResponse)


class Closes(Neutral):
    """Is closed while its first call fails, and would call again."""

    def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
        for _ in range(3):
            try:
                answer = yield from call(self.chats[0], request)
            except ChatError:
                self.log.append("failed")
            else:
                return (yield from relay(answer))
        raise AssertionError("three calls failed")


class ClosedMeanwhile(Endless):
    """A chat whose calls fail because its wrapper, `outer`, is closed meanwhile."""

    outer: Neutral

    def complete(self, _request: ChatRequest, /) -> ChatResponse:
        self.outer.close()
        raise ConnectionFailedError(request_id="1")

    async def acomplete(self, _request: ChatRequest, /) -> ChatResponse:
        await self.outer.aclose()
        raise ConnectionFailedError(request_id="1")


@pytest.mark.parametrize("verb", ["complete", "acomplete"])
def test_no_other_call_begins_once_the_wrapper_is_closed(verb: str) -> None:
    inner = ClosedMeanwhile([])
    inner.outer = chat = Closes(inner)

    with pytest.raises(ConnectionFailedError) as caught:
        chat.complete(REQUEST) if verb == "complete" else asyncio.run(chat.acomplete(REQUEST))

    assert "1" == caught.value.request_id
    assert ["failed"] == chat.log


def test_closing_closes_each_chat_once_in_each_call_of_close() -> None:
    log: list[str] = []
    shared = Endless(log)
    chat = Neutral(shared, shared, Endless(log))

    chat.close()
    asyncio.run(chat.aclose())

    assert ["close", "close", "aclose", "aclose"] == log


def test_every_chat_is_closed_even_if_closing_one_fails() -> None:
    class Fails(Endless):
        def close(self) -> None:
            raise OSError("closing")

    log: list[str] = []

    with pytest.raises(OSError, match="closing"):
        Neutral(Endless(log), Fails([]), Endless(log)).close()

    assert ["close", "close"] == log


def test_with_enters_and_leaves_the_wrapped_chats() -> None:
    async def aleave_chat() -> None:
        async with Neutral(InMemoryChat(["not used"])):
            pass

    with pytest.raises(AssertionError, match="1 of 1 answers"), Neutral(InMemoryChat(["not used"])):
        pass
    with pytest.raises(AssertionError, match="1 of 1 answers"):
        asyncio.run(aleave_chat())
    with pytest.raises(ZeroDivisionError), Neutral(InMemoryChat(["not used"])):
        raise ZeroDivisionError


def test_a_wrapper_is_copied_and_pickled_with_its_chats() -> None:
    original = Neutral(InMemoryChat(["hello"]))

    assert original.chats == copy.copy(original).chats
    assert [] == pickle.loads(pickle.dumps(Neutral(Endless([])))).log  # noqa: S301 -- its own pickle


def test_a_description_passes_through() -> None:
    description = ModelDescription(provider="p", model="m", images=True)

    assert description == description_of(Neutral(InMemoryChat([], description=description)))
    assert ModelDescription() == description_of(Neutral(Endless([])))


class FailsAtOnce(Endless):
    """A chat whose streams cannot even be made."""

    def stream(self, _request: ChatRequest, /) -> ChatStream:
        raise ServerError

    def astream(self, _request: ChatRequest, /) -> AsyncChatStream:
        raise ServerError


@in_streams
def test_a_chat_that_makes_no_stream_has_failed(read: Read) -> None:
    chat = Neutral(FailsAtOnce([]))

    with pytest.raises(ServerError):
        read(chat)

    assert ["ServerError", "steps ended"] == chat.log


def test_a_stream_that_is_closed_while_its_call_is_prepared_sends_nothing() -> None:
    class ClosesTheOuter(Endless):
        outer: ChatStream

        def stream(self, request: ChatRequest, /) -> ChatStream:
            closing = threading.Thread(target=self.outer.close)
            closing.start()
            closing.join()
            return super().stream(request)

    inner = ClosesTheOuter([])
    chat = Neutral(inner)
    inner.outer = events = chat.stream(REQUEST)

    assert ([], []) == (list(events), inner.log)
    assert ["GeneratorExit", "steps ended"] == chat.log


def test_an_interrupt_counts_before_what_closing_raises() -> None:
    class Interrupted(FailsToClose):
        def _events(self) -> Generator[StreamEvent, None, None]:
            try:
                yield TextDelta("on and ")
                yield TextDelta("on and ")
            finally:
                raise OSError("closing")

    class Interrupts(Wrapper):
        def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
            yield from call(self.chats[0], request)
            raise KeyboardInterrupt

    class Fails(Wrapper):
        def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
            yield from call(self.chats[0], request)
            raise ServerError

    with pytest.raises(KeyboardInterrupt), Interrupts(Interrupted([])).stream(REQUEST) as events:
        next(events)
    with pytest.raises(OSError, match="closing"), Fails(Interrupted([])).stream(REQUEST) as events:
        next(events)


def test_the_response_is_known_only_after_the_steps() -> None:
    chat = Neutral(InMemoryChat(["hello"]))

    exchange = Exchange(chat.exchange, REQUEST, SystemClock(), Closings(), whole=True)

    with pytest.raises(RuntimeError, match="the steps have not ended"):
        exchange.whole_response()


def test_the_system_clock_does_not_run_backwards() -> None:
    clock = SystemClock()

    assert clock.now() <= clock.now()
