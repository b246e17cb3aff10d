"""Tests of the example agent on `InMemoryChat`: every outcome of a question."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from weather_agent import CITIES, SYSTEM, Outcome, WeatherAgent

from llm_core import (
    AssistantMessage,
    ChatError,
    ChatRequest,
    ChatResponse,
    ChatSettings,
    FinishReason,
    InvalidToolCall,
    ServerError,
    SystemMessage,
    ToolCall,
    ToolMessage,
    Usage,
    UserMessage,
)
from llm_core.adapters.memory import BrokenStream, InMemoryChat
from llm_core.domain.events import TextDelta
from llm_core.typed import Toolbox

QUESTION = "What is the weather in Paris?"
PARIS, _ = CITIES["Paris"]
SCRIPT = Path(__file__).parents[2] / "examples" / "weather_agent.py"


def tool_call_message(name: str, **arguments: str) -> AssistantMessage:
    return AssistantMessage(tool_calls=[ToolCall(id="call-1", name=name, arguments=arguments)])


def results(request: ChatRequest) -> list[ToolMessage]:
    return [message for message in request.messages if isinstance(message, ToolMessage)]


def invalid_calls(request: ChatRequest) -> list[InvalidToolCall]:
    answers = [message for message in request.messages if isinstance(message, AssistantMessage)]
    return [call for answer in answers for call in answer.invalid_tool_calls]


def test_a_question_that_needs_no_tool_is_answered_in_one_round() -> None:
    with InMemoryChat(["I do not know."]) as chat:
        answer = WeatherAgent(chat).answer(QUESTION)

    assert (Outcome.ANSWERED, "I do not know.") == (answer.outcome, answer.text)
    assert (SystemMessage(SYSTEM), UserMessage(QUESTION), AssistantMessage("I do not know.")) == answer.messages


def test_a_tool_is_run_and_its_result_is_sent_to_the_model() -> None:
    call = tool_call_message("get_weather", city="Paris")
    with InMemoryChat([call, "It is sunny."]) as chat:
        answer = WeatherAgent(chat).answer(QUESTION)

    result = ToolMessage(PARIS, tool_call_id="call-1")
    assert "It is sunny." == answer.text
    assert (SystemMessage(SYSTEM), UserMessage(QUESTION), call, result) == chat.requests[-1].messages
    assert (*chat.requests[-1].messages, AssistantMessage("It is sunny.")) == answer.messages


def test_the_time_in_a_city_is_hours_and_minutes() -> None:
    with InMemoryChat([tool_call_message("get_time", city="Oslo"), "Noon."]) as chat:
        WeatherAgent(chat).answer("What time is it in Oslo?")

    (result,) = results(chat.requests[-1])
    assert not result.is_error
    assert re.fullmatch(r"[0-2]\d:[0-5]\d", str(result.content))


def test_parallel_calls_are_answered_in_order() -> None:
    calls = [ToolCall(id=city, name="get_weather", arguments={"city": city}) for city in ("Oslo", "Cairo")]
    with InMemoryChat([AssistantMessage(tool_calls=calls), "Cold and warm."]) as chat:
        WeatherAgent(chat).answer(QUESTION)

    assert ["Oslo", "Cairo"] == [result.tool_call_id for result in results(chat.requests[-1])]


def test_an_invalid_call_is_answered_with_its_problem() -> None:
    broken = InvalidToolCall(id="call-1", name="get_weather", arguments_text="Paris", problem="not JSON")
    with InMemoryChat([AssistantMessage(invalid_tool_calls=[broken]), "Sorry."]) as chat:
        answer = WeatherAgent(chat).answer(QUESTION)

    (problem,) = [call.problem for call in invalid_calls(chat.requests[-1])]
    assert [ToolMessage(problem, tool_call_id="call-1", is_error=True)] == results(chat.requests[-1])
    assert Outcome.ANSWERED == answer.outcome


def test_an_unknown_tool_is_answered_with_the_names_of_the_available_tools() -> None:
    with InMemoryChat([tool_call_message("get_rain", city="Paris"), "Sorry."]) as chat:
        WeatherAgent(chat).answer(QUESTION)

    content = "there is no tool 'get_rain', only: get_weather, get_time"
    assert [ToolMessage(content, tool_call_id="call-1", is_error=True)] == results(chat.requests[-1])


@pytest.mark.parametrize(
    ("arguments", "content"),
    [({}, "city: Field required"), ({"city": "Atlantis"}, "city: Input should be 'Cairo', 'Oslo' or 'Paris'")],
)
def test_invalid_arguments_are_answered_with_the_accepted_values(arguments: dict[str, str], content: str) -> None:
    with InMemoryChat([tool_call_message("get_weather", **arguments), "Sorry."]) as chat:
        WeatherAgent(chat).answer(QUESTION)

    assert [ToolMessage(content, tool_call_id="call-1", is_error=True)] == results(chat.requests[-1])


def test_a_failed_tool_is_answered_with_its_error() -> None:
    def read() -> str:
        raise OSError("no network")

    with InMemoryChat([tool_call_message("read"), "Sorry."]) as chat:
        WeatherAgent(chat, toolbox=Toolbox([read])).answer(QUESTION)

    assert [ToolMessage("OSError: no network", tool_call_id="call-1", is_error=True)] == results(chat.requests[-1])


def test_a_model_that_only_calls_tools_runs_out_of_rounds() -> None:
    with InMemoryChat([tool_call_message("get_weather", city="Paris")] * 3) as chat:
        answer = WeatherAgent(chat, max_rounds=3).answer(QUESTION)

    assert (Outcome.OUT_OF_ROUNDS, "") == (answer.outcome, answer.text)
    assert ToolMessage(PARIS, tool_call_id="call-1") == answer.messages[-1]


@pytest.mark.parametrize("reason", [FinishReason.LENGTH, FinishReason.CONTENT_FILTER])
def test_a_truncated_answer_has_the_outcome_cut_off(reason: FinishReason) -> None:
    with InMemoryChat([ChatResponse(message=AssistantMessage("It is"), finish_reason=reason)]) as chat:
        answer = WeatherAgent(chat).answer(QUESTION)

    assert (Outcome.CUT_OFF, "It is") == (answer.outcome, answer.text)


def test_the_text_is_shown_while_it_streams() -> None:
    shown: list[str] = []
    with InMemoryChat(["It is sunny."], chunk_size=5) as chat:
        WeatherAgent(chat, show=shown.append).answer(QUESTION)

    assert ["It is", " sunn", "y."] == shown


def test_the_usage_of_all_rounds_is_summed() -> None:
    first = ChatResponse(
        message=tool_call_message("get_weather", city="Paris"), usage=Usage(input_tokens=7, output_tokens=5)
    )
    second = ChatResponse(message=AssistantMessage("Sunny."), usage=Usage(input_tokens=20, output_tokens=2))
    with InMemoryChat([first, second]) as chat:
        answer = WeatherAgent(chat).answer(QUESTION)

    assert Usage(input_tokens=27, output_tokens=7) == answer.usage


def test_the_first_round_can_require_a_call_and_every_round_uses_the_settings() -> None:
    settings = ChatSettings(temperature=0, seed=1, max_tokens=64)
    with InMemoryChat([tool_call_message("get_weather", city="Paris"), "Sunny."]) as chat:
        WeatherAgent(chat, settings=settings, first_choice="required").answer(QUESTION)

    assert ["required", "auto"] == [request.tool_choice for request in chat.requests]
    assert [settings, settings] == [request.settings for request in chat.requests]


@pytest.mark.parametrize("item", [ServerError(), BrokenStream([TextDelta("It is")])])
def test_an_error_of_the_model_call_reaches_the_caller(item: ChatError | BrokenStream) -> None:
    with InMemoryChat([item]) as chat, pytest.raises(ChatError):
        WeatherAgent(chat).answer(QUESTION)


def test_the_script_uses_the_model_that_the_environment_names() -> None:
    command = [sys.executable, str(SCRIPT), "Is", "it", "warm?"]

    finished = subprocess.run(command, env={**os.environ, "DEFAULT_LLM": "memory"}, capture_output=True, check=True)

    assert ["Is it warm?", "[answered; tokens: None in, None out]"] == finished.stdout.decode().splitlines()
