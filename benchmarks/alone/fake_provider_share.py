"""CPU that the contract's fake provider adds to a reply, over a server of prepared bytes; both in this process."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from benchmarks.figures import Figure
from benchmarks.measuring.cpu import best_cpu_seconds
from llm_core.testing import FakeProvider, Recorder, Replies
from llm_core.testing.dialects.openai_chat import OpenAIChat

ROUNDS, CALLS = 7, 50
BODY = {"model": "fake-provider-1", "messages": [{"role": "user", "content": "What comes first?"}]}


def figures(fake_provider: str) -> Iterator[Figure]:  # noqa: ARG001 -- it starts its own
    """Yield the difference in CPU, client and server together."""
    with FakeProvider(Replies(), OpenAIChat(), Recorder()) as server, _bare_server(server.url) as bare:
        ours, least = _milliseconds(server.url), _milliseconds(bare)
    title, detail = "the contract's fake provider adds to a reply", f"CPU, {ours:.2f} - {least:.2f}"
    yield Figure(title=title, value=ours - least, unit=" ms", at_most=2, detail=detail)


def _milliseconds(url: str) -> float:
    with httpx.Client() as client:
        call = lambda: client.post(f"{url}/v1/chat/completions", json=BODY).json()  # noqa: E731 -- one line, one use
        return 1000 * best_cpu_seconds(call, rounds=ROUNDS, repeats=CALLS)


@contextmanager
def _bare_server(url: str) -> Iterator[str]:
    body = httpx.post(f"{url}/v1/chat/completions", json=BODY).content
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = threading.Thread(target=_serve, args=(listener, head.encode() + body), daemon=True)
        serving.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        serving.join(timeout=5)


def _serve(listener: socket.socket, reply: bytes) -> None:
    caller, _ = listener.accept()
    with caller:
        caller.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        unread = b""
        while data := caller.recv(65536):
            unread += data
            if unread.endswith(b"}"):  # the whole body is there
                unread = b""
                caller.sendall(reply)
