"""Histories go back: each recorded answer with calls or thoughts, sent again to its provider, and to every other one.

Its own provider gets what it documents as required: ids paired, arguments as they were, signatures, thoughts in the
field that they came in. Others get nothing of that but the calls and the words, by ids that they take.
"""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cache

import attrs
import pytest

from llm_core import AssistantMessage, ChatError, ChatRequest, Message, ToolCall, ToolMessage, UserMessage
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.testing import Replies
from llm_core.testing.dialects.normal_forms import ids_by_place
from llm_core.testing.dialects.registry import dialect_named
from llm_core.testing.fake_provider.server import FakeProvider

from .asking import Play, chat_for, prefix_of, request_for
from .exchanges import OWN, VARIABLE, Exchange, exchanges_in, recordings
from .fake_provider import Replay
from .sent_back import Json, Object, raw_details, raw_signatures, raw_thoughts, sent_back, spelled

PREFIXES = (
    *("anthropic", "azure", "cohere_chat", "deepseek", "fireworks_ai", "gemini", "groq", "mistral", "ollama_chat"),
    *("openai", "openrouter", "together_ai"),
)
CASES = [
    *(("own", prefix) for prefix in ("anthropic", "cohere_chat", "gemini", "ollama_chat", "openai")),
    *(("recorded", prefix) for prefix in PREFIXES),
]
FORGETFUL = frozenset({"groq"})  # it refuses thoughts from most of its models
OTHERS = {
    "openai/gpt-4o": ("openai_chat", "/v1"),
    "anthropic/claude-sonnet-4-5": ("anthropic_messages", ""),
    "gemini/gemini-2.5-flash": ("gemini", "/v1beta"),
    "ollama_chat/llama3.2": ("ollama_chat", ""),
    "mistral/mistral-large-latest": ("openai_chat", "/v1"),
    "cohere_chat/command-a-03-2025": ("openai_chat", "/v2/chat"),  # whose messages are OpenAI's
    "deepseek/deepseek-chat": ("openai_chat", "/v1"),
    "openrouter/mistralai/mistral-small": ("openai_chat", "/v1"),
}
IDS = {
    "anthropic/claude-sonnet-4-5": r"[a-zA-Z0-9_-]+",
    "mistral/mistral-large-latest": r"[a-zA-Z0-9]{9}",
    "openrouter/mistralai/mistral-small": r"[a-zA-Z0-9]{9}",
}


@attrs.frozen(eq=False)
class Turn:
    """An exchange, its answer as it was read, and the body that sent it back to where it came from."""

    exchange: Exchange
    message: AssistantMessage
    body: Object


@pytest.mark.parametrize(("source", "prefix"), CASES)
def test_calls_go_back_with_their_ids_and_arguments_and_results_are_paired(source: str, prefix: str) -> None:
    turns = _turns(source, prefix)

    wrong = [
        (turn.exchange.id, seen, expected)
        for turn in turns
        for seen, expected in [(_calls(turn), _expected_calls(turn))]
        if seen != expected
    ]

    assert [] == wrong


@pytest.mark.parametrize(("source", "prefix"), CASES)
def test_signatures_go_back_in_their_order(source: str, prefix: str) -> None:
    turns = _turns(source, prefix)

    wrong = [
        turn.exchange.id
        for turn in turns
        if raw_signatures(turn.exchange) != sent_back(turn.exchange.wire, turn.body).signatures
    ]

    assert [] == wrong


@pytest.mark.parametrize(("source", "prefix"), CASES)
def test_thoughts_go_back_in_the_field_that_they_came_in(source: str, prefix: str) -> None:
    turns = [turn for turn in _turns(source, prefix) if turn.exchange.wire != "gemini" and turn.message.reasoning]
    turns = [turn for turn in turns if not raw_details(turn.exchange)]

    wrong = [
        (turn.exchange.id, seen, expected)
        for turn in turns
        for seen in [sent_back(turn.exchange.wire, turn.body).thoughts]
        for expected in [{} if prefix in FORGETFUL else raw_thoughts(turn.exchange)]
        if seen != expected
    ]

    assert [] == wrong


@pytest.mark.parametrize(("source", "prefix"), CASES)
def test_details_of_reasoning_go_back_whole(source: str, prefix: str) -> None:
    turns = _turns(source, prefix)

    seen = {turn.exchange.id: sent_back(turn.exchange.wire, turn.body).details for turn in turns}

    raw = {turn.exchange.id: raw_details(turn.exchange) for turn in turns}
    streams = {turn.exchange.id for turn in turns if turn.exchange.stream}
    assert {id: told for id, told in raw.items() if id not in streams} == _without(seen, streams)
    assert {id: spelled(raw[id]) for id in streams} == {id: spelled(seen[id]) for id in streams}


@pytest.mark.parametrize(("source", "prefix"), CASES)
def test_claudes_thinking_stands_first(source: str, prefix: str) -> None:
    turns = [turn for turn in _turns(source, prefix) if turn.exchange.wire == "anthropic_messages"]

    kinds = [[block["type"] in ("thinking", "redacted_thinking") for block in _blocks(turn.body)] for turn in turns]

    assert [sorted(thinks, reverse=True) for thinks in kinds] == kinds


@pytest.mark.parametrize("model", OTHERS)
@pytest.mark.parametrize(("source", "prefix"), CASES)
def test_another_provider_reads_the_same_history(source: str, prefix: str, model: str) -> None:
    dialect = dialect_named(OTHERS[model][0])

    told = _told(source, prefix, model)

    wrong = [
        (turn.exchange.id, seen, expected)
        for turn, read, _ in told
        for seen in [[*ids_by_place(read.messages)]]
        for plain in [ChatRequest(messages=_history(_bare(turn.message)))]
        for expected in [[*ids_by_place(dialect.normalise(plain).messages)]]
        if seen != expected
    ]
    assert [] == wrong


@pytest.mark.parametrize("model", OTHERS)
@pytest.mark.parametrize(("source", "prefix"), CASES)
def test_another_provider_gets_valid_ids_and_nothing_that_is_not_its_own(source: str, prefix: str, model: str) -> None:
    told = _told(source, prefix, model)

    ids = {id for _, read, _ in told for message in read.messages for id in _ids(message)}
    assert [] == [id for id in ids if not re.fullmatch(IDS.get(model, ".+"), id)]
    assert [] == [turn.exchange.id for turn, _, body in told for own in _opaque(turn.message) if own in body]


@cache
def _turns(source: str, prefix: str) -> tuple[Turn, ...]:
    """Return each exchange that has something to go back, read and sent again; the fake provider answers the same."""
    folder = OWN if source == "own" else recordings()
    if folder is None:
        pytest.skip(f"{VARIABLE} names no folder of recordings")
    told = [one for one in exchanges_in(folder) if prefix_of(one) == prefix and one.expected.kind == "ok"]
    with Replay({one.id: one for one in told}) as fake_provider:
        return tuple(turn for one in told for turn in _turn(one, fake_provider))


def _turn(exchange: Exchange, fake_provider: Replay) -> Iterator[Turn]:
    play = Play(exchange, "stream" if exchange.stream else "complete", "events")
    request = request_for(exchange)
    with chat_for(play, fake_provider.url, "direct") as chat, suppress(ChatError):
        response = chat.stream(request).until_done() if exchange.stream else chat.complete(request)
        message = response.message
        if message.all_tool_calls or message.reasoning or message.provider_data or raw_signatures(exchange):
            with suppress(ChatError):  # a stream is no whole answer
                chat.complete(attrs.evolve(request, messages=_history(message)))
            yield Turn(exchange, message, json.loads(fake_provider.bodies[-1]))


def _history(message: AssistantMessage) -> list[Message]:
    results = [ToolMessage("done", tool_call_id=call.id) for call in message.all_tool_calls]
    return [UserMessage("Hello"), message, *results, UserMessage("And then?")]


@cache
def _told(source: str, prefix: str, model: str) -> list[tuple[Turn, ChatRequest, str]]:
    """Return what another provider understood of each history, and the body that told it."""
    if prefix == model.partition("/")[0]:
        pytest.skip("it is its own")
    turns, (dialect, path) = _turns(source, prefix), OTHERS[model]
    with FakeProvider(Replies(), dialect) as fake_provider:
        chat = LiteLLMChat(model, api_key="made-up", api_base=fake_provider.url + path, lane="direct")
        with chat:
            for turn in turns:
                with suppress(ChatError):  # the fake provider answers as OpenAI does
                    chat.complete(ChatRequest(messages=_history(turn.message)))
        recorder = fake_provider.recorder
    bodies = [request.body.decode() for request in recorder.requests if request.path != "/api/show"]
    return [*zip(turns, recorder.seen, bodies, strict=True)]


def _bare(message: AssistantMessage) -> AssistantMessage:
    return attrs.evolve(
        message,
        reasoning=(),
        provider_data=(),
        tool_calls=[attrs.evolve(call, provider_data=()) for call in message.tool_calls],
        invalid_tool_calls=[attrs.evolve(call, provider_data=()) for call in message.invalid_tool_calls],
    )


def _calls(turn: Turn) -> tuple[list[tuple[str | None, str, Json]], list[str | None]]:
    seen = sent_back(turn.exchange.wire, turn.body)
    if turn.exchange.wire == "ollama_chat":  # which pairs by the tool's name, whatever else it is sent
        return [(None, name, arguments) for _, name, arguments in seen.calls], seen.results
    return seen.calls, seen.results


def _expected_calls(turn: Turn) -> tuple[list[tuple[str | None, str, object]], list[str | None]]:
    """Return the calls as the provider told them: it pairs by ids if it gave some, and by those that were made else."""
    wire, told = turn.exchange.wire, turn.exchange.expected.tool_calls
    own: list[str | None] = [call.id for call in turn.message.all_tool_calls]
    ids: list[str | None] = [None] * len(own) if wire == "ollama_chat" else [call.id for call in told]
    if wire not in ("gemini", "ollama_chat"):
        ids = [id or made for id, made in zip(ids, own, strict=True)]
    texts = [
        call.arguments_json if isinstance(call, ToolCall) else call.arguments_text
        for call in turn.message.all_tool_calls
    ]
    arguments = [
        text if call.args_raw is not None or wire in ("openai_chat", "cohere_chat") else call.args or {}
        for call, text in zip(told, texts, strict=True)
    ]
    results = own if wire == "ollama_chat" else ids
    return [*zip(ids, (call.name for call in told), arguments, strict=True)], [*results]


def _blocks(body: Object) -> list[Object]:
    messages = body["messages"]
    turns = [one for one in messages if isinstance(one, dict)] if isinstance(messages, list) else []
    said = [one["content"] for one in turns if one["role"] == "assistant"]
    return [block for content in said if isinstance(content, list) for block in content if isinstance(block, dict)]


def _ids(message: Message) -> list[str]:
    match message:
        case AssistantMessage():
            return [call.id for call in message.all_tool_calls]
        case ToolMessage():
            return [message.tool_call_id]
        case _:
            return []


def _opaque(message: AssistantMessage) -> list[str]:
    """Return what only its own provider may see."""
    signed = [part.signature for part in message.reasoning if part.signature]
    return [*signed, *(json.dumps(part.text)[1:-1] for part in message.reasoning if part.text)]


def _without(told: dict[str, list[Object]], left_out: set[str]) -> dict[str, list[Object]]:
    return {id: value for id, value in told.items() if id not in left_out}
