"""`close` and `aclose` of an adapter while other threads and event loops use it."""

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, Callable

import pytest

from llm_core import ChatRequest, ChatSettings, UserMessage
from llm_core.adapters.direct import DirectChat
from llm_core.domain.errors import ChatError, ConnectionFailedError, StreamInterruptedError
from llm_core.testing import Breaks, FakeProvider, Recorder, Replies
from llm_core.transport import exit_closing
from llm_core.transport.open_call import AbortedError, OpenCall

REQUEST = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(timeout=20))
TEXT = "Twelve deltas of four characters, with a pause."
SLOW = Replies(text=TEXT, pause=0.02)


class Reader:
    """Reads a stream in a thread of its own, and says when its first event has arrived."""

    def __init__(self, read: Callable[["Reader"], str]) -> None:
        self.begun = threading.Event()
        self.seen: list[object] = []
        self.thread = threading.Thread(target=self._run, args=(read,))
        self.thread.start()
        assert self.begun.wait(10)

    def _run(self, read: Callable[["Reader"], str]) -> None:
        try:
            self.seen.append(read(self))
        except ChatError as error:
            self.seen.append(error)

    def outcome(self) -> object:
        self.thread.join(10)
        return self.seen[0]


def read(chat: DirectChat, reader: Reader) -> str:
    with chat.stream(REQUEST) as stream:
        reader.begun.set()
        return stream.until_done().text


async def aread(chat: DirectChat, reader: Reader) -> str:
    async with chat.astream(REQUEST) as stream:
        reader.begun.set()
        return (await stream.until_done()).text


def test_aclose_leaves_the_calls_of_other_threads_and_loops_alone_until_they_are_done() -> None:
    recorder = Recorder()
    with FakeProvider(SLOW, recorder=recorder) as fake_provider:
        chat = DirectChat("openai/x", api_key="k", api_base=f"{fake_provider.url}/v1")
        readers = [
            Reader(lambda reader: read(chat, reader)),
            Reader(lambda reader: asyncio.run(aread(chat, reader))),
        ]

        asyncio.run(chat.aclose())

        assert [TEXT] * 2 == [reader.outcome() for reader in readers]
        assert recorder.all_freed()  # nothing is kept of a pool that was closed meanwhile


def test_aclose_ends_the_calls_of_its_own_loop_with_an_error() -> None:
    async def close_while_reading(chat: DirectChat) -> object:
        async def close() -> None:
            await asyncio.sleep(0.05)
            await chat.aclose()

        closing = asyncio.create_task(close())
        async with chat.astream(REQUEST) as stream:
            try:
                return await stream.until_done()
            except ChatError as error:
                return error
            finally:
                await closing

    with FakeProvider(Breaks(how="silence", after=4, patience=5.0)) as fake_provider:
        chat = DirectChat("openai/x", api_key="k", api_base=f"{fake_provider.url}/v1")
        assert isinstance(asyncio.run(close_while_reading(chat)), StreamInterruptedError)


def test_aclose_ends_a_call_of_its_own_loop_that_is_not_connected_yet() -> None:
    async def close_while_connecting(chat: DirectChat) -> ChatError:
        calling = asyncio.create_task(chat.acomplete(REQUEST))
        await asyncio.sleep(0)
        await chat.aclose()
        with pytest.raises(ConnectionFailedError) as caught:
            await calling
        return caught.value

    recorder = Recorder()
    with FakeProvider(Replies(), recorder=recorder) as fake_provider:
        chat = DirectChat("openai/x", api_key="k", api_base=f"{fake_provider.url}/v1")
        error = asyncio.run(close_while_connecting(chat))

        assert "the chat was closed while the call was in progress" == error.detail
        assert 0 == recorder.count
        assert recorder.all_freed()


def test_close_ends_the_calls_of_other_threads_and_the_next_call_is_answered() -> None:
    recorder = Recorder()
    with FakeProvider(SLOW, recorder=recorder) as fake_provider:
        chat = DirectChat("openai/x", api_key="k", api_base=f"{fake_provider.url}/v1")
        reader = Reader(lambda reader: read(chat, reader))

        chat.close()

        assert isinstance(reader.outcome(), StreamInterruptedError)
        assert recorder.all_freed()
        assert chat.complete(REQUEST).text == TEXT
        chat.close()


def test_an_aborted_call_uses_no_further_socket() -> None:
    call = OpenCall()
    call.abort()

    with pytest.raises(AbortedError, match="the chat was closed while the call was in progress"):
        call.check()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_a_forked_child_that_closes_the_adapter_leaves_the_connection_of_its_parent_alone() -> None:
    with FakeProvider(SLOW) as fake_provider:
        chat = DirectChat("openai/x", api_key="k", api_base=f"{fake_provider.url}/v1")
        with chat.stream(REQUEST) as stream:
            child = os.fork()
            if child == 0:
                chat.close()
                os._exit(0)
            os.waitpid(child, 0)

            assert stream.until_done().text == TEXT
        chat.close()


def test_at_exit_the_generators_of_loops_that_stand_still_are_closed() -> None:
    closed: list[str] = []

    async def events() -> AsyncGenerator[int, None]:
        try:
            yield 1
        finally:
            closed.append("closed")

    async def begin(generator: AsyncGenerator[int, None]) -> None:
        await anext(generator)  # within the loop, which then knows it

    loops = [asyncio.new_event_loop() for _ in range(3)]
    generators = [events() for _ in loops]
    for loop, generator in zip(loops, generators, strict=True):
        exit_closing.close_at_exit(loop)
        loop.run_until_complete(begin(generator))
    loops[1].close()
    exit_closing._loops[loops[2]] = -1  # of a parent process

    exit_closing.close_loops()

    assert ["closed"] == closed
    loops[2].run_until_complete(loops[2].shutdown_asyncgens())
    for loop in loops:
        loop.close()
