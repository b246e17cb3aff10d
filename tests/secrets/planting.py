"""Keys in every place where one can be given, a prompt that nobody may log, and providers that say all of it back."""

import json
from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from llm_core.adapters.litellm import LiteLLMChat
from llm_core.domain.messages import UserMessage
from llm_core.domain.requests import ChatRequest
from llm_core.domain.settings import ChatSettings
from llm_core.testing import Breaks, Fails, Redirects, Refuses, Replies, Sends
from llm_core.testing.dialects.dialect import Dialect
from tests.faults.cells import MODELS, Lane
from tests.faults.raw_server import Play, RawReply, Unreachable

Plant: TypeAlias = Literal["handed in", "around"]
PLANTS: tuple[Plant, ...] = ("handed in", "around")
PROMPT = "the-prompt-that-nobody-may-log"
HANDED_IN = {
    "api_key": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",  # looks like nothing
    "header": "header-planted-01234567",
    "extra of the adapter": "adapters-extra-planted-01234567",
    "extra of the request": "requests-extra-planted-01234567",
    "option": "option-planted-01234567",
}
AROUND = {
    "variable": "f0e1d2c3b4a5968778695a4b3c2d1e0f",
    "user": "user-planted-01234567",
    "password": "password-planted-01234567",
    "query": "query-planted-01234567",
}
KEYS = {**HANDED_IN, **AROUND}
SECRETS = {**KEYS, "prompt": PROMPT}
VARIABLES = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY", "OLLAMA_API_KEY")
_PATIENCE = 0.5  # seconds
_HEAD = b"HTTP/1.1 200 OK\r\nx-request-id: %b\r\ncontent-type: %b\r\nconnection: close\r\n\r\n"


def planted(dialect: str, lane: Lane, plant: Plant) -> dict[str, str]:
    """Return the keys that reach the provider, by where they are given: it can quote no others."""
    keys = HANDED_IN if plant == "handed in" else AROUND
    unsent = {("call", "gemini"): "extra of the request", ("direct", dialect): "option"}.get((lane, dialect))
    return {place: key for place, key in keys.items() if place != unsent}


def fault_named(name: str, keys: Sequence[str]) -> Play:
    """Return the fault, played by a provider that says back *keys* and the prompt wherever it can say anything."""
    said = f"You sent {' and '.join(keys)}, Bearer {keys[0]}. You said: {PROMPT}."
    return {**_SILENT, **_told(said), **_quoted(said, keys[0])}[name]


_SILENT: dict[str, Play] = {
    "redirect": Redirects(),
    "refused": Refuses(),
    "no such host": Unreachable("name"),
    "no TLS": Unreachable("no tls"),
    "an untrusted certificate": RawReply(packets=lambda *_: (), tls=True),
    "closed": RawReply(packets=lambda *_: ()),
    "silence": Breaks(how="silence", after=0, patience=1.0),
}


def _told(said: str) -> dict[str, Play]:
    return {
        "401": Fails(status=401, message=said),
        "500": Fails(status=500, message=said),
        "HTML": Sends(body=f"<html>{said}".encode(), content_type="text/html"),
        "no HTTP": RawReply(packets=lambda *_: (f"{said}\r\n\r\n".encode(),)),
        "cut": Breaks(how="cut", after=4, reply=Replies(text=said)),
    }


def _quoted(said: str, key: str) -> dict[str, Play]:
    failure, body = Fails(status=500, message=said), json.dumps({"id": said, "choices": [], "note": said})
    return {
        "429": Fails(status=429, message=said, headers=(("x-request-id", key), ("retry-after", said))),
        "an error with 200": _after_a_head(key, lambda wire: (wire.error(failure), wire.error_event(failure))),
        "broken JSON": _after_a_head(key, lambda wire: (f"{{{said}".encode(), _event(wire, f"{{{said}"))),
        "no choices": _after_a_head(key, lambda wire: (body.encode(), _event(wire, body))),
    }


def _after_a_head(key: str, bodies: Callable[[Dialect], tuple[bytes, bytes]]) -> RawReply:
    """Return an answer whose head quotes *key*: a whole one, or the rest of a stream that has begun."""

    def packets(dialect: Dialect, stream: bool) -> tuple[bytes, ...]:
        kind = dialect.stream_type if stream else "application/json"
        begun = b"".join(dialect.events(Replies(text="A rather long answer."))[:4]) if stream else b""
        return (_HEAD % (key.encode(), kind.encode()), begun, bodies(dialect)[stream])

    return RawReply(packets=packets)


def _event(dialect: Dialect, text: str) -> bytes:
    return f"data: {text}\n\n".encode() if dialect.stream_type.startswith("text/event-stream") else f"{text}\n".encode()


def planted_chat(url: str, dialect: str, lane: Lane, plant: Plant) -> LiteLLMChat:
    """Return an adapter that was given keys wherever that can be; the variables are the test's to set."""
    model, path = MODELS[dialect]
    if plant == "around":
        scheme, _, host = url.partition("://")
        base = f"{scheme}://{KEYS['user']}:{KEYS['password']}@{host}{path}?key={KEYS['query']}"
        return LiteLLMChat(model, api_base=base, lane=lane)
    return LiteLLMChat(
        model,
        api_key=KEYS["api_key"],
        api_base=f"{url}{path}",
        headers={"x-team": f"Team {KEYS['header']}"},
        settings=ChatSettings(extra={"token": KEYS["extra of the adapter"]}),
        provider_options={"organization": KEYS["option"]} if lane == "call" else {},
        lane=lane,
    )


def planted_request(plant: Plant) -> ChatRequest:
    """Return a request with the prompt, and with a key of its own."""
    extra = {"other_token": {"deep": [KEYS["extra of the request"]]}} if plant == "handed in" else {}
    return ChatRequest(messages=[UserMessage(PROMPT)], settings=ChatSettings(timeout=_PATIENCE, extra=extra))


NAMES = (*_SILENT, *_told(""), *_quoted("", ""))
