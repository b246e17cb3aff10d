"""A real language model through `LiteLLMChat`. Its text changes from run to run, so only its shape is asserted."""

import asyncio
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from local_model.server import ALIAS, local_model
from weather_agent import TOOLBOX, Outcome, WeatherAgent

from llm_core import (
    AssistantMessage,
    ChatRequest,
    ChatSettings,
    FinishReason,
    Message,
    StreamEnd,
    TextDelta,
    ToolCallStart,
    ToolMessage,
    UserMessage,
)
from llm_core.adapters.litellm import LiteLLMChat

pytestmark = [
    pytest.mark.realmodel,
    pytest.mark.skipif(os.environ.get("LLM_CORE_SKIP_REALMODEL") == "1", reason="LLM_CORE_SKIP_REALMODEL=1"),
]

STEADY = ChatSettings(temperature=0, seed=1, max_tokens=96)
TOOLS = TOOLBOX.tools
CITIES = ("Paris", "Oslo", "Cairo")
SERVER = Path(__file__).parents[2] / "examples" / "local_model" / "server.py"


@pytest.fixture(scope="module")
def chat() -> Iterator[LiteLLMChat]:
    with (
        local_model() as address,
        LiteLLMChat(f"openai/{ALIAS}", api_base=f"{address}/v1", api_key="none", settings=STEADY) as chat,
    ):
        yield chat


def text_request(text: str) -> ChatRequest:
    return ChatRequest(messages=[UserMessage(text)])


def tool_request(text: str) -> ChatRequest:
    return ChatRequest(messages=[UserMessage(text)], tools=TOOLS, tool_choice="required")


def test_text_is_streamed_and_counted(chat: LiteLLMChat) -> None:
    with chat.stream(text_request("Say hello in five words.")) as stream:
        events = list(stream)

    texts = [event.text for event in events if isinstance(event, TextDelta)]
    assert len(texts) > 1
    assert "".join(texts) == stream.response.text
    assert isinstance(events[-1], StreamEnd)
    assert stream.response.usage is not None
    assert len(texts) <= (stream.response.usage.output_tokens or 0) <= 96
    assert stream.response.usage.input_tokens


def test_an_answer_that_reaches_its_token_limit_ends_with_length(chat: LiteLLMChat) -> None:
    request = ChatRequest(
        messages=[UserMessage("Tell a long story about the sea.")], settings=ChatSettings(max_tokens=8)
    )

    response = chat.complete(request)

    assert FinishReason.LENGTH == response.finish_reason
    assert response.text


def test_a_required_tool_call_has_its_arguments(chat: LiteLLMChat) -> None:
    responses = [chat.complete(tool_request(f"What is the weather in {city}?")) for city in CITIES]

    calls = [call for response in responses for call in response.tool_calls]
    assert calls  # not all: a model this small may also answer with text
    assert all(call.name in {tool.name for tool in TOOLS} for call in calls)
    assert all(isinstance(call.arguments.get("city"), str) for call in calls)
    assert all(FinishReason.TOOL_CALLS == response.finish_reason for response in responses if response.tool_calls)


def test_a_tool_call_is_streamed(chat: LiteLLMChat) -> None:
    streams = []
    for city in CITIES:
        with chat.stream(tool_request(f"What time is it in {city}?")) as stream:
            streams.append(list(stream))

    called = [events for events in streams if any(isinstance(event, ToolCallStart) for event in events)]
    assert called
    for events in called:
        assert isinstance(events[-1], StreamEnd)
        assert events[-1].response.message.all_tool_calls


def test_the_model_answers_with_text_once_it_has_the_tool_result(chat: LiteLLMChat) -> None:
    called = next(
        response.message
        for response in (chat.complete(tool_request(f"What is the weather in {city}?")) for city in CITIES)
        if response.tool_calls
    )
    results = [ToolMessage("18 degrees and sunny", tool_call_id=call.id) for call in called.tool_calls]
    history: list[Message] = [UserMessage("What is the weather in Paris?"), called, *results]

    response = chat.complete(ChatRequest(messages=history, tools=TOOLS))

    assert response.text or response.message.all_tool_calls
    assert response.usage is not None


def test_async_calls_reach_the_model(chat: LiteLLMChat) -> None:
    async def both() -> tuple[AssistantMessage, AssistantMessage]:
        async with chat.astream(text_request("Say hello.")) as stream:
            streamed = await stream.until_done()
        return streamed.message, (await chat.acomplete(text_request("Say hello."))).message

    messages = asyncio.run(both())

    assert all(message.content for message in messages)


def test_the_agent_calls_a_tool_and_ends_with_an_outcome(chat: LiteLLMChat) -> None:
    shown: list[str] = []
    agent = WeatherAgent(chat, first_choice="required", show=shown.append)

    answers = [agent.answer(f"What is the weather in {city}?") for city in CITIES]

    assert any(isinstance(message, ToolMessage) for answer in answers for message in answer.messages)
    assert all(answer.outcome in Outcome for answer in answers)
    assert all((answer.usage.output_tokens or 0) > 0 for answer in answers)
    assert any(answer.text and answer.text in "".join(shown) for answer in answers)


def test_the_server_stops_when_the_context_manager_exits() -> None:
    with local_model() as address:
        assert answers(address)

    assert not answers(address)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_server_ends_with_its_parent_process(ending: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, str(SERVER)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        address = parent.stdout.readline().decode().split("LITELLM_API_BASE=")[1].split("/v1")[0]
        assert answers(address)

        parent.send_signal(ending)
        try:
            parent.wait(timeout=30)
        finally:
            parent.kill()  # else a parent that does not end would block the test

    assert ended(address, within=30)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/health", timeout=5):  # noqa: S310 -- loopback
            return True
    except OSError:
        return False


def ended(address: str, *, within: float) -> bool:
    deadline = time.monotonic() + within
    while answers(address) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not answers(address)
