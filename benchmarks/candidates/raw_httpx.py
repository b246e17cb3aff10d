"""The sync limit: only httpx and json."""

import json
from collections.abc import Callable

import httpx

from benchmarks.candidates import wires
from benchmarks.measuring.workload import CallSpec


def complete(spec: CallSpec) -> Callable[[], str]:
    """Return a call."""
    client, url, headers, body = httpx.Client(), wires.url(spec), wires.headers(spec), wires.body(spec)

    def call() -> str:
        reply = client.post(url, json=body, headers=headers).raise_for_status()
        return wires.answer(spec, reply.json())

    return call


def stream(spec: CallSpec, client: httpx.Client | None = None) -> Callable[[], str]:
    """Return a call that streams; the caller closes a *client* that it passes in."""
    client, url, headers = client or httpx.Client(), wires.url(spec, stream=True), wires.headers(spec)
    body, delta_text = wires.body(spec, stream=True), wires.delta_text(spec)

    def call() -> str:
        with client.stream("POST", url, json=body, headers=headers) as reply:
            return "".join([delta_text(json.loads(line[6:])) for line in reply.iter_lines() if _is_event(line)])

    return call


def _is_event(line: str) -> bool:
    return line.startswith("data: ") and line != "data: [DONE]"
