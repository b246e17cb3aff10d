"""The limit, not blocking: aiohttp and json, nothing between."""

import json
from collections.abc import Awaitable, Callable

import aiohttp

from benchmarks.candidates import wires
from benchmarks.measuring.asking import Ask


def acomplete(ask: Ask) -> Callable[[], Awaitable[str]]:
    """Return a call."""
    session, url, headers, body = _session(), wires.url(ask), wires.headers(ask), wires.body(ask)

    async def call() -> str:
        async with session.post(url, json=body, headers=headers) as reply:
            reply.raise_for_status()
            return wires.answer(await reply.json())

    return call


def astream(ask: Ask) -> Callable[[], Awaitable[str]]:
    """Return a call that streams."""
    session, url, headers = _session(), wires.url(ask, stream=True), wires.headers(ask)
    body, piece = wires.body(ask, stream=True), wires.piece(ask)

    async def call() -> str:
        async with session.post(url, json=body, headers=headers) as reply:
            return "".join([piece(json.loads(line[6:])) async for line in reply.content if _is_event(line)])

    return call


def _is_event(line: bytes) -> bool:
    return line.startswith(b"data: ") and line != b"data: [DONE]\n"


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
