"""Typed answers of a real language model: by schema and by tool, at least 19 of 20 are values."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

import pytest
from local_model.server import ALIAS, local_model
from pydantic import Field

from llm_core import ChatRequest, ChatSettings, UserMessage
from llm_core.adapters.direct import DirectChat
from llm_core.typed import InvalidAnswerError, Method, Partial, Typed, complete_as, stream_as

pytestmark = [
    pytest.mark.realmodel,
    pytest.mark.skipif(os.environ.get("LLM_CORE_SKIP_REALMODEL") == "1", reason="LLM_CORE_SKIP_REALMODEL=1"),
]
METHODS: tuple[Method, ...] = ("schema", "tool")
QUESTIONS = [
    f"{question} in {city}?"
    for question in ("How is the weather", "How many people live", "What can one see", "How warm is it")
    for city in ("Paris", "Oslo", "Cairo", "Lima", "Rome")
]


@dataclass
class Report:
    """A short report about a city."""

    city: Annotated[str, Field(max_length=20)]
    sky: Literal["clear", "cloudy", "rain"]
    degrees: Annotated[int, Field(ge=-40, le=50)]
    windy: bool


@pytest.fixture(scope="module")
def chat() -> Iterator[DirectChat]:
    with local_model() as address, DirectChat(f"openai/{ALIAS}", api_base=f"{address}/v1", api_key="none") as chat:
        yield chat


def request_of(question: str, seed: int) -> ChatRequest:
    settings = ChatSettings(temperature=0.7, seed=seed, max_tokens=80)
    return ChatRequest(messages=[UserMessage(question)], settings=settings)


@pytest.mark.parametrize("method", METHODS)
def test_nineteen_of_twenty_answers_are_values(chat: DirectChat, method: Method) -> None:
    found: list[Typed[Report]] = []
    problems = []
    for seed, question in enumerate(QUESTIONS):
        try:
            found.append(complete_as(chat, request_of(question, seed), Report, repairs=2, method=method))
        except InvalidAnswerError as error:
            problems.append((question, error.problems, error.text))

    assert 20 == len(QUESTIONS)
    assert len(found) >= 19, problems
    assert all(typed.usage.output_tokens for typed in found)


@pytest.mark.parametrize("method", METHODS)
def test_a_streamed_answer_grows_into_a_value(chat: DirectChat, method: Method) -> None:
    *partials, typed = stream_as(chat, request_of(QUESTIONS[0], 1), Report, method=method)

    assert isinstance(typed, Typed)
    assert isinstance(typed.value, Report)
    assert len(partials) > 2
    assert all(isinstance(partial, Partial) for partial in partials)
