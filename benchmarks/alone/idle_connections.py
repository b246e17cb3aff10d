"""Calls that fail because the server closed idle connections after 0.1, 1 and 5 seconds."""

import asyncio
import http.server
import threading
import time
from collections.abc import Iterator
from functools import partial

from benchmarks.figures import Figure
from llm_core import ChatError, ChatRequest, UserMessage
from llm_core.adapters.direct import DirectChat
from llm_core.testing import Replies
from llm_core.testing.dialects.openai_chat import OpenAIChat

_IDLE = (0.1, 1.0, 5.0)  # seconds after which the server closes a connection
_MARGIN = 0.1  # seconds
_CALLS, _ROUNDS = 10, 2
_REQUEST = ChatRequest(messages=[UserMessage("Well?")])
_BODY = OpenAIChat().body(Replies())


class _Handler(http.server.BaseHTTPRequestHandler):
    """Answers every POST request; closes a connection that is idle for `timeout` seconds."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(_BODY)))
        self.end_headers()
        self.wfile.write(_BODY)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


def figures(_: str) -> Iterator[Figure]:
    """Yield the failed calls of DirectChat, sync and async, for each idle time."""
    for idle in _IDLE:
        handler = type("_Idle", (_Handler,), {"timeout": idle})
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            url = f"http://127.0.0.1:{server.server_port}/v1"
            for name, count in (("complete", _failed), ("acomplete", _afailed)):
                with DirectChat("openai/x", api_key="k", api_base=url) as chat:
                    failed = count(chat, partial(time.sleep, idle + _MARGIN))
                title = f"calls that fail after {idle:g} s idle, of {_CALLS * _ROUNDS}: DirectChat, {name}"
                yield Figure(title=title, value=float(failed), unit="", at_most=0.0)
            server.shutdown()


def _failed(chat: DirectChat, wait: partial[None]) -> int:
    failed = 0
    for _ in range(_ROUNDS):
        for _ in range(_CALLS):
            try:
                chat.complete(_REQUEST)
            except ChatError:
                failed += 1
        wait()
    return failed


def _afailed(chat: DirectChat, wait: partial[None]) -> int:
    async def calls() -> int:
        failed = 0
        async with chat:
            for _ in range(_ROUNDS):
                results = await asyncio.gather(
                    *(chat.acomplete(_REQUEST) for _ in range(_CALLS)), return_exceptions=True
                )
                failed += sum(isinstance(result, ChatError) for result in results)
                wait()  # it blocks the event loop, which learns nothing of the closed connections
        return failed

    return asyncio.run(calls())
