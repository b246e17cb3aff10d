"""The research agent on the fake: tools at once, a failing one, an image, a report, Ctrl-C and the next run."""

import asyncio
import json
import signal
import struct
import sys
from decimal import Decimal
from pathlib import Path

import pytest
import research_agent
from research_agent import LIBRARY, SYSTEM, TOOLS, URL, WRITE, Library, Report, ResearchAgent, draw_chart

from llm_core import (
    AssistantMessage,
    BudgetExceededError,
    ChatRequest,
    ChatResponse,
    ImagePart,
    ToolCall,
    ToolMessage,
    Usage,
    UserMessage,
)
from llm_core.adapters.memory import InMemoryChat
from llm_core.serialization import messages_from_json
from llm_core.typed import Toolbox

QUESTION = "How did the price of wheat move?"
REPORT = Report(summary="It rose from 250 to 400 dollars.", sources=[f"{URL}1", f"{URL}2"], confidence="high")
REPORT_JSON = json.dumps(vars(REPORT))
QUICK = Toolbox(TOOLS, context=Library(LIBRARY.pages, delay=0.001))


def _call(id: str, name: str, **arguments: object) -> ToolCall:
    return ToolCall(id=id, name=name, arguments=arguments)


SEARCH = AssistantMessage(tool_calls=[_call("s", "search", words="Wheat corn", period={"first": 2021, "last": 2022})])
READ = AssistantMessage(
    "I read both.",
    tool_calls=[
        _call("1", "read_page", url=f"{URL}1"),
        _call("2", "read_page", url=f"{URL}2"),
        _call("3", "read_archive", url=f"{URL}2"),
        _call("4", "draw_chart", prices=[250, 400]),
    ],
)


def _research(chat: InMemoryChat, path: Path, question: str = QUESTION) -> tuple[Report, str]:
    shown: list[str] = []
    report = asyncio.run(ResearchAgent(chat, path, shown.append, QUICK).research(question))
    return report, "".join(shown)


def _results(request: ChatRequest) -> list[ToolMessage]:
    return [message for message in request.messages if isinstance(message, ToolMessage)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "wheat.json"


def test_the_report_comes_after_the_tools(path: Path) -> None:
    with InMemoryChat([SEARCH, READ, "It rose.", REPORT_JSON]) as chat:
        report, shown = _research(chat, path)

    found, first, second, archive, chart = _results(chat.requests[2])
    assert REPORT == report
    assert f'["{URL}1","{URL}2"]' == found.content
    assert ("Wheat cost 250 dollars a ton.", "Wheat cost 400 dollars.") == (first.content, second.content)
    assert (f"ConnectionError: the archive of {URL}2 is closed", True) == (archive.content, archive.is_error)
    assert ["2 bars"] == [part.text for part in chart.parts if not isinstance(part, ImagePart)]
    assert "✓ read_page Wheat cost 250" in shown
    assert "✗ read_archive ConnectionError" in shown
    assert shown.endswith("It rose.")


def test_the_chart_is_a_png_with_a_bar_for_each_price() -> None:
    _, image = draw_chart([1.0, 3.0, 2.0])

    assert isinstance(image, ImagePart)
    assert image.data is not None
    assert (b"\x89PNG", (24, 32)) == (image.data[:4], struct.unpack(">II", image.data[16:24]))


def test_the_rounds_are_limited(path: Path) -> None:
    with InMemoryChat([SEARCH] * 6 + [REPORT_JSON]) as chat:
        report, _ = _research(chat, path)

    assert REPORT == report
    assert WRITE in chat.requests[-1].messages


def test_an_invalid_report_is_repaired(path: Path) -> None:
    with InMemoryChat(["It rose.", '{"summary": "It rose."}', REPORT_JSON]) as chat:
        report, _ = _research(chat, path)

    assert REPORT == report


def test_ctrl_c_cancels_the_tools_and_the_next_run_goes_on(path: Path) -> None:
    hanging = Toolbox(TOOLS, context=Library(LIBRARY.pages, delay=30))
    agent = ResearchAgent(InMemoryChat([SEARCH, READ]), path, lambda _: None, hanging)

    def runs_tools() -> bool:
        return path.exists() and READ in messages_from_json(path.read_text())

    async def interrupted() -> None:
        running = asyncio.create_task(agent.research(QUESTION))
        while not runs_tools():  # noqa: ASYNC110 -- the saved conversation alone shows it
            await asyncio.sleep(0.001)
        signal.raise_signal(signal.SIGINT)
        await running

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(interrupted())
    with InMemoryChat(["I go on.", REPORT_JSON]) as chat:
        report, _ = _research(chat, path, question="")

    assert REPORT == report
    assert [UserMessage(QUESTION)] == [one for one in chat.requests[0].messages if isinstance(one, UserMessage)]
    stopped = [one.tool_call_id for one in _results(chat.requests[0]) if one.is_error]
    assert ["1", "2", "3", "4"] == stopped


def test_a_finished_conversation_goes_straight_to_the_report(path: Path) -> None:
    with InMemoryChat(["It rose.", REPORT_JSON, REPORT_JSON]) as chat:
        _research(chat, path)
        report, shown = _research(chat, path, question="")

    assert (REPORT, "") == (report, shown)


def test_the_script_prints_progress_and_the_report(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["research_agent.py", str(path), "How?"])
    monkeypatch.setattr(research_agent, "chat_from_env", lambda: InMemoryChat(["It rose.", REPORT_JSON]))

    asyncio.run(research_agent.main())

    report = f"It rose from 250 to 400 dollars.\n\nSources: {URL}1, {URL}2\nConfidence: high\n"
    assert f"It rose.\n{report}" == capsys.readouterr().out
    assert SYSTEM in path.read_text()


def test_the_script_stops_at_its_budget_and_the_conversation_is_saved(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dear = ChatResponse(message=SEARCH, usage=Usage(cost_usd=Decimal("0.6")))
    monkeypatch.setattr(sys, "argv", ["research_agent.py", str(path), QUESTION])
    monkeypatch.setattr(research_agent, "chat_from_env", lambda: InMemoryChat([dear]))

    with pytest.raises(BudgetExceededError):
        asyncio.run(research_agent.main())

    found = ToolMessage(f'["{URL}1","{URL}2"]', tool_call_id="s")
    assert [UserMessage(QUESTION), SEARCH, found] == messages_from_json(path.read_text())[1:]
