"""The example agent, on the fake: every way that a question can go."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from weather_agent import CITIES, SYSTEM, Outcome, Skill, WeatherAgent

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
    Tool,
    ToolCall,
    ToolMessage,
    Usage,
    UserMessage,
)
from llm_core.adapters.memory import Cut, InMemoryChat
from llm_core.domain.events import TextDelta

QUESTION = "What is the weather in Paris?"
PARIS, _ = CITIES["Paris"]
SCRIPT = Path(__file__).parents[2] / "examples" / "weather_agent.py"


def calling(name: str, **arguments: str) -> AssistantMessage:
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


def test_a_tool_is_carried_out_and_its_result_goes_back_to_the_model() -> None:
    call = calling("get_weather", city="Paris")
    with InMemoryChat([call, "It is sunny."]) as chat:
        answer = WeatherAgent(chat).answer(QUESTION)

    result = ToolMessage(PARIS, tool_call_id="call-1")
    assert "It is sunny." == answer.text
    assert (SystemMessage(SYSTEM), UserMessage(QUESTION), call, result) == chat.requests[-1].messages
    assert (*chat.requests[-1].messages, AssistantMessage("It is sunny.")) == answer.messages


def test_the_time_in_a_city_reads_like_a_clock() -> None:
    with InMemoryChat([calling("get_time", city="Oslo"), "Noon."]) as chat:
        WeatherAgent(chat).answer("What time is it in Oslo?")

    (result,) = results(chat.requests[-1])
    assert not result.is_error
    assert re.fullmatch(r"[0-2]\d:[0-5]\d", str(result.content))


def test_several_calls_at_once_are_all_answered_in_their_order() -> None:
    calls = [ToolCall(id=city, name="get_weather", arguments={"city": city}) for city in ("Oslo", "Cairo")]
    with InMemoryChat([AssistantMessage(tool_calls=calls), "Cold and warm."]) as chat:
        WeatherAgent(chat).answer(QUESTION)

    assert ["Oslo", "Cairo"] == [result.tool_call_id for result in results(chat.requests[-1])]


def test_an_invalid_call_is_answered_with_its_problem() -> None:
    broken = InvalidToolCall(id="call-1", name="get_weather", arguments_text="Paris", problem="")
    with InMemoryChat([AssistantMessage(invalid_tool_calls=[broken]), "Sorry."]) as chat:
        answer = WeatherAgent(chat).answer(QUESTION)

    (problem,) = [call.problem for call in invalid_calls(chat.requests[-1])]
    told = ToolMessage(f"get_weather: {problem}", tool_call_id="call-1", is_error=True)
    assert [told] == results(chat.requests[-1])
    assert Outcome.ANSWERED == answer.outcome


def test_an_unknown_tool_is_answered_with_those_that_there_are() -> None:
    with InMemoryChat([calling("get_rain", city="Paris"), "Sorry."]) as chat:
        WeatherAgent(chat).answer(QUESTION)

    told = "get_rain: no such tool, only get_weather, get_time"
    assert [ToolMessage(told, tool_call_id="call-1", is_error=True)] == results(chat.requests[-1])


@pytest.mark.parametrize("arguments", [{}, {"city": "Atlantis"}])
def test_arguments_that_the_tool_cannot_use_are_answered_with_what_it_takes(arguments: dict[str, str]) -> None:
    with InMemoryChat([calling("get_weather", **arguments), "Sorry."]) as chat:
        WeatherAgent(chat).answer(QUESTION)

    told = f"get_weather: city must be one of Cairo, Oslo, Paris, got {arguments.get('city')!r}"
    assert [ToolMessage(told, tool_call_id="call-1", is_error=True)] == results(chat.requests[-1])


@pytest.mark.parametrize(
    ("error", "told"),
    [(OSError("no network\nTraceback ..."), "read: no network"), (TimeoutError(), "read: TimeoutError")],
)
def test_a_tool_that_fails_is_answered_in_one_line(error: Exception, told: str) -> None:
    def fail(_: object) -> str:
        raise error

    skill = Skill(Tool(name="read", description="Read.", parameters={"type": "object"}), fail)
    with InMemoryChat([calling("read"), "Sorry."]) as chat:
        WeatherAgent(chat, skills=[skill]).answer(QUESTION)

    assert [ToolMessage(told, tool_call_id="call-1", is_error=True)] == results(chat.requests[-1])


def test_a_model_that_never_answers_runs_out_of_rounds() -> None:
    with InMemoryChat([calling("get_weather", city="Paris")] * 3) as chat:
        answer = WeatherAgent(chat, max_rounds=3).answer(QUESTION)

    assert (Outcome.OUT_OF_ROUNDS, "") == (answer.outcome, answer.text)
    assert ToolMessage(PARIS, tool_call_id="call-1") == answer.messages[-1]


@pytest.mark.parametrize("reason", [FinishReason.LENGTH, FinishReason.CONTENT_FILTER])
def test_an_answer_that_stopped_early_says_so(reason: FinishReason) -> None:
    with InMemoryChat([ChatResponse(message=AssistantMessage("It is"), finish_reason=reason)]) as chat:
        answer = WeatherAgent(chat).answer(QUESTION)

    assert (Outcome.CUT_OFF, "It is") == (answer.outcome, answer.text)


def test_the_words_are_shown_as_they_come() -> None:
    shown: list[str] = []
    with InMemoryChat(["It is sunny."], chunk_size=5) as chat:
        WeatherAgent(chat, show=shown.append).answer(QUESTION)

    assert ["It is", " sunn", "y."] == shown


def test_the_usage_of_all_rounds_is_added_up() -> None:
    first = ChatResponse(message=calling("get_weather", city="Paris"), usage=Usage(input_tokens=7, output_tokens=5))
    second = ChatResponse(message=AssistantMessage("Sunny."), usage=Usage(input_tokens=20, output_tokens=2))
    with InMemoryChat([first, second]) as chat:
        answer = WeatherAgent(chat).answer(QUESTION)

    assert Usage(input_tokens=27, output_tokens=7) == answer.usage


def test_the_first_round_may_demand_a_call_and_the_settings_hold_for_every_round() -> None:
    settings = ChatSettings(temperature=0, seed=1, max_tokens=64)
    with InMemoryChat([calling("get_weather", city="Paris"), "Sunny."]) as chat:
        WeatherAgent(chat, settings=settings, first_choice="required").answer(QUESTION)

    assert ["required", "auto"] == [request.tool_choice for request in chat.requests]
    assert [settings, settings] == [request.settings for request in chat.requests]


@pytest.mark.parametrize("item", [ServerError(), Cut([TextDelta("It is")])])
def test_a_call_to_the_model_that_fails_is_the_callers_to_handle(item: ChatError | Cut) -> None:
    with InMemoryChat([item]) as chat, pytest.raises(ChatError):
        WeatherAgent(chat).answer(QUESTION)


def test_the_file_runs_on_the_model_that_the_environment_names() -> None:
    command = [sys.executable, str(SCRIPT), "Is", "it", "warm?"]

    told = subprocess.run(command, env={**os.environ, "DEFAULT_LLM": "memory"}, capture_output=True, check=True)

    assert ["Is it warm?", "[answered; tokens: None in, None out]"] == told.stdout.decode().splitlines()
