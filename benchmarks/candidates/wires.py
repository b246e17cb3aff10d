"""What the limits write and read by hand on three wires."""

from collections.abc import Callable
from typing import Any

from benchmarks.measuring.asking import KEY, MODEL, Ask, Fields

Json = Any  # whatever json.loads returns

_PATHS = {
    "openai": "/v1/chat/completions",
    "anthropic": "/v1/messages",
    "gemini": "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
}
_HEADERS = {
    "openai": {"authorization": f"Bearer {KEY}"},
    "anthropic": {"x-api-key": KEY, "anthropic-version": "2023-06-01"},
    "gemini": {"x-goog-api-key": KEY},
}


def url(ask: Ask, *, stream: bool = False) -> str:
    """Return the whole address."""
    assert stream or ask.dialect == "openai", "only streams are asked for on the other wires"
    return ask.url + _PATHS[ask.dialect]


def headers(ask: Ask) -> dict[str, str]:
    """Return what shows the key."""
    return _HEADERS[ask.dialect]


def body(ask: Ask, *, stream: bool = False) -> Fields:
    """Return what is sent."""
    match ask.dialect:
        case "openai":
            told: Fields = {"model": MODEL, "messages": ask.messages}
            if ask.tools:
                told["tools"] = ask.tools
            return told | ({"stream": True, "stream_options": {"include_usage": True}} if stream else {})
        case "anthropic":
            system, user = (message["content"] for message in ask.messages)
            messages = [{"role": "user", "content": user}]
            return {
                "model": "claude-sonnet-4-5",
                "system": system,
                "messages": messages,
                "max_tokens": 9999,
                "stream": True,
            }
        case _:
            system, user = ([{"text": message["content"]}] for message in ask.messages)
            return {"systemInstruction": {"parts": system}, "contents": [{"role": "user", "parts": user}]}


def answer(told: Json) -> str:
    """Return the text of a whole answer of OpenAI's."""
    text: str = told["choices"][0]["message"]["content"]
    return text


def piece(ask: Ask) -> Callable[[Json], str]:
    """Return what takes the text, or the arguments, out of one event."""
    if ask.dialect == "openai":
        return _openai_arguments if ask.with_arguments else _openai_words
    if ask.dialect == "anthropic":
        return _anthropic_arguments if ask.with_arguments else _anthropic_words
    return _gemini_words


def _openai_words(event: Json) -> str:
    return (event["choices"][0]["delta"].get("content") or "") if event["choices"] else ""


def _openai_arguments(event: Json) -> str:
    calls = event["choices"][0]["delta"].get("tool_calls") if event["choices"] else None
    return calls[0]["function"].get("arguments") or "" if calls else ""


def _anthropic_words(event: Json) -> str:
    return event["delta"]["text"] if event["type"] == "content_block_delta" else ""


def _anthropic_arguments(event: Json) -> str:
    return event["delta"]["partial_json"] if event["type"] == "content_block_delta" else ""


def _gemini_words(event: Json) -> str:
    return "".join(part["text"] for part in event["candidates"][0]["content"]["parts"])
