"""Replay: each recorded answer with calls or reasoning is sent back to its provider, and to every other one.

Its own provider gets what it documents as required: paired ids, unchanged arguments, signatures, reasoning in the
field that it came in. The others get only calls and text, with ids that are valid for them.
"""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cache

import attrs
import pytest

from llm_core import (
    AssistantMessage,
    ChatError,
    ChatRequest,
    Message,
    ToolCall,
    ToolMessage,
    UnsupportedFeatureError,
    UserMessage,
)
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.testing import Replies
from llm_core.testing.dialects.anthropic_messages import AnthropicMessages
from llm_core.testing.dialects.cohere_chat import CohereChat
from llm_core.testing.dialects.dialect import Dialect
from llm_core.testing.dialects.gemini import Gemini
from llm_core.testing.dialects.normal_forms import ids_by_position
from llm_core.testing.dialects.ollama_chat import OllamaChat
from llm_core.testing.dialects.openai_chat import OpenAIChat
from llm_core.testing.fake_provider.server import FakeProvider

from .calling import Play, chat_for, prefix_of, request_for
from .exchanges import OWN, VARIABLE, Exchange, exchanges_in, recordings
from .fake_provider import Replay
from .replay import Json, JsonObject, joined_fields, raw_details, raw_signatures, raw_thoughts, replayed_turn

PREFIXES = (
    *("anthropic", "azure", "cohere_chat", "deepseek", "fireworks_ai", "gemini", "groq", "mistral", "ollama_chat"),
    *("openai", "openrouter", "together_ai"),
)
CASES = [
    *(("own", prefix) for prefix in ("anthropic", "cohere_chat", "gemini", "ollama_chat", "openai")),
    *(("recorded", prefix) for prefix in PREFIXES),
]

NO_REASONING = frozenset({"groq"})  # most of its models refuse reasoning in a request
OTHERS: dict[str, tuple[Dialect, str]] = {
    "openai/gpt-4o": (OpenAIChat(), "/v1"),
    "anthropic/claude-sonnet-4-5": (AnthropicMessages(), ""),
    "gemini/gemini-2.5-flash": (Gemini(), "/v1beta"),
    "ollama_chat/llama3.2": (OllamaChat(), ""),
    "mistral/mistral-large-latest": (OpenAIChat(), "/v1"),
    "cohere_chat/command-a-03-2025": (CohereChat(), "/v2/chat"),
    "deepseek/deepseek-chat": (OpenAIChat(), "/v1"),
    "openrouter/mistralai/mistral-small": (OpenAIChat(), "/v1"),
}
MISTRAL_ID = r"[a-zA-Z0-9]{9}"
IDS = {
    "anthropic/claude-sonnet-4-5": r"[a-zA-Z0-9_-]+",
    "mistral/mistral-large-latest": MISTRAL_ID,
    "openrouter/mistralai/mistral-small": MISTRAL_ID,
}


@attrs.frozen(eq=False)
class Turn:
    """An exchange, the message that the adapter made of it, and the request body that replays it to its provider."""

    exchange: Exchange
    message: AssistantMessage
    body: JsonObject


@pytest.mark.parametrize(("source", "prefix"), CASES)
def test_calls_are_replayed_with_ids_and_arguments_and_paired_results(source: str, prefix: str) -> None:
    turns = _turns(source, prefix)

    wrong = [
        (turn.exchange.id, seen, expected)
        for turn in turns
        for seen, expected in [(_calls(turn), _expected_calls(turn))]
        if seen != expected
    ]

    assert [] == wrong


@pytest.mark.parametrize(("source", "prefix"), CASES)
def test_signatures_are_replayed_in_order(source: str, prefix: str) -> None:
    turns = _turns(source, prefix)

    wrong = [
        turn.exchange.id
        for turn in turns
        if raw_signatures(turn.exchange) != replayed_turn(turn.exchange.wire, turn.body).signatures
    ]

    assert [] == wrong


@pytest.mark.parametrize(("source", "prefix"), CASES)
def test_reasoning_is_replayed_in_the_field_that_it_came_in(source: str, prefix: str) -> None:
    turns = [turn for turn in _turns(source, prefix) if turn.exchange.wire != "gemini" and turn.message.reasoning]
    turns = [turn for turn in turns if not raw_details(turn.exchange)]

    wrong = [
        (turn.exchange.id, seen, expected)
        for turn in turns
        for seen in [replayed_turn(turn.exchange.wire, turn.body).thoughts]
        for expected in [{} if prefix in NO_REASONING else raw_thoughts(turn.exchange)]
        if seen != expected
    ]

    assert [] == wrong


@pytest.mark.parametrize(("source", "prefix"), CASES)
def test_reasoning_details_are_replayed_whole(source: str, prefix: str) -> None:
    turns = _turns(source, prefix)

    seen = {turn.exchange.id: replayed_turn(turn.exchange.wire, turn.body).details for turn in turns}

    raw = {turn.exchange.id: raw_details(turn.exchange) for turn in turns}
    streams = {turn.exchange.id for turn in turns if turn.exchange.stream}
    assert {id: details for id, details in raw.items() if id not in streams} == _without(seen, streams)
    assert {id: joined_fields(raw[id]) for id in streams} == {id: joined_fields(seen[id]) for id in streams}


@pytest.mark.parametrize("model", OTHERS)
@pytest.mark.parametrize(("source", "prefix"), CASES)
def test_another_provider_receives_the_same_history(source: str, prefix: str, model: str) -> None:
    dialect = OTHERS[model][0]

    received = _received_by(source, prefix, model)

    wrong = [
        (turn.exchange.id, seen, expected)
        for turn, read, _ in received
        for seen in [[*ids_by_position(read.messages)]]
        for plain in [ChatRequest(messages=_history(_bare(turn.message, as_text=dialect.arguments_as_text)))]
        for expected in [[*ids_by_position(dialect.normalise(plain).messages)]]
        if seen != expected
    ]
    assert [] == wrong


@pytest.mark.parametrize("model", OTHERS)
@pytest.mark.parametrize(("source", "prefix"), CASES)
def test_another_provider_receives_valid_ids_and_no_opaque_data(source: str, prefix: str, model: str) -> None:
    received = _received_by(source, prefix, model)

    ids = {id for _, read, _ in received for message in read.messages for id in _ids(message)}
    assert [] == [id for id in ids if not re.fullmatch(IDS.get(model, ".+"), id)]
    assert [] == [turn.exchange.id for turn, _, body in received for own in _opaque(turn.message) if own in body]


@cache
def _turns(source: str, prefix: str) -> tuple[Turn, ...]:
    """Return each exchange with something to replay, read and sent again; the fake provider answers the same."""
    folder = OWN if source == "own" else recordings()
    if folder is None:
        pytest.skip(f"{VARIABLE} does not name a folder of recordings")
    exchanges = [
        one
        for one in exchanges_in(folder)
        if prefix_of(one) == prefix and one.expected.kind == "ok" and one.wire != "openai_responses"
    ]
    with Replay({one.id: one for one in exchanges}) as fake_provider:
        return tuple(turn for one in exchanges for turn in _turn(one, fake_provider))


def _turn(exchange: Exchange, fake_provider: Replay) -> Iterator[Turn]:
    play = Play(exchange, "stream" if exchange.stream else "complete", "events")
    request = request_for(exchange)
    with chat_for(play, fake_provider.url, "direct") as chat, suppress(ChatError):
        response = chat.stream(request).until_done() if exchange.stream else chat.complete(request)
        message = response.message
        if message.all_tool_calls or message.reasoning or message.provider_data or raw_signatures(exchange):
            with suppress(ChatError):  # the stream that answers is not a whole response
                chat.complete(attrs.evolve(request, messages=_history(message)))
            yield Turn(exchange, message, json.loads(fake_provider.bodies[-1]))


def _history(message: AssistantMessage) -> list[Message]:
    results = [ToolMessage("done", tool_call_id=call.id) for call in message.all_tool_calls]
    return [UserMessage("Hello"), message, *results, UserMessage("And then?")]


@cache
def _received_by(source: str, prefix: str, model: str) -> list[tuple[Turn, ChatRequest, str]]:
    """Return the request that another provider received for each history, parsed and as a body."""
    if prefix == model.partition("/")[0]:
        pytest.skip("the same provider")
    turns, (dialect, path) = [*_turns(source, prefix)], OTHERS[model]
    with FakeProvider(Replies(), dialect) as fake_provider:
        chat = LiteLLMChat(model, api_key="made-up", api_base=fake_provider.url + path, lane="direct")
        with chat:
            for turn in tuple(turns):
                try:
                    chat.complete(ChatRequest(messages=_history(turn.message)))
                except UnsupportedFeatureError as refused:
                    if refused.feature != "messages[1].content: blank text" or turn.message.content:
                        raise
                    turns.remove(turn)  # Anthropic accepts no empty message
        recorder = fake_provider.recorder
    bodies = [request.body.decode() for request in recorder.requests if request.path != "/api/show"]
    return [*zip(turns, recorder.seen, bodies, strict=True)]


def _bare(message: AssistantMessage, *, as_text: bool) -> AssistantMessage:
    """Return the text and the calls alone; *as_text*: a call that was cut off before its arguments reads as empty."""
    begun = [call for call in message.invalid_tool_calls if call.arguments_text or not as_text]
    empty = [call for call in message.invalid_tool_calls if call not in begun]
    return attrs.evolve(
        message,
        reasoning=(),
        provider_data=(),
        tool_calls=[
            *(attrs.evolve(call, provider_data=()) for call in message.tool_calls),
            *(ToolCall(id=call.id, name=call.name, arguments={}, arguments_text="") for call in empty),
        ],
        invalid_tool_calls=[attrs.evolve(call, provider_data=()) for call in begun],
    )


def _calls(turn: Turn) -> tuple[list[tuple[str | None, str, Json]], list[str | None]]:
    seen = replayed_turn(turn.exchange.wire, turn.body)
    if turn.exchange.wire == "ollama_chat":  # pairs results by the tool's name, not by id
        return [(None, name, arguments) for _, name, arguments in seen.calls], seen.results
    return seen.calls, seen.results


def _expected_calls(turn: Turn) -> tuple[list[tuple[str | None, str, object]], list[str | None]]:
    """Return the calls that the provider sent, and the ids of their results: its own ids, else those that we made."""
    wire, recorded = turn.exchange.wire, turn.exchange.expected.tool_calls
    own: list[str | None] = [call.id for call in turn.message.all_tool_calls]
    ids: list[str | None] = [None] * len(own) if wire == "ollama_chat" else [call.id for call in recorded]
    if wire not in ("gemini", "ollama_chat"):
        ids = [id or made for id, made in zip(ids, own, strict=True)]
    sent = replayed_turn(wire, turn.body).results
    if prefix_of(turn.exchange) == "mistral":  # redacted ids are none that Mistral accepts, and are sent as others
        ids = [id if id and re.fullmatch(MISTRAL_ID, id) else other for id, other in zip(ids, sent, strict=True)]
    texts = [
        call.arguments_json if isinstance(call, ToolCall) else call.arguments_text
        for call in turn.message.all_tool_calls
    ]
    arguments = [
        text if call.args_raw is not None or wire in ("openai_chat", "cohere_chat") else call.args or {}
        for call, text in zip(recorded, texts, strict=True)
    ]
    results = own if wire == "ollama_chat" else ids
    return [*zip(ids, (call.name for call in recorded), arguments, strict=True)], [*results]


def _ids(message: Message) -> list[str]:
    match message:
        case AssistantMessage():
            return [call.id for call in message.all_tool_calls]
        case ToolMessage():
            return [message.tool_call_id]
        case _:
            return []


def _opaque(message: AssistantMessage) -> list[str]:
    """Return the signatures and reasoning, which only its own provider may receive."""
    signed = [part.signature for part in message.reasoning if part.signature]
    return [*signed, *(json.dumps(part.text)[1:-1] for part in message.reasoning if part.text.strip())]


def _without(details: dict[str, list[JsonObject]], excluded: set[str]) -> dict[str, list[JsonObject]]:
    return {id: value for id, value in details.items() if id not in excluded}
