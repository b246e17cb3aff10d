"""Keys in every place where one can be given, a prompt that nobody may log, and providers that say all of it back."""

import json
from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from llm_core.adapters.litellm import LiteLLMChat
from llm_core.domain.chat_settings import ChatSettings
from llm_core.domain.messages import UserMessage
from llm_core.domain.requests import ChatRequest
from llm_core.testing import Breaks, Fails, Redirects, Refuses, Replies, Sends
from llm_core.testing.dialects.dialect import Dialect
from tests.faults.cells import MODELS, Lane
from tests.faults.playing import Play, Says, Unreachable

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
VARIABLES = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY", "OLLAMA_API_KEY")
_PATIENCE = 0.5  # seconds
_HEAD = b"HTTP/1.1 200 OK\r\nx-request-id: %b\r\ncontent-type: %b\r\nconnection: close\r\n\r\n"
NAMES = (
    *(
        "401",
        "429",
        "500",
        "redirect",
        "HTML",
        "refused",
        "no such host",
        "an untrusted certificate",
        "no TLS",
        "no HTTP",
    ),
    *("closed", "silence", "cut", "an error with 200, or in mid-stream", "broken JSON", "no choices"),
)


def planted(lane: Lane, plant: Plant) -> dict[str, str]:
    """Return the keys that an adapter is given, by where."""
    keys = HANDED_IN if plant == "handed in" else AROUND
    return {place: key for place, key in keys.items() if lane == "call" or place != "option"}


def fault_named(name: str, keys: Sequence[str]) -> Play:
    """Return the fault, played by a provider that says back *keys* and the prompt wherever it can say anything."""
    said = f"You sent {' and '.join(keys)}, Bearer {keys[0]}. You said: {PROMPT}."
    match name:
        case "401" | "500":
            return Fails(status=int(name), message=said)
        case "429":
            return Fails(status=429, message=said, headers=(("x-request-id", keys[0]), ("retry-after", said)))
        case "redirect":
            return Redirects()
        case "HTML":
            return Sends(body=f"<html>{said}".encode(), content_type="text/html")
        case "refused":
            return Refuses()
        case "no such host":
            return Unreachable("name")
        case "no TLS":
            return Unreachable("no tls")
        case "an untrusted certificate":
            return Says(packets=lambda *_: (), tls=True)
        case "no HTTP":
            return Says(packets=lambda *_: (f"{said}\r\n\r\n".encode(),))
        case "closed":
            return Says(packets=lambda *_: ())
        case "silence":
            return Breaks(how="silence", after=0, patience=1.0)
        case "cut":
            return Breaks(how="cut", after=4, reply=Replies(text=said))
        case "an error with 200, or in mid-stream":
            failure = Fails(status=500, message=said)
            return _after_a_head(keys[0], lambda wire: (wire.error(failure), wire.error_event(failure)))
        case "broken JSON":
            return _after_a_head(keys[0], lambda wire: (f"{{{said}".encode(), _event(wire, f"{{{said}")))
        case _:
            body = json.dumps({"id": said, "choices": [], "note": said})
            return _after_a_head(keys[0], lambda wire: (body.encode(), _event(wire, body)))


def _after_a_head(key: str, bodies: Callable[[Dialect], tuple[bytes, bytes]]) -> Says:
    """Return an answer whose head quotes *key*: a whole one, or the rest of a stream that has begun."""

    def packets(dialect: Dialect, stream: bool) -> tuple[bytes, ...]:
        kind = dialect.stream_type if stream else "application/json"
        begun = b"".join(dialect.events(Replies())[:4]) if stream else b""
        return (_HEAD % (key.encode(), kind.encode()), begun, bodies(dialect)[stream])

    return Says(packets=packets)


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
