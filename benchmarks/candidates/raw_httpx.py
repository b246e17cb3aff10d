"""The limit, blocking: httpx and json, nothing between."""

import json
from collections.abc import Callable

import httpx

from benchmarks.candidates import wires
from benchmarks.measuring.asking import Ask


def complete(ask: Ask) -> Callable[[], str]:
    """Return a call."""
    client, url, headers, body = httpx.Client(), wires.url(ask), wires.headers(ask), wires.body(ask)

    def call() -> str:
        reply = client.post(url, json=body, headers=headers).raise_for_status()
        return wires.answer(reply.json())

    return call


def stream(ask: Ask, client: httpx.Client | None = None) -> Callable[[], str]:
    """Return a call that streams; a *client* that is handed in is the caller's to close."""
    client, url, headers = client or httpx.Client(), wires.url(ask, stream=True), wires.headers(ask)
    body, piece = wires.body(ask, stream=True), wires.piece(ask)

    def call() -> str:
        with client.stream("POST", url, json=body, headers=headers) as reply:
            return "".join([piece(json.loads(line[6:])) for line in reply.iter_lines() if _is_event(line)])

    return call


def _is_event(line: str) -> bool:
    return line.startswith("data: ") and line != "data: [DONE]"
