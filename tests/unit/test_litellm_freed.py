import asyncio
from types import SimpleNamespace
from typing import Literal, TypeAlias, cast

import pytest

from llm_core import ChatRequest, ChatSettings, StreamEnd, StreamEvent, TextDelta, UserMessage
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.adapters.litellm.call import closers
from llm_core.adapters.litellm.call_attempt import CallAttempt, _free
from llm_core.adapters.litellm.direct import DirectAttempt
from llm_core.adapters.litellm.lanes import Lanes
from llm_core.adapters.litellm.options import Options
from llm_core.adapters.litellm.patience import Patience
from llm_core.adapters.litellm.transport.connections import Connections
from llm_core.adapters.litellm.vendor import litellm
from llm_core.domain.errors import ChatTimeoutError
from llm_core.testing import Breaks, FarSide, Recorder, Replies
from llm_core.testing.clauses.modes import STREAMS, Mode, ask
from llm_core.testing.dialects.openai_chat import OpenAIChat

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
    """Asks LiteLLM itself, for streams that complain when they are closed."""

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


@pytest.fixture(params=["direct", "call"])
def lane(request: pytest.FixtureRequest) -> Lane:
    """Return the lane that a test about the adapter takes: it is about both."""
    return cast(Lane, request.param)


@pytest.fixture
def _warm(lane: Lane) -> None:
    """Let the first call be over, which takes LiteLLM longer than an impatient caller waits."""
    with FarSide(Replies(), OpenAIChat(), Recorder()) as far_side:
        ask(LiteLLMChat("openai/x", api_key=KEY, api_base=f"{far_side.url}/v1", lane=lane), ASK, "stream")


@pytest.mark.usefixtures("_warm")
@pytest.mark.parametrize("mode", STREAMS)
def test_chunks_that_bring_no_event_cannot_hold_a_caller(mode: Mode, lane: Lane) -> None:
    dripping = Breaks(how="drip", after=3)

    with FarSide(dripping, SearchesOnAndOn(), Recorder()) as far_side, pytest.raises(ChatTimeoutError):
        ask(LiteLLMChat("openai/x", api_key=KEY, api_base=f"{far_side.url}/v1", lane=lane), IMPATIENT, mode)


def test_the_events_end_by_themselves_where_nobody_closes_them(lane: Lane) -> None:
    async def asynchronous(attempt: CallAttempt | DirectAttempt) -> list[StreamEvent]:
        return [event async for event in attempt.aevents()]

    with FarSide(Replies(text="Hi."), OpenAIChat(), Recorder()) as far_side:
        options = Options(model="openai/x", api_key=KEY, api_base=f"{far_side.url}/v1", lane=lane)
        lanes = Lanes(options, Connections())
        seen = list(lanes.attempt(ASK).events()), asyncio.run(asynchronous(lanes.attempt(ASK)))
        lanes.connections.close()

    assert ([TextDelta, StreamEnd], [TextDelta, StreamEnd]) == tuple(
        [type(event) for event in events] for events in seen
    )


def test_every_rung_of_the_ladder_is_closed_from_the_top() -> None:
    freed: list[str] = []
    connection = Rung(freed, "streaming_response")
    stream = Rung(freed, "wrapper", completion_stream=Rung(freed, "completion_stream", streaming_response=connection))

    for close in closers(stream, "close"):
        close()

    assert ["wrapper", "completion_stream", "streaming_response"] == freed


def test_what_is_closed_without_waiting_is_closed_in_the_async_colour_too() -> None:
    freed: list[str] = []
    stream = AsyncRung(freed, "wrapper", response=Rung(freed, "response"))

    asyncio.run(_free(stream, Patience(1)))

    assert ["wrapper, awaited", "response"] == freed


@pytest.mark.parametrize("mode", STREAMS)
@pytest.mark.call_lane
def test_what_complains_when_it_is_closed_spoils_no_answer(mode: Mode) -> None:
    with FarSide(Replies(text="Hi."), OpenAIChat(), Recorder()) as far_side:
        chat = LiteLLMChat("openai/x", api_key=KEY, api_base=f"{far_side.url}/v1", router=StubbornRouter())
        seen = ask(chat, ASK, mode)

    assert "Hi." == seen.text


@pytest.mark.parametrize("stream", [None, SimpleNamespace(), SimpleNamespace(close="no method", response=None)])
def test_what_cannot_be_closed_is_left_alone(stream: object) -> None:
    seen = closers(stream, "aclose", "close")

    assert [] == seen
