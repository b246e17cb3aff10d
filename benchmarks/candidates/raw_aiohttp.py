"""The async limit: only aiohttp and json."""

import json
from collections.abc import Awaitable, Callable

import aiohttp

from benchmarks.candidates import wires
from benchmarks.measuring.workload import CallSpec


def acomplete(spec: CallSpec) -> Callable[[], Awaitable[str]]:
    """Return a call."""
    session, url, headers, body = _session(), wires.url(spec), wires.headers(spec), wires.body(spec)

    async def call() -> str:
        async with session.post(url, json=body, headers=headers) as reply:
            reply.raise_for_status()
            return wires.answer(spec, await reply.json())

    return call


def astream(spec: CallSpec) -> Callable[[], Awaitable[str]]:
    """Return a call that streams."""
    session, url, headers = _session(), wires.url(spec, stream=True), wires.headers(spec)
    body, delta_text = wires.body(spec, stream=True), wires.delta_text(spec)

    async def call() -> str:
        async with session.post(url, json=body, headers=headers) as reply:
            return "".join([delta_text(json.loads(line[6:])) async for line in reply.content if _is_event(line)])

    return call


def _is_event(line: bytes) -> bool:
    return line.startswith(b"data: ") and line != b"data: [DONE]\n"


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
