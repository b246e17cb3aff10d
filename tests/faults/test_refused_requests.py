"""A server that refuses a large request before it has read it: its response is read, however the connection ends."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal, TypeAlias

import pytest

from llm_core import ChatRequest, ChatSettings, UserMessage
from llm_core.adapters.direct import DirectChat
from llm_core.domain.errors import ChatError, InvalidRequestError, RateLimitError
from llm_core.testing.clauses.modes import EVERY, Mode, call_in_mode

End: TypeAlias = Literal["close", "reset", "reset later"]
LARGE = ChatRequest(messages=[UserMessage("x" * 20_000_000)], settings=ChatSettings(timeout=20.0))
SMALL = ChatRequest(messages=[UserMessage("x")], settings=ChatSettings(timeout=20.0))
BODY = b'{"error": {"message": "it is too large"}}'


@contextmanager
def refusing(status: bytes, end: End, *, announced: int = len(BODY)) -> Iterator[str]:
    """Answer each request once its first bytes have arrived, with a body that is *announced* as so many bytes."""
    head = b"HTTP/1.1 %s\r\nconnection: close\r\nretry-after: 7\r\ncontent-length: %d\r\n\r\n" % (status, announced)

    def listen() -> None:
        with suppress(OSError):
            while True:
                caller, _ = listener.accept()
                with caller, suppress(OSError):
                    caller.recv(65536)
                    caller.sendall(head + BODY)
                    time.sleep(0.05 if end == "reset later" else 0.0)
                    if end != "close":
                        caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def failure(url: str, mode: Mode, request: ChatRequest) -> ChatError:
    with DirectChat("openai/x", api_key="k", api_base=url) as chat, pytest.raises(ChatError) as caught:
        call_in_mode(chat, request, mode)
    return caught.value


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize("end", ["close", "reset", "reset later"])
def test_the_response_to_a_request_of_20_mb_is_read_before_the_request_was_sent(mode: Mode, end: End) -> None:
    with refusing(b"413 Content Too Large", end) as url:
        error = failure(url, mode, LARGE)

    assert (InvalidRequestError, 413) == (type(error), error.status_code)
    assert "it is too large" in str(error.detail)


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize("end", ["close", "reset"])
@pytest.mark.parametrize("request_", [SMALL, LARGE], ids=["small", "large"])
def test_an_error_response_whose_body_breaks_off_is_its_status(mode: Mode, end: End, request_: ChatRequest) -> None:
    with refusing(b"429 Too Many Requests", end, announced=1_000) as url:
        error = failure(url, mode, request_)

    assert (RateLimitError, 429, 7.0) == (type(error), error.status_code, error.retry_after)
    assert "it is too large" in str(error.detail)
