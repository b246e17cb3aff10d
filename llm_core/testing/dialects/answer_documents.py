"""The JSON of a whole answer: one document, or on a wire that always streams one for each event."""

import json

import attrs

from llm_core.domain.json_values import JsonValue
from llm_core.testing.scenarios import Replies

from .dialect import Dialect
from .framing import is_json, payload

_ONE_DELTA = 1_000_000  # characters: no text of an answer is split


def answer_documents(dialect: Dialect, reply: Replies) -> list[JsonValue]:
    """Return the JSON documents of *reply*, each text in one of them; events that are not JSON are left out."""
    if not dialect.always_streams:
        return [json.loads(dialect.body(reply))]
    payloads = [payload(event) for event in dialect.events(attrs.evolve(reply, chunk_size=_ONE_DELTA))]
    return [json.loads(text) for text in payloads if is_json(text)]
