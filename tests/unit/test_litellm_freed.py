import asyncio
import gc
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Literal, TypeAlias, cast

import pytest

from llm_core import ChatRequest, ChatSettings, StreamEnd, StreamEvent, TextDelta, UserMessage
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.adapters.litellm.completion_call import CompletionCall, _aclosing
from llm_core.adapters.litellm.completion_kwargs import close_callbacks
from llm_core.adapters.litellm.config import AdapterConfig
from llm_core.adapters.litellm.litellm_module import litellm
from llm_core.adapters.litellm.routing import LaneRouter
from llm_core.domain.errors import ChatTimeoutError
from llm_core.testing import Breaks, FakeProvider, Recorder, Replies
from llm_core.testing.clauses.modes import STREAMS, Mode, call_in_mode
from llm_core.testing.dialects.openai_chat import OpenAIChat
from llm_core.transport.attempt import Attempt
from llm_core.transport.deadline import Deadline
from llm_core.transport.transports import Transports

# LiteLLM keeps a client for each event loop and timeout until the process ends; each test runs a loop of its own.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

KEY = "sk-planted-0123456789abcdef"
Lane: TypeAlias = Literal["direct", "call"]
ASK = ChatRequest(messages=[UserMessage("hi")])
IMPATIENT = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(timeout=0.3))


class SearchesOnAndOn(OpenAIChat):
    """Instead of a keep-alive comes a piece of a call that the provider carries out itself: no event for us."""

    _call = '{"index": 0, "id": "srvtoolu_1", "function": {"name": "search", "arguments": "?"}}'
    keep_alive = f'data: {{"id": "a", "choices": [{{"index": 0, "delta": {{"tool_calls": [{_call}]}}}}]}}\n\n'.encode()


class Rung:
    """A step of the ladder from LiteLLM's stream down to the connection."""

    def __init__(self, freed: list[str], name: str, **below: object) -> None:
        self._freed = freed
        self._name = name
        vars(self).update(below)

    def close(self) -> None:
        self._freed.append(self._name)


class AsyncRung(Rung):
    async def aclose(self) -> None:
        self._freed.append(f"{self._name}, awaited")


class StubbornRouter:
    """Call LiteLLM itself, for streams that complain when they are closed."""

    def completion(self, **keywords: object) -> object:
        stream = litellm().completion(**keywords)
        vars(stream)["close"] = _complain
        return stream

    async def acompletion(self, **keywords: object) -> object:
        stream = await litellm().acompletion(**keywords)
        vars(stream)["aclose"] = _complain
        return stream

    def get_model_list(self, model_name: str | None = None) -> None:
        """Know of none."""


def _complain() -> None:
    raise OSError("closed already")


@pytest.fixture(scope="module", autouse=True)
def _let_go_of_the_clients() -> Iterator[None]:
    yield
    import litellm  # not before the adapter has: it knows how to import it quietly

    litellm.in_memory_llm_clients_cache.flush_cache()
    for _ in range(5):  # what hangs on what was collected goes a round later
        gc.collect()


@pytest.fixture(params=["direct", "call"])
def lane(request: pytest.FixtureRequest) -> Lane:
    """Return the lane that a test about the adapter takes: it is about both."""
    return cast(Lane, request.param)


@pytest.fixture
def _warm(lane: Lane) -> None:
    """Let the first call be over, which takes LiteLLM longer than an impatient caller waits."""
    with FakeProvider(Replies(), OpenAIChat(), Recorder()) as fake_provider:
        call_in_mode(LiteLLMChat("openai/x", api_key=KEY, api_base=f"{fake_provider.url}/v1", lane=lane), ASK, "stream")


@pytest.mark.usefixtures("_warm")
@pytest.mark.parametrize("mode", STREAMS)
def test_chunks_that_bring_no_event_cannot_hold_a_caller(mode: Mode, lane: Lane) -> None:
    dripping = Breaks(how="drip", after=3)

    with FakeProvider(dripping, SearchesOnAndOn(), Recorder()) as fake_provider, pytest.raises(ChatTimeoutError):
        call_in_mode(
            LiteLLMChat("openai/x", api_key=KEY, api_base=f"{fake_provider.url}/v1", lane=lane), IMPATIENT, mode
        )


def test_the_events_end_by_themselves_where_nobody_closes_them(lane: Lane) -> None:
    async def asynchronous(attempt: CompletionCall | Attempt) -> list[StreamEvent]:
        return [event async for event in attempt.aevents()]

    with FakeProvider(Replies(text="Hi."), OpenAIChat(), Recorder()) as fake_provider:
        options = AdapterConfig(model="openai/x", api_key=KEY, api_base=f"{fake_provider.url}/v1", lane=lane)
        lanes = LaneRouter(options, Transports())
        seen = list(lanes.attempt(ASK).events()), asyncio.run(asynchronous(lanes.attempt(ASK)))
        lanes.transports.close()

    assert ([TextDelta, StreamEnd], [TextDelta, StreamEnd]) == tuple(
        [type(event) for event in events] for events in seen
    )


def test_every_rung_of_the_ladder_is_closed_from_the_top() -> None:
    freed: list[str] = []
    connection = Rung(freed, "streaming_response")
    stream = Rung(freed, "wrapper", completion_stream=Rung(freed, "completion_stream", streaming_response=connection))

    for close in close_callbacks(stream, "close"):
        close()

    assert ["wrapper", "completion_stream", "streaming_response"] == freed


def test_what_is_closed_without_waiting_is_closed_in_the_async_colour_too() -> None:
    freed: list[str] = []
    stream = AsyncRung(freed, "wrapper", response=Rung(freed, "response"))

    async def close() -> None:
        async with _aclosing(stream, Deadline(1)):
            pass

    asyncio.run(close())

    assert ["wrapper, awaited", "response"] == freed


@pytest.mark.parametrize("mode", STREAMS)
def test_what_complains_when_it_is_closed_spoils_no_answer(mode: Mode) -> None:
    with FakeProvider(Replies(text="Hi."), OpenAIChat(), Recorder()) as fake_provider:
        chat = LiteLLMChat("openai/x", api_key=KEY, api_base=f"{fake_provider.url}/v1", router=StubbornRouter())
        seen = call_in_mode(chat, ASK, mode)

    assert "Hi." == seen.text


@pytest.mark.parametrize("stream", [None, SimpleNamespace(), SimpleNamespace(close="no method", response=None)])
def test_what_cannot_be_closed_is_left_alone(stream: object) -> None:
    seen = close_callbacks(stream, "aclose", "close")

    assert [] == seen
