"""Keys in every place where one can be given, a prompt that must not be logged, and providers that quote all of it."""

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
PROMPT = "the-prompt-that-must-not-be-logged"
HANDED_IN = {
    "api_key": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",  # does not look like a key
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
    """Return by place the keys that reach the provider; it cannot quote any others."""
    keys = HANDED_IN if plant == "handed in" else AROUND
    # On the direct lane a login in the address takes the place of the key in the environment.
    unsent = {("call", "gemini"): ("extra of the request",), ("direct", dialect): ("option", "variable")}
    return {place: key for place, key in keys.items() if place not in unsent.get((lane, dialect), ())}


def fault_named(name: str, keys: Sequence[str]) -> Play:
    """Return the fault *name*, of a provider that quotes *keys* and the prompt in every text of its response."""
    text = f"You sent {' and '.join(keys)}, Bearer {keys[0]}. You said: {PROMPT}."
    return {**_WITHOUT_QUOTES, **_quoted_in_text(text), **_quoted_in_headers(text, keys[0])}[name]


_WITHOUT_QUOTES: dict[str, Play] = {
    "redirect": Redirects(),
    "refused": Refuses(),
    "no such host": Unreachable("name"),
    "no TLS": Unreachable("no tls"),
    "an untrusted certificate": RawReply(packets=lambda *_: (), tls=True),
    "closed": RawReply(packets=lambda *_: ()),
    "silence": Breaks(how="silence", after=0, patience=1.0),
}


def _quoted_in_text(text: str) -> dict[str, Play]:
    return {
        "401": Fails(status=401, message=text),
        "500": Fails(status=500, message=text),
        "HTML": Sends(body=f"<html>{text}".encode(), content_type="text/html"),
        "no HTTP": RawReply(packets=lambda *_: (f"{text}\r\n\r\n".encode(),)),
        "cut": Breaks(how="cut", after=4, reply=Replies(text=text)),
    }


def _quoted_in_headers(text: str, key: str) -> dict[str, Play]:
    failure, body = Fails(status=500, message=text), json.dumps({"id": text, "choices": [], "note": text})
    return {
        "429": Fails(status=429, message=text, headers=(("x-request-id", key), ("retry-after", text))),
        "an error with 200": _with_request_id(key, lambda wire: (wire.error(failure), wire.error_event(failure))),
        "broken JSON": _with_request_id(key, lambda wire: (f"{{{text}".encode(), _event(wire, f"{{{text}"))),
        "no choices": _with_request_id(key, lambda wire: (body.encode(), _event(wire, body))),
    }


def _with_request_id(key: str, bodies: Callable[[Dialect], tuple[bytes, bytes]]) -> RawReply:
    """Return a response whose request id is *key*: a complete body, or the last event of a stream that has begun."""

    def packets(dialect: Dialect, stream: bool) -> tuple[bytes, ...]:
        content_type = dialect.stream_type if stream else "application/json"
        first_events = b"".join(dialect.events(Replies(text="A rather long answer."))[:4]) if stream else b""
        return (_HEAD % (key.encode(), content_type.encode()), first_events, bodies(dialect)[stream])

    return RawReply(packets=packets)


def _event(dialect: Dialect, text: str) -> bytes:
    return f"data: {text}\n\n".encode() if dialect.stream_type.startswith("text/event-stream") else f"{text}\n".encode()


def planted_chat(url: str, dialect: str, lane: Lane, plant: Plant) -> LiteLLMChat:
    """Return an adapter with a key in every argument that can hold one; the test sets the environment variables."""
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
    """Return a request with the prompt, and for `handed in` a key in its extra settings."""
    extra = {"other_token": {"deep": [KEYS["extra of the request"]]}} if plant == "handed in" else {}
    return ChatRequest(messages=[UserMessage(PROMPT)], settings=ChatSettings(timeout=_PATIENCE, extra=extra))


NAMES = (*_WITHOUT_QUOTES, *_quoted_in_text(""), *_quoted_in_headers("", ""))
