"""The code of docs/tools.md runs: the agent, and the recipe for an MCP server, over a stub of its session."""

import asyncio
import re
import sys
from base64 import b64encode
from collections.abc import Coroutine
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import pytest

from llm_core import AssistantMessage, ImagePart, InvalidToolCall, TextPart, ToolCall, ToolMessage
from llm_core.adapters.memory import InMemoryChat

PAGE = Path(__file__).parents[2] / "docs" / "tools.md"
PROGRAM = "\n".join(re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE))


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    stub, page = ModuleType("mcp"), ModuleType("tools_page")
    stub.ClientSession = object  # type: ignore[attr-defined]  # the package is not installed
    monkeypatch.setitem(sys.modules, "mcp", stub)
    monkeypatch.setitem(sys.modules, "tools_page", page)  # dataclasses look their module up
    exec(compile(PROGRAM, PAGE, "exec"), vars(page))  # noqa: S102 -- the page is part of this project
    return vars(page)


class Session:
    """Answers as `mcp.ClientSession` does."""

    async def list_tools(self) -> object:
        schema = {"type": "object", "properties": {"at": {"type": "string"}}}
        return SimpleNamespace(tools=[SimpleNamespace(name="look", description=None, inputSchema=schema)])

    async def call_tool(self, name: str, arguments: dict[str, object]) -> object:
        if not arguments:
            raise ConnectionError("gone")
        content = [
            SimpleNamespace(type="text", text=f"{name} {arguments['at']}"),
            SimpleNamespace(type="image", data=b64encode(b"123").decode(), mimeType="image/png"),
            SimpleNamespace(type="resource_link", uri="file:///a"),
        ]
        return SimpleNamespace(content=content, isError=arguments["at"] == "nowhere")


def test_the_agent_of_the_page_calls_its_tools(names: dict[str, Any]) -> None:
    arguments = {"of": "wheat", "period": {"first": 2021, "last": 2022}}
    calls = [
        ToolCall(id="1", name="prices", arguments=arguments),
        ToolCall(id="2", name="draw", arguments={"values": [1]}),
    ]
    with InMemoryChat([AssistantMessage(tool_calls=calls), "250 dollars."]) as chat:
        answer = asyncio.run(cast("Coroutine[Any, Any, str]", names["answer"](chat, "What does wheat cost?")))

    prices, drawing = chat.requests[1].messages[-2:]
    assert "250 dollars." == answer
    assert ToolMessage('{"wheat":[250.0,250.0]}', tool_call_id="1") == prices
    assert isinstance(drawing, ToolMessage)
    assert not drawing.is_error


def test_an_mcp_server_answers_the_calls_of_its_tools_and_the_toolbox_the_others(names: dict[str, Any]) -> None:
    image = ImagePart(data=b"123", media_type="image/png")
    message = AssistantMessage(
        tool_calls=[
            ToolCall(id="1", name="look", arguments={"at": "it"}),
            ToolCall(id="2", name="find", arguments={}),
            ToolCall(id="3", name="look", arguments={"at": "nowhere"}),
            ToolCall(id="4", name="look", arguments={}),
        ],
        invalid_tool_calls=[InvalidToolCall(id="5", name="look", arguments_text="[", problem="cut off")],
    )

    async def act() -> list[ToolMessage]:
        session = Session()
        remote = await names["tools_of"](session)
        return cast("list[ToolMessage]", await names["results_of"](session, remote, message))

    assert {
        "1": ToolMessage([TextPart("look it"), image], tool_call_id="1"),
        "2": ToolMessage("there is no tool 'find', only: prices, draw", tool_call_id="2", is_error=True),
        "3": ToolMessage([TextPart("look nowhere"), image], tool_call_id="3", is_error=True),
        "4": ToolMessage("ConnectionError: gone", tool_call_id="4", is_error=True),
        "5": ToolMessage("cut off", tool_call_id="5", is_error=True),
    } == {result.tool_call_id: result for result in asyncio.run(act())}
