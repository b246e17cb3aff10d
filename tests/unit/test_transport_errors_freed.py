"""The request of a call that failed, which may hold secrets, is freed with it, without a collection."""

import asyncio
import gc
import socket
import struct
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from llm_core import ChatRequest, ChatSettings, UserMessage
from llm_core.adapters.direct import DirectChat
from llm_core.domain.errors import ConnectionFailedError

Call = Callable[[DirectChat, ChatRequest], object]


@pytest.fixture(autouse=True)
def _no_collection() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@contextmanager
def hanging_up(*, reset: bool = False) -> Iterator[int]:
    """The port of a server that closes, or resets, each connection once the first byte has arrived.

    Not earlier: `ssl.SSLContext.wrap_socket` loses a socket that is reset before the handshake, with a ResourceWarning.
    """

    def listen() -> None:
        with suppress(OSError):
            while True:
                caller, _ = listener.accept()
                caller.recv(1)
                if reset:
                    caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                caller.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


async def _acomplete(chat: DirectChat, request: ChatRequest) -> None:
    with pytest.raises(ConnectionFailedError):  # within the task: `asyncio.run` would keep the error in a cycle
        await chat.acomplete(request)


async def _astream(chat: DirectChat, request: ChatRequest) -> None:
    with pytest.raises(ConnectionFailedError):
        await chat.astream(request).until_done()


def _complete(chat: DirectChat, request: ChatRequest) -> None:
    with pytest.raises(ConnectionFailedError):
        chat.complete(request)


def _stream(chat: DirectChat, request: ChatRequest) -> None:
    with pytest.raises(ConnectionFailedError):
        chat.stream(request).until_done()


CALLS: dict[str, Call] = {
    "complete": _complete,
    "stream": _stream,
    "acomplete": lambda chat, request: asyncio.run(_acomplete(chat, request)),
    "astream": lambda chat, request: asyncio.run(_astream(chat, request)),
}


def is_freed(call: Call, url: str) -> bool:
    request = ChatRequest(messages=[UserMessage("secret")], settings=ChatSettings(timeout=5.0))
    kept = weakref.ref(request)
    with DirectChat("openai/x", api_key="k", api_base=url) as chat:
        call(chat, request)
        del request
        return kept() is None


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_the_request_of_a_refused_connection_is_freed(call: Call) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    assert is_freed(call, f"http://127.0.0.1:{port}/v1")


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_the_request_of_a_connection_that_ends_within_the_handshake_of_tls_is_freed(call: Call, *, reset: bool) -> None:
    with hanging_up(reset=reset) as port:
        assert is_freed(call, f"https://127.0.0.1:{port}/v1")
