"""Typed answers over HTTP: each shape by each method that a wire has, in the four modes."""

import asyncio
from collections.abc import Iterator
from contextlib import aclosing

import pytest

from llm_core import ChatRequest, UserMessage
from llm_core.adapters.direct import DirectChat
from llm_core.testing import Call, FakeProvider, Replies
from llm_core.testing.clauses.modes import EVERY, Mode
from llm_core.typed import InvalidAnswerError, Method, Partial, Typed, acomplete_as, astream_as, complete_as, stream_as

from .typed_shapes import SHAPES, Order, Shape

WIRES = {
    "openai_chat": ("openai/gpt-4.1", "/v1"),
    "openai_responses": ("openai/gpt-5.4", "/v1"),
    "anthropic_messages": ("anthropic/claude-sonnet-4-5", ""),
    "gemini": ("gemini/gemini-3-pro", "/v1beta"),
    "ollama_chat": ("ollama_chat/llama3.2", ""),
    "cohere_chat": ("cohere_chat/command-a-03-2025", "/v2"),
}
WITHOUT = {("anthropic_messages", "json")}  # a wire without JSON mode
METHODS: tuple[Method, ...] = ("schema", "tool", "json", "prompt")
REQUEST = ChatRequest(messages=[UserMessage("Which one?")])


def _called(chat: DirectChat, shape: Shape, mode: Mode, method: Method) -> Typed[object]:
    if mode == "complete":
        return complete_as(chat, REQUEST, shape.type, method=method)
    if mode == "acomplete":
        return asyncio.run(_acalled(chat, shape, method))
    if mode == "astream":
        return _last(asyncio.run(_astreamed(chat, shape, method)))
    return _last(list(stream_as(chat, REQUEST, shape.type, method=method)))


def _last(items: list[Partial | Typed[object]]) -> Typed[object]:
    *partials, typed = items
    assert isinstance(typed, Typed)
    assert partials
    assert all(isinstance(partial, Partial) for partial in partials)
    return typed


async def _acalled(chat: DirectChat, shape: Shape, method: Method) -> Typed[object]:
    typed: Typed[object] = await acomplete_as(chat, REQUEST, shape.type, method=method)
    await chat.aclose()
    return typed


async def _astreamed(chat: DirectChat, shape: Shape, method: Method) -> list[Partial | Typed[object]]:
    async with aclosing(astream_as(chat, REQUEST, shape.type, method=method)) as items:
        received = [item async for item in items]
    await chat.aclose()
    return received


def _reply(shape: Shape, method: Method) -> Replies:
    if method == "tool":
        return Replies(text=None, calls=[Call(id="call_1", name="final_answer", arguments_text=shape.text)])
    return Replies(text=shape.text)


@pytest.fixture(scope="module", params=WIRES)
def wire(request: pytest.FixtureRequest) -> Iterator[tuple[str, FakeProvider, DirectChat]]:
    name = str(request.param)
    model, path = WIRES[name]
    with (
        FakeProvider(Replies(), name) as provider,
        DirectChat(
            model,
            api_key="k",
            api_base=f"{provider.url}{path}",
            wire="responses" if name == "openai_responses" else "auto",
        ) as chat,
    ):
        yield name, provider, chat


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "name", [name if name == "dataclass" else pytest.param(name, marks=pytest.mark.slow) for name in SHAPES]
)
def test_every_shape_is_read_by_every_method_of_a_wire_in_every_mode(
    wire: tuple[str, FakeProvider, DirectChat], name: str, method: Method, mode: Mode
) -> None:
    dialect, provider, chat = wire
    if (dialect, method) in WITHOUT:
        return
    provider.play(_reply(SHAPES[name], method))

    typed = _called(chat, SHAPES[name], mode, method)

    assert SHAPES[name].value == typed.value
    assert (method, 1) == (typed.method, typed.attempts)
    assert () == provider.recorder.problems


@pytest.mark.parametrize("mode", EVERY)
def test_an_invalid_answer_names_provider_model_and_host(
    wire: tuple[str, FakeProvider, DirectChat], mode: Mode
) -> None:
    dialect, provider, chat = wire
    name, _, model = WIRES[dialect][0].partition("/")
    provider.play(Replies(text="planted", model=model))

    with pytest.raises(InvalidAnswerError) as caught:
        _called(chat, SHAPES["dataclass"], mode, "prompt")

    host = provider.url.removeprefix("http://")
    assert (name, model, host) == (caught.value.provider, caught.value.model, caught.value.host)
    assert f"provider {name}, model {model}, host {host}" in str(caught.value)


def test_auto_takes_the_native_schema_of_a_wire(wire: tuple[str, FakeProvider, DirectChat]) -> None:
    _, provider, chat = wire
    provider.play(_reply(SHAPES["dataclass"], "schema"))

    assert "schema" == complete_as(chat, REQUEST, Order).method
