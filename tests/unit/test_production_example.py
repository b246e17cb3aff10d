"""The agents of the examples with the whole stack of wrappers, on the fake, while the models fail: sync and async."""

import asyncio
import json
import logging
from pathlib import Path

import pytest
from production import for_production
from research_agent import LIBRARY, TOOLS, URL, Library, Report, ResearchAgent
from weather_agent import CITIES, WeatherAgent

from llm_core import (
    AssistantMessage,
    ConnectionFailedError,
    RateLimitError,
    StreamInterruptedError,
    TextDelta,
    ToolCall,
)
from llm_core.adapters.memory import BrokenStream, InMemoryChat
from llm_core.typed import Toolbox

from .fake_clock import FakeClock

REPORT = Report(summary="It rose.", sources=[f"{URL}1"], confidence="high")
REPORT_JSON = json.dumps(vars(REPORT))
READ = AssistantMessage(tool_calls=[ToolCall(id="1", name="read_page", arguments={"url": f"{URL}1"})])
TOWN = AssistantMessage(tool_calls=[ToolCall(id="1", name="get_weather", arguments={"city": "Oslo"})])
LIMITED, DOWN = RateLimitError(retry_after=7), ConnectionFailedError()
CUT = BrokenStream([TextDelta("It r")])


def _research(first: InMemoryChat, second: InMemoryChat, folder: Path, clock: FakeClock) -> Report:
    async def research() -> Report:
        toolbox = Toolbox(TOOLS, context=Library(LIBRARY.pages, delay=0.001))
        async with for_production([first, second], folder / "answers.db", clock) as chat:
            return await ResearchAgent(chat, folder / "wheat.json", lambda _: None, toolbox).research("Wheat?")

    return asyncio.run(research())


def _weather(first: InMemoryChat, second: InMemoryChat, folder: Path, clock: FakeClock) -> str:
    with for_production([first, second], folder / "answers.db", clock) as chat:
        return WeatherAgent(chat).answer("How is Oslo?").text


def test_an_async_agent_waits_for_a_rate_limit(tmp_path: Path) -> None:
    clock, second = FakeClock(), InMemoryChat([])

    report = _research(
        InMemoryChat([LIMITED, READ, LIMITED, "It rose.", LIMITED, REPORT_JSON]), second, tmp_path, clock
    )

    assert REPORT == report
    assert [7, 7, 7] == clock.waits
    assert () == second.requests


def test_an_async_agent_goes_on_with_the_other_model_where_one_is_down(tmp_path: Path) -> None:
    first, second = InMemoryChat([DOWN] * 3), InMemoryChat([READ, "It rose.", REPORT_JSON])

    assert REPORT == _research(first, second, tmp_path, FakeClock())
    assert (3, 3) == (len(first.requests), len(second.requests))


def test_an_async_agent_gets_the_error_of_a_cut_stream_and_the_next_run_goes_on(tmp_path: Path) -> None:
    chats = InMemoryChat([READ, CUT, "It rose.", REPORT_JSON]), InMemoryChat([])

    with pytest.raises(StreamInterruptedError) as caught:
        _research(*chats, tmp_path, FakeClock())

    assert AssistantMessage("It r") == caught.value.partial
    assert REPORT == _research(*chats, tmp_path, FakeClock())


def test_a_sync_agent_waits_falls_back_and_logs_each_call(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    first, second = InMemoryChat([LIMITED, TOWN, DOWN, DOWN, DOWN]), InMemoryChat([CITIES["Oslo"][0]])
    caplog.set_level(logging.INFO, "llm_core.wrappers.logged")

    assert CITIES["Oslo"][0] == _weather(first, second, tmp_path, clock)

    records = [record.message for record in caplog.records if record.name.endswith("logged")]
    assert ["attempts 2", "attempts 4"] == [message.rsplit(", ", 1)[1] for message in records]
    assert 7 == clock.waits[0]


def test_a_sync_agent_gets_the_error_of_a_cut_stream_and_an_answer_from_the_cache(tmp_path: Path) -> None:
    first, second = InMemoryChat([TOWN, CUT, "Snow."]), InMemoryChat([])

    with pytest.raises(StreamInterruptedError):
        _weather(first, second, tmp_path, FakeClock())

    assert "Snow." == _weather(first, second, tmp_path, FakeClock())
    assert 3 == len(first.requests), "the first round of the second run is answered by the cache"
