"""An agent that answers questions about cities, written against `ChatPort`: it runs on any model, and on a fake.

``python examples/weather_agent.py "Is it warm in Oslo?"`` calls the model that the environment configures.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import attrs

from llm_core import (
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatSettings,
    FinishReason,
    InvalidToolCall,
    JsonValue,
    Message,
    SystemMessage,
    TextDelta,
    Tool,
    ToolCall,
    ToolChoice,
    ToolMessage,
    Usage,
    UserMessage,
    chat_from_env,
)

SYSTEM = "You answer questions about the weather and the time in a city."
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
CITIES = {"Cairo": ("32 degrees and clear", 2), "Oslo": ("4 degrees and snow", 1), "Paris": ("18 degrees and sunny", 1)}


class Outcome(StrEnum):
    """How the work on a question ended."""

    ANSWERED = "answered"
    CUT_OFF = "cut off"  # by the token limit or a filter; the text is what arrived before
    OUT_OF_ROUNDS = "out of rounds"  # the model only called tools; without text


@attrs.frozen(kw_only=True)
class Answer:
    """The answer to a question: its text, the whole conversation, and the usage of all calls together."""

    outcome: Outcome
    text: str
    messages: tuple[Message, ...]
    usage: Usage


@attrs.frozen
class Skill:
    """A tool and the function behind it; what the function raises is sent to the model as an error result."""

    tool: Tool
    run: Callable[[Mapping[str, JsonValue]], str]


def get_weather(arguments: Mapping[str, JsonValue]) -> str:
    """Return the weather in ``arguments["city"]``."""
    weather, _ = CITIES[_city(arguments)]
    return weather


def get_time(arguments: Mapping[str, JsonValue]) -> str:
    """Return the time of day in ``arguments["city"]``, as in 14:30."""
    _, hours_from_utc = CITIES[_city(arguments)]
    return f"{datetime.now(UTC) + timedelta(hours=hours_from_utc):%H:%M}"


def _city(arguments: Mapping[str, JsonValue]) -> str:
    city = arguments.get("city")
    if not isinstance(city, str) or city not in CITIES:
        raise ValueError(f"city must be one of {', '.join(CITIES)}, got {city!r}")
    return city


SKILLS = (
    Skill(Tool(name="get_weather", description="Get the weather in a city.", parameters=CITY), get_weather),
    Skill(Tool(name="get_time", description="Get the time in a city.", parameters=CITY), get_time),
)


def _silent(_: str) -> None:
    """Show nothing."""


class WeatherAgent:
    """Calls the model, runs the tools that it calls, and repeats until it answers or the rounds are used up."""

    def __init__(
        self,
        chat: ChatPort,
        *,
        skills: Sequence[Skill] = SKILLS,
        settings: ChatSettings = ChatSettings(),  # noqa: B008 -- frozen, so all agents may share it
        first_choice: ToolChoice = "auto",
        max_rounds: int = 5,
        show: Callable[[str], None] = _silent,
    ) -> None:
        """*first_choice* is the tool choice of the first round; *show* is called with each text delta."""
        self._chat = chat
        self._skills = {skill.tool.name: skill for skill in skills}
        self._settings = settings
        self._first_choice = first_choice
        self._max_rounds = max_rounds
        self._show = show

    def answer(self, question: str) -> Answer:
        """Return the answer to *question*. Raises `ChatError` if a call to the model fails."""
        messages: list[Message] = [SystemMessage(SYSTEM), UserMessage(question)]
        usage = Usage()
        for number in range(self._max_rounds):
            response = self._call(messages, self._first_choice if number == 0 else "auto")
            messages.append(response.message)
            usage = Usage.total([usage, response.usage])
            if not response.message.all_tool_calls:
                return Answer(outcome=_outcome(response), text=response.text, messages=tuple(messages), usage=usage)
            messages.extend(self._result(call) for call in response.message.all_tool_calls)
        return Answer(outcome=Outcome.OUT_OF_ROUNDS, text="", messages=tuple(messages), usage=usage)

    def _call(self, messages: Sequence[Message], choice: ToolChoice) -> ChatResponse:
        tools = [skill.tool for skill in self._skills.values()]
        request = ChatRequest(messages=messages, tools=tools, tool_choice=choice, settings=self._settings)
        with self._chat.stream(request) as stream:
            for event in stream:
                if isinstance(event, TextDelta):
                    self._show(event.text)
            return stream.response

    def _result(self, call: ToolCall | InvalidToolCall) -> ToolMessage:
        if isinstance(call, InvalidToolCall):
            return _failure(call, call.problem)
        if call.name not in self._skills:
            return _failure(call, f"no such tool, only {', '.join(self._skills)}")
        try:
            return ToolMessage(self._skills[call.name].run(call.arguments), tool_call_id=call.id)
        except Exception as error:  # noqa: BLE001 -- the model reads the error and may try again
            return _failure(call, str(error) or type(error).__name__)


def _failure(call: ToolCall | InvalidToolCall, problem: str) -> ToolMessage:
    first_line = problem.strip().partition("\n")[0]
    return ToolMessage(f"{call.name}: {first_line}", tool_call_id=call.id, is_error=True)


def _outcome(response: ChatResponse) -> Outcome:
    stopped_early = response.finish_reason in (FinishReason.LENGTH, FinishReason.CONTENT_FILTER)
    return Outcome.CUT_OFF if stopped_early else Outcome.ANSWERED


def main() -> None:
    """Answer the question on the command line, and print the text as it arrives."""
    question = " ".join(sys.argv[1:]) or "What is the weather in Paris?"
    with chat_from_env() as chat:
        answer = WeatherAgent(chat, show=lambda text: print(text, end="", flush=True)).answer(question)
    print(f"\n[{answer.outcome}; tokens: {answer.usage.input_tokens} in, {answer.usage.output_tokens} out]")


if __name__ == "__main__":
    main()
