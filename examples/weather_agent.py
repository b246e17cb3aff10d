"""An agent that answers questions about cities, written against `ChatPort`: it runs on any model, and on a fake.

``python examples/weather_agent.py "Is it warm in Oslo?"`` calls the model that the environment configures.
"""

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Literal

import attrs

from llm_core import (
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatSettings,
    FinishReason,
    Message,
    SystemMessage,
    TextDelta,
    ToolChoice,
    Usage,
    UserMessage,
    chat_from_env,
)
from llm_core.typed import Toolbox, tool

SYSTEM = "You answer questions about the weather and the time in a city."
CITIES = {"Cairo": ("32 degrees and clear", 2), "Oslo": ("4 degrees and snow", 1), "Paris": ("18 degrees and sunny", 1)}
City = Literal["Cairo", "Oslo", "Paris"]


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


@tool
def get_weather(city: City) -> str:
    """Get the weather in a city."""
    weather, _ = CITIES[city]
    return weather


@tool
def get_time(city: City) -> str:
    """Get the time in a city."""
    _, hours_from_utc = CITIES[city]
    return f"{datetime.now(UTC) + timedelta(hours=hours_from_utc):%H:%M}"


TOOLBOX = Toolbox([get_weather, get_time])


def _silent(_: str) -> None:
    """Show nothing."""


class WeatherAgent:
    """Calls the model, runs the tools that it calls, and repeats until it answers or the rounds are used up."""

    def __init__(
        self,
        chat: ChatPort,
        *,
        toolbox: Toolbox = TOOLBOX,
        settings: ChatSettings = ChatSettings(),  # noqa: B008 -- frozen, so all agents may share it
        first_choice: ToolChoice = "auto",
        max_rounds: int = 5,
        show: Callable[[str], None] = _silent,
    ) -> None:
        """*first_choice* is the tool choice of the first round; *show* is called with each text delta."""
        self._chat = chat
        self._toolbox = toolbox
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
            messages.extend(self._toolbox.run(response.message))
        return Answer(outcome=Outcome.OUT_OF_ROUNDS, text="", messages=tuple(messages), usage=usage)

    def _call(self, messages: Sequence[Message], choice: ToolChoice) -> ChatResponse:
        request = ChatRequest(messages=messages, tools=self._toolbox.tools, tool_choice=choice, settings=self._settings)
        with self._chat.stream(request) as stream:
            for event in stream:
                if isinstance(event, TextDelta):
                    self._show(event.text)
            return stream.response


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
