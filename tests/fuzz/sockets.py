"""A fake provider that sends fixed packets over a real socket, and calls to it in four modes."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from llm_core import ChatError, ChatRequest, ChatResponse, ChatSettings, UserMessage
from llm_core.adapters.litellm import LiteLLMChat

_BACKLOG = 64  # connections
_TIMEOUT = 30.0  # seconds, for the server and for a call
REQUEST = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(timeout=_TIMEOUT))


def _complete(chat: LiteLLMChat, request: ChatRequest) -> ChatResponse:
    with chat:
        return chat.complete(request)


def _stream(chat: LiteLLMChat, request: ChatRequest) -> ChatResponse:
    with chat, chat.stream(request) as stream:
        return stream.until_done()


def _acomplete(chat: LiteLLMChat, request: ChatRequest) -> ChatResponse:
    async def run() -> ChatResponse:
        async with chat:
            return await chat.acomplete(request)

    return asyncio.run(run())


def _astream(chat: LiteLLMChat, request: ChatRequest) -> ChatResponse:
    async def run() -> ChatResponse:
        async with chat, chat.astream(request) as stream:
            return await stream.until_done()

    return asyncio.run(run())


MODES: dict[str, Callable[[LiteLLMChat, ChatRequest], ChatResponse]] = {
    "complete": _complete,
    "stream": _stream,
    "acomplete": _acomplete,
    "astream": _astream,
}


def call(mode: str, model: str, url: str, request: ChatRequest = REQUEST) -> ChatResponse | ChatError:
    """Return the outcome of a call in *mode*; any other exception is raised."""
    try:
        return MODES[mode](LiteLLMChat(model, api_key="none", api_base=url, lane="direct"), request)
    except ChatError as error:
        return error


@contextmanager
def serving(packets: Callable[[], Iterable[bytes]], received: list[bytes] | None = None) -> Iterator[str]:
    """Yield the address of a fake provider that answers every request with *packets* and closes the connection.

    *received* collects the request bodies.
    """
    received = [] if received is None else received
    with socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG) as listener:
        thread = threading.Thread(target=_answer_all, args=(listener, packets, received), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(_TIMEOUT)


def _answer_all(listener: socket.socket, packets: Callable[[], Iterable[bytes]], received: list[bytes]) -> None:
    while True:
        try:
            caller, _ = listener.accept()
        except OSError:  # the listener was shut down
            return
        with caller, suppress(OSError):
            caller.settimeout(_TIMEOUT)
            received.append(_read_request(caller))
            for packet in packets():
                caller.sendall(packet)
            caller.shutdown(socket.SHUT_WR)
            while caller.recv(65_536):
                pass


def _read_request(caller: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += caller.recv(65_536) or b"\r\n\r\n"
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += caller.recv(65_536) or b" " * length
    return body
