"""HTTP clients for `PlainChat` that change the body of each request before they send it."""

import json
import ssl
from collections.abc import Callable
from typing import TypeAlias

import httpx

JsonObject: TypeAlias = dict[str, object]

_TLS = ssl.create_default_context()  # reading the certificates takes longer than a call on loopback


def rewritten(change: Callable[[JsonObject], JsonObject]) -> Callable[[], httpx.AsyncClient]:
    """Return a factory of clients that apply *change* to each request body."""
    return lambda: httpx.AsyncClient(transport=_Rewriting(change), timeout=None)  # noqa: S113 -- the adapter has a deadline


class _Rewriting(httpx.AsyncHTTPTransport):
    def __init__(self, change: Callable[[JsonObject], JsonObject]) -> None:
        super().__init__(verify=_TLS, trust_env=False)
        self._change = change

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        kept = [
            (name, value) for name, value in request.headers.items() if name not in ("connection", "content-length")
        ]
        headers = [*kept, ("connection", "close")]  # the next call may run in another event loop
        body = self._change(json.loads(request.content))
        changed = httpx.Request(request.method, request.url, headers=headers, json=body, extensions=request.extensions)
        return await super().handle_async_request(changed)
