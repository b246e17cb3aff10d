"""Streams that break off: recorded ones, ended cleanly before their finish reason."""

import base64
import random
import re
from collections.abc import Iterable, Iterator

import attrs

from .exchanges import Exchange, Expected

_FINISH = {
    "anthropic_messages": re.compile(rb'"stop_reason"\s*:\s*"'),
    "cohere_chat": re.compile(rb"message-end"),
    "gemini": re.compile(rb'"finishReason"'),
    "ollama_chat": re.compile(rb'"done"\s*:\s*true'),
    "openai_responses": re.compile(rb"response\.(completed|incomplete|failed)"),
    "openai_chat": re.compile(rb'"finish_reason"\s*:\s*"'),
}
CUT = "~cut"


def truncated(exchanges: Iterable[Exchange]) -> Iterator[Exchange]:
    """Yield a truncated copy of every whole stream, cut at a random point (seeded by the id) of its second half."""
    for exchange in exchanges:
        if exchange.stream and exchange.expected.kind == "ok" and exchange.expected.text:
            yield from _cut(exchange)


def _cut(exchange: Exchange) -> Iterator[Exchange]:
    body, expected = exchange.body, exchange.expected
    finish = _FINISH[exchange.wire].search(body)
    if finish is None or finish.start() < 2:
        return
    end = random.Random(exchange.id).randrange(finish.start() // 2, finish.start())  # noqa: S311 -- no secret
    yield attrs.evolve(
        exchange,
        id=exchange.id + CUT,
        response_body=base64.b64encode(body[:end]).decode(),
        body_b64=True,
        expected=Expected(kind="truncated", text=expected.text, begins=True),
    )
