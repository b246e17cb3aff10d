"""The fake provider of recorded exchanges: a loopback server that answers every POST with the exchange in a header."""

import random
import re
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Literal, Self, TypeAlias

import h11

from llm_core.testing.dialects.dialect import RecordedRequest
from llm_core.testing.dialects.ollama_chat import OllamaChat
from llm_core.testing.fake_provider.connection import Connection
from llm_core.testing.fake_provider.scripted_response import Answer

from .exchanges import Exchange

Splitting: TypeAlias = Literal["whole", "events", "bytes", "random"]
HEADER = "x-exchange"
_SINGLE_BYTES = 2_000  # bytes of a body that are sent one by one; the remainder is split by events
_EVENT = re.compile(rb".*?(?:\r\n\r\n|\n\n|\r\r)|.+", re.DOTALL)
_LINE = re.compile(rb".*?\n|.+", re.DOTALL)


class Replay:
    """Answers from *exchanges* on a free port of 127.0.0.1 until it is closed."""

    def __init__(self, exchanges: Mapping[str, Exchange]) -> None:
        """Listen at once."""
        self._exchanges = exchanges
        self.bodies: list[bytes] = []  # of the requests, in their order
        self._stopping = threading.Event()
        self._callers: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._listen, name="replay", daemon=True).start()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Close every connection."""
        self._stopping.set()
        for one in (self._listener, *self._callers):
            with suppress(OSError):  # already closed
                one.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _listen(self) -> None:
        with suppress(OSError):  # the listener was shut down
            while True:
                caller, _ = self._listener.accept()
                self._callers.add(caller)
                threading.Thread(target=partial(self._serve, caller), name="replay", daemon=True).start()

    def _serve(self, caller: socket.socket) -> None:
        caller.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with caller, suppress(OSError, h11.RemoteProtocolError):
            Connection(caller, self._answer, self._stopping).hold()
        self._callers.discard(caller)

    def _answer(self, request: RecordedRequest) -> Answer:
        auxiliary = OllamaChat().auxiliary(request)
        if auxiliary is not None:
            return Answer(packets=(auxiliary,))
        self.bodies.append(request.body)
        id, _, splitting = request.headers[HEADER].partition("/")
        return answer_with(self._exchanges[id], splitting)


def answer_with(exchange: Exchange, splitting: str) -> Answer:
    """Return the HTTP response that plays *exchange*, its body in packets."""
    headers = {**exchange.response_headers, "content-type": exchange.content_type}
    return Answer(status=exchange.status, headers=tuple(headers.items()), packets=packets_of(exchange, splitting))


def packets_of(exchange: Exchange, splitting: str) -> tuple[bytes, ...]:
    """Return the body as one packet, or split by events, by bytes, or at random points seeded by the id."""
    body = exchange.body
    match splitting:
        case "events":
            return _events(exchange.wire, body)
        case "bytes":
            single = tuple(body[at : at + 1] for at in range(min(len(body), _SINGLE_BYTES)))
            return (*single, *_events(exchange.wire, body[_SINGLE_BYTES:]))
        case "random":
            return _random_packets(body, random.Random(exchange.id))  # noqa: S311 -- a seed, not a secret
        case _:
            return (body,) if body else ()


def _events(wire: str, body: bytes) -> tuple[bytes, ...]:
    return tuple((_LINE if wire == "ollama_chat" else _EVENT).findall(body))


def _random_packets(body: bytes, generator: random.Random) -> tuple[bytes, ...]:
    cuts = sorted(generator.sample(range(1, len(body)), min(len(body) // 40, len(body) - 1))) if len(body) > 1 else []
    return tuple(body[start:end] for start, end in zip((0, *cuts), (*cuts, len(body)), strict=True))
