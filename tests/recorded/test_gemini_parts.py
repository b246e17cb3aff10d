"""Every recorded answer of Gemini goes back as the same parts in the same order, as the bytes alone show them."""

from collections.abc import Iterator

import pytest

from llm_core import AssistantMessage, ChatRequest, ChatSettings, ToolMessage, UserMessage
from llm_core.domain.json_values import parse_arguments
from llm_core.wires.accumulator import ResponseAccumulator
from llm_core.wires.endpoint import Endpoint
from llm_core.wires.gemini import GEMINI

from .exchanges import OWN, VARIABLE, Exchange, exchanges_in, recordings
from .replay import Json, JsonObject, events_of

SERVER_RUN = ("executableCode", "codeExecutionResult", "toolCall", "toolResponse")
HELLO = UserMessage("Hello.")


@pytest.mark.parametrize("source", ["own", "recorded"])
def test_every_answer_is_replayed_part_by_part(source: str) -> None:
    folder = OWN if source == "own" else recordings()
    if folder is None:
        pytest.skip(f"{VARIABLE} names no recordings")
    answers = [one for one in exchanges_in(folder) if one.wire == "gemini" and one.expected.kind == "ok"]
    exchanges = [one for one in answers if any(_parts(one))]  # a blocked prompt has no answer

    wrong = [(one.id, raw, seen) for one in exchanges for raw, seen in [(_raw(one), _replayed(one))] if raw != seen]

    assert exchanges
    assert [] == wrong


def _raw(exchange: Exchange) -> list[JsonObject]:
    """Return the parts of the answer; the chunks of unsigned text, and of unsigned thoughts, are one part."""
    joined: list[JsonObject] = []
    for part in _parts(exchange):
        last = joined[-1] if joined else {}
        is_text = part.keys() - {"thought"} == {"text"} == last.keys() - {"thought"}
        if is_text and part.get("thought") == last.get("thought"):
            joined[-1] = {**part, "text": f"{last['text']}{part['text']}"}
        elif part != {"text": ""}:
            joined.append(part)
    return joined or [{"text": ""}]


def _parts(exchange: Exchange) -> Iterator[JsonObject]:
    for event in events_of(exchange):
        candidates = event.get("candidates") if isinstance(event, dict) else None
        first = candidates[0] if isinstance(candidates, list) and candidates else None
        content = first.get("content") if isinstance(first, dict) else None
        parts = content.get("parts") if isinstance(content, dict) else None
        for part in parts if isinstance(parts, list) else ():
            if isinstance(part, dict) and any(name in part for name in ("text", "functionCall", *SERVER_RUN)):
                yield _with_arguments(part)


def _with_arguments(part: JsonObject) -> JsonObject:
    """Return *part*; a call without arguments has an empty object."""
    call = part.get("functionCall")
    return {**part, "functionCall": {"args": {}, **call}} if isinstance(call, dict) else part


def _replayed(exchange: Exchange) -> list[Json]:
    message = _decode(exchange)
    results = [ToolMessage("done", tool_call_id=call.id) for call in message.all_tool_calls]
    endpoint = Endpoint(provider="gemini", model="gemini-3-pro", base_url="https://provider.test")
    request = ChatRequest(messages=[HELLO, message, *results, HELLO])
    body = parse_arguments(GEMINI.encode(request, ChatSettings(), endpoint, stream=False).content.decode())
    contents = body["contents"]
    assert isinstance(contents, list)
    match contents[1]:
        case {"role": "model", "parts": list(parts)}:
            return parts
        case other:
            raise AssertionError(other)


def _decode(exchange: Exchange) -> AssistantMessage:
    decoder, accumulator = GEMINI.decoder(), ResponseAccumulator(provider="gemini")
    for event in events_of(exchange):
        assert isinstance(event, dict)
        for delta in decoder.event(event):
            accumulator.add(delta)
    return accumulator.response().message
