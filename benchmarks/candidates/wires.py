"""Requests and responses of the limits, by hand, on four wires."""

from collections.abc import Callable
from typing import Any

from benchmarks.measuring.workload import KEY, MODEL, CallSpec, Fields

Json = Any  # any JSON value

RESPONSES_MODEL = "gpt-5.4"
_PATHS = {
    "openai": "/v1/chat/completions",
    "responses": "/v1/responses",
    "anthropic": "/v1/messages",
    "gemini": "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
}
_HEADERS = {
    "openai": {"authorization": f"Bearer {KEY}"},
    "responses": {"authorization": f"Bearer {KEY}"},
    "anthropic": {"x-api-key": KEY, "anthropic-version": "2023-06-01"},
    "gemini": {"x-goog-api-key": KEY},
}


def url(spec: CallSpec, *, stream: bool = False) -> str:
    """Return the URL."""
    assert stream or spec.dialect in ("openai", "responses"), "on the other wires only streams are measured"
    return spec.url + _PATHS[spec.dialect]


def headers(spec: CallSpec) -> dict[str, str]:
    """Return the headers with the key."""
    return _HEADERS[spec.dialect]


def body(spec: CallSpec, *, stream: bool = False) -> Fields:
    """Return the JSON body."""
    match spec.dialect:
        case "openai":
            fields: Fields = {"model": MODEL, "messages": spec.messages}
            if spec.tools:
                fields["tools"] = spec.tools
            return fields | ({"stream": True, "stream_options": {"include_usage": True}} if stream else {})
        case "responses":
            stateless = {"store": False, "include": ["reasoning.encrypted_content"]}
            asked = {"model": RESPONSES_MODEL, "input": spec.messages, **stateless}
            return asked | ({"stream": True} if stream else {})
        case "anthropic":
            system, user = (message["content"] for message in spec.messages)
            messages = [{"role": "user", "content": user}]
            return {
                "model": "claude-sonnet-4-5",
                "system": system,
                "messages": messages,
                "max_tokens": 9999,
                "stream": True,
            }
        case _:
            system, user = ([{"text": message["content"]}] for message in spec.messages)
            return {"systemInstruction": {"parts": system}, "contents": [{"role": "user", "parts": user}]}


def answer(spec: CallSpec, body: Json) -> str:
    """Return the text of a whole OpenAI response."""
    text: str = _message_text(body) if spec.dialect == "responses" else body["choices"][0]["message"]["content"]
    return text


def _message_text(body: Json) -> str:
    messages = [item for item in body["output"] if item["type"] == "message"]
    return "".join(part["text"] for message in messages for part in message["content"])


def delta_text(spec: CallSpec) -> Callable[[Json], str]:
    """Return the function that reads the text, or the arguments, of one event."""
    if spec.dialect == "openai":
        return _openai_arguments if spec.with_arguments else _openai_text
    if spec.dialect == "responses":
        return _responses_text
    if spec.dialect == "anthropic":
        return _anthropic_arguments if spec.with_arguments else _anthropic_text
    return _gemini_text


def _openai_text(event: Json) -> str:
    return (event["choices"][0]["delta"].get("content") or "") if event["choices"] else ""


def _openai_arguments(event: Json) -> str:
    calls = event["choices"][0]["delta"].get("tool_calls") if event["choices"] else None
    return calls[0]["function"].get("arguments") or "" if calls else ""


def _responses_text(event: Json) -> str:
    return event["delta"] if event["type"] == "response.output_text.delta" else ""


def _anthropic_text(event: Json) -> str:
    return event["delta"]["text"] if event["type"] == "content_block_delta" else ""


def _anthropic_arguments(event: Json) -> str:
    return event["delta"]["partial_json"] if event["type"] == "content_block_delta" else ""


def _gemini_text(event: Json) -> str:
    return "".join(part["text"] for part in event["candidates"][0]["content"]["parts"])
