"""A fake provider that sends what it is told to over a real socket, whatever it was asked, and the four ways to ask it."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from llm_core import ChatError, ChatRequest, ChatResponse, ChatSettings, UserMessage
from llm_core.adapters.litellm import LiteLLMChat

_MOST_CALLS = 64  # that wait to be taken
_PATIENCE = 30.0  # seconds: nobody waits longer for a caller, or an answer
ASK = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(timeout=_PATIENCE))


def _complete(chat: LiteLLMChat, request: ChatRequest) -> ChatResponse:
    with chat:
        return chat.complete(request)


def _stream(chat: LiteLLMChat, request: ChatRequest) -> ChatResponse:
    with chat, chat.stream(request) as stream:
        return stream.until_done()


def _acomplete(chat: LiteLLMChat, request: ChatRequest) -> ChatResponse:
    async def ask() -> ChatResponse:
        async with chat:
            return await chat.acomplete(request)

    return asyncio.run(ask())


def _astream(chat: LiteLLMChat, request: ChatRequest) -> ChatResponse:
    async def ask() -> ChatResponse:
        async with chat, chat.astream(request) as stream:
            return await stream.until_done()

    return asyncio.run(ask())


MODES: dict[str, Callable[[LiteLLMChat, ChatRequest], ChatResponse]] = {
    "complete": _complete,
    "stream": _stream,
    "acomplete": _acomplete,
    "astream": _astream,
}


def asked(mode: str, model: str, url: str, request: ChatRequest = ASK) -> ChatResponse | ChatError:
    """Return how a call in *mode* ends; whatever is neither of these escapes."""
    try:
        return MODES[mode](LiteLLMChat(model, api_key="none", api_base=url, lane="direct"), request)
    except ChatError as error:
        return error


@contextmanager
def sending(packets: Callable[[], Iterable[bytes]], heard: list[bytes] | None = None) -> Iterator[str]:
    """Yield the address of a fake provider that sends *packets* to every caller once it has asked, and hangs up.

    *heard* gets the bodies of what was asked.
    """
    heard = [] if heard is None else heard
    with socket.create_server(("127.0.0.1", 0), backlog=_MOST_CALLS) as listener:
        thread = threading.Thread(target=_answer_all, args=(listener, packets, heard), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(_PATIENCE)


def _answer_all(listener: socket.socket, packets: Callable[[], Iterable[bytes]], heard: list[bytes]) -> None:
    while True:
        try:
            caller, _ = listener.accept()
        except OSError:  # closed
            return
        with caller, suppress(OSError):
            caller.settimeout(_PATIENCE)
            heard.append(_read_request(caller))
            for packet in packets():
                caller.sendall(packet)
            caller.shutdown(socket.SHUT_WR)
            while caller.recv(65_536):
                pass


def _read_request(caller: socket.socket) -> bytes:
    told = b""
    while b"\r\n\r\n" not in told:
        told += caller.recv(65_536) or b"\r\n\r\n"
    head, _, body = told.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += caller.recv(65_536) or b" " * length
    return body
