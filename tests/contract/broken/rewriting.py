"""Clients of the honest adapter that send another body than they are given."""

import json
import ssl
from collections.abc import Callable
from typing import TypeAlias

import httpx

Wire: TypeAlias = dict[str, object]

_TLS = ssl.create_default_context()  # reading the certificates takes longer than a call on loopback


def rewritten(change: Callable[[Wire], Wire]) -> Callable[[], httpx.AsyncClient]:
    """Return what makes clients that *change* what is sent."""
    return lambda: httpx.AsyncClient(transport=_Rewriting(change), timeout=None)  # noqa: S113 -- the adapter has a deadline


class _Rewriting(httpx.AsyncHTTPTransport):
    def __init__(self, change: Callable[[Wire], Wire]) -> None:
        super().__init__(verify=_TLS, trust_env=False)
        self._change = change

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        headers = [(name, value) for name, value in request.headers.items() if name != "content-length"]
        body = self._change(json.loads(request.content))
        told = httpx.Request(request.method, request.url, headers=headers, json=body, extensions=request.extensions)
        return await super().handle_async_request(told)
