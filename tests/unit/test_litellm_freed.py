"""Tests of connections that are freed on both lanes, however a stream ends."""

import asyncio
from types import SimpleNamespace
from typing import Literal, TypeAlias, cast

import pytest

from llm_core import ChatRequest, ChatSettings, StreamEnd, StreamEvent, TextDelta, UserMessage
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.adapters.litellm.completion_call import CompletionCall, _aclosing
from llm_core.adapters.litellm.completion_calls import CompletionCalls
from llm_core.adapters.litellm.completion_kwargs import close_callbacks
from llm_core.adapters.litellm.litellm_module import litellm
from llm_core.domain.errors import ChatTimeoutError
from llm_core.ports.streams import UsageReport
from llm_core.testing import Breaks, FakeProvider, Recorder, Replies
from llm_core.testing.clauses.modes import STREAMS, Mode, call_in_mode
from llm_core.testing.dialects.openai_chat import OpenAIChat
from llm_core.transport.adapter_config import AdapterConfig
from llm_core.transport.attempt import Attempt
from llm_core.transport.deadline import Deadline
from llm_core.transport.direct_calls import DirectCalls

KEY = "sk-planted-0123456789abcdef"
Lane: TypeAlias = Literal["direct", "call"]
REQUEST = ChatRequest(messages=[UserMessage("hi")])
IMPATIENT = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(timeout=0.3))


class EndlessSearch(OpenAIChat):
    """Sends deltas of a tool call that the provider runs itself, instead of keep-alives: they yield no event."""

    _call = '{"index": 0, "id": "srvtoolu_1", "function": {"name": "search", "arguments": "?"}}'
    keep_alive = f'data: {{"id": "a", "choices": [{{"index": 0, "delta": {{"tool_calls": [{_call}]}}}}]}}\n\n'.encode()


class Closable:
    """One layer between LiteLLM's stream and the connection, which records that it was closed."""

    def __init__(self, closed: list[str], name: str, **below: object) -> None:
        self._closed = closed
        self._name = name
        vars(self).update(below)

    def close(self) -> None:
        self._closed.append(self._name)


class AsyncClosable(Closable):
    async def aclose(self) -> None:
        self._closed.append(f"{self._name}, awaited")


class FailingCloseRouter:
    """Calls LiteLLM, and makes its streams raise an error when they are closed."""

    def completion(self, **keywords: object) -> object:
        stream = litellm().completion(**keywords)
        vars(stream)["close"] = _raise
        return stream

    async def acompletion(self, **keywords: object) -> object:
        stream = await litellm().acompletion(**keywords)
        vars(stream)["aclose"] = _raise
        return stream

    def get_model_list(self, model_name: str | None = None) -> None:
        """Return no models."""


def _raise() -> None:
    raise OSError("closed already")


@pytest.fixture(params=["direct", "call"])
def lane(request: pytest.FixtureRequest) -> Lane:
    """Return each lane in turn."""
    return cast(Lane, request.param)


@pytest.fixture
def _warm_up(lane: Lane) -> None:
    """Make a first call, during which LiteLLM takes longer than the short timeout of these tests."""
    with FakeProvider(Replies(), OpenAIChat(), Recorder()) as fake_provider:
        call_in_mode(
            LiteLLMChat("openai/x", api_key=KEY, api_base=f"{fake_provider.url}/v1", lane=lane), REQUEST, "stream"
        )


@pytest.mark.usefixtures("_warm_up")
@pytest.mark.parametrize("mode", STREAMS)
def test_chunks_without_events_do_not_delay_the_timeout(mode: Mode, lane: Lane) -> None:
    scenario = Breaks(how="drip", after=3)

    with FakeProvider(scenario, EndlessSearch(), Recorder()) as fake_provider, pytest.raises(ChatTimeoutError):
        call_in_mode(
            LiteLLMChat("openai/x", api_key=KEY, api_base=f"{fake_provider.url}/v1", lane=lane), IMPATIENT, mode
        )


def test_the_events_end_without_being_closed(lane: Lane) -> None:
    async def asynchronous(attempt: CompletionCall | Attempt) -> list[StreamEvent]:
        return [event async for event in attempt.aevents(UsageReport())]

    with FakeProvider(Replies(text="Hi."), OpenAIChat(), Recorder()) as fake_provider:
        config = AdapterConfig(model="openai/x", api_key=KEY, api_base=f"{fake_provider.url}/v1")
        direct = DirectCalls(config)
        calls = direct if lane == "direct" else CompletionCalls(config=config)
        seen = list(calls.attempt(REQUEST).events(UsageReport())), asyncio.run(asynchronous(calls.attempt(REQUEST)))
        direct.transports.close()

    assert ([TextDelta, StreamEnd], [TextDelta, StreamEnd]) == tuple(
        [type(event) for event in events] for events in seen
    )


def test_every_layer_of_a_sync_stream_is_closed_from_the_outermost() -> None:
    closed: list[str] = []
    connection = Closable(closed, "streaming_response")
    stream = Closable(
        closed, "wrapper", completion_stream=Closable(closed, "completion_stream", streaming_response=connection)
    )

    for close in close_callbacks(stream, "close"):
        close()

    assert ["wrapper", "completion_stream", "streaming_response"] == closed


def test_an_async_stream_also_closes_layers_with_a_sync_close() -> None:
    closed: list[str] = []
    stream = AsyncClosable(closed, "wrapper", response=Closable(closed, "response"))

    async def close() -> None:
        async with _aclosing(stream, Deadline(1)):
            pass

    asyncio.run(close())

    assert ["wrapper, awaited", "response"] == closed


@pytest.mark.parametrize("mode", STREAMS)
@pytest.mark.call_lane
def test_an_error_while_closing_does_not_discard_the_response(mode: Mode) -> None:
    with FakeProvider(Replies(text="Hi."), OpenAIChat(), Recorder()) as fake_provider:
        chat = LiteLLMChat("openai/x", api_key=KEY, api_base=f"{fake_provider.url}/v1", router=FailingCloseRouter())
        seen = call_in_mode(chat, REQUEST, mode)

    assert "Hi." == seen.text


@pytest.mark.parametrize("stream", [None, SimpleNamespace(), SimpleNamespace(close="no method", response=None)])
def test_a_stream_without_a_close_method_has_no_close_callbacks(stream: object) -> None:
    seen = close_callbacks(stream, "aclose", "close")

    assert [] == seen
