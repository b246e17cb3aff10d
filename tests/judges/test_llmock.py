"""LiteLLMChat before llmock, a judge written by others: its script, our promises, its count and its verdict."""

import json

import attrs
import httpx
import pytest

from llm_core import (
    AuthenticationError,
    ChatRequest,
    ContextWindowExceededError,
    JsonSchemaOutput,
    Message,
    RateLimitError,
    ToolMessage,
    UserMessage,
)
from llm_core.testing.clauses.modes import EVERY, Mode, ask
from llm_core.wrappers import Retrying

from .asking import ASK, TEXT, WEATHER, WITH_TOOLS, Dialect, Expected, Lane, Outcome, chat_to, outcome, parametrized
from .explained import EXPLAINED, SNAKE_CASE, expect_what_is_known
from .llmock_cases import CASES
from .llmock_judge import LLMock

SHAPED = attrs.evolve(ASK, output=JsonSchemaOutput(name="place", schema=WEATHER.parameters))


@parametrized(CASES)
def test_what_the_judge_does_comes_out_as_promised(
    case: Expected, dialect: Dialect, lane: Lane, mode: Mode, llmock: LLMock, request: pytest.FixtureRequest
) -> None:
    expect_what_is_known(request.node, case.name, dialect, lane, mode)
    chat = chat_to(llmock.base(dialect), dialect, lane)
    llmock.script(*case.script)

    seen = outcome(chat, case.request, mode)

    assert case.outcome == seen
    assert TEXT.startswith(seen.partial or "")
    assert 1 == len(llmock.requests())
    assert list(case.complaints) == llmock.complaints()


def test_every_complaint_is_explained() -> None:
    complaints = {complaint for case in CASES for complaint in case.complaints}

    assert set(EXPLAINED) == complaints


@pytest.mark.parametrize("mode", EVERY)
def test_with_retrying_the_judge_has_nothing_to_complain_of(
    dialect: Dialect, lane: Lane, mode: Mode, llmock: LLMock
) -> None:
    chat = Retrying(chat_to(llmock.base(dialect), dialect, lane))
    busy, overloaded = ({"type": "fail", "status": status, "retry_after": 0.2} for status in (429, 529))
    llmock.script(busy, overloaded, {"type": "reply", "text": TEXT})

    seen = outcome(chat, ASK, mode)

    assert TEXT == seen.text
    assert [429, 529, 200] == [one.status for one in llmock.requests()]
    assert [] == llmock.complaints()


@pytest.mark.parametrize("mode", EVERY)
def test_nor_has_it_where_nothing_helps(dialect: Dialect, lane: Lane, mode: Mode, llmock: LLMock) -> None:
    chat = Retrying(chat_to(llmock.base(dialect), dialect, lane))
    llmock.script({"type": "fail", "status": 401, "times": None})

    seen = outcome(chat, ASK, mode)

    assert AuthenticationError is seen.kind
    assert 1 == len(llmock.requests())
    assert [] == llmock.complaints()


def test_the_judge_notices_who_asks_again_too_soon_and_in_vain(llmock: LLMock) -> None:
    body = {"model": "x", "messages": [{"role": "user", "content": "Hello."}]}
    llmock.script({"type": "fail", "status": 429, "retry_after": 5}, {"type": "fail", "status": 401})

    for _ in range(3):
        httpx.post(f"{llmock.base('openai')}/chat/completions", json=body, timeout=10, trust_env=False)

    assert ["retry_after_ignored", "retried_non_retryable"] == llmock.complaints()


@pytest.mark.parametrize("mode", EVERY)
def test_an_agent_calls_the_tool_that_the_judge_asks_for_and_is_answered(
    dialect: Dialect, lane: Lane, mode: Mode, llmock: LLMock, request: pytest.FixtureRequest
) -> None:
    if (dialect, lane) == ("gemini", "call"):
        request.node.add_marker(pytest.mark.xfail(strict=True, reason=SNAKE_CASE))
    chat = chat_to(llmock.base(dialect), dialect, lane)
    llmock.script()

    called = ask(chat, WITH_TOOLS, mode)
    results = [ToolMessage("rain", tool_call_id=call.id) for call in called.tool_calls]
    history: list[Message] = [*ASK.messages, called.message, *results]
    answered = ask(chat, ChatRequest(messages=history, tools=[WEATHER]), mode)

    assert [("weather", {"city": "mock-city"})] == [(call.name, call.arguments) for call in called.tool_calls]
    assert (True, ()) == (bool(answered.text), answered.tool_calls)
    assert [200, 200] == [one.status for one in llmock.requests()]
    assert [] == llmock.complaints()


@pytest.mark.parametrize("mode", EVERY)
def test_an_answer_has_the_shape_that_was_asked_for(
    dialect: Dialect, lane: Lane, mode: Mode, llmock: LLMock, request: pytest.FixtureRequest
) -> None:
    if (dialect, lane) == ("gemini", "call"):
        request.node.add_marker(pytest.mark.xfail(strict=True, reason=SNAKE_CASE))
    chat = chat_to(llmock.base(dialect), dialect, lane)
    llmock.script()

    response = ask(chat, SHAPED, mode)

    assert {"city": "mock-city"} == json.loads(response.text)
    assert 1 == len(llmock.requests())


@pytest.mark.parametrize("mode", EVERY)
def test_a_quota_says_when_to_come_back(dialect: Dialect, lane: Lane, mode: Mode, strict_llmock: LLMock) -> None:
    chat = chat_to(strict_llmock.base(dialect), dialect, lane)
    strict_llmock.script({"type": "reply", "text": TEXT, "times": 3})

    seen = [outcome(chat, ASK, mode) for _ in range(3)]

    assert [None, None, RateLimitError] == [one.kind for one in seen]
    assert 0 < (seen[-1].retry_after or 0) <= 60
    assert [200, 200, 429] == [one.status for one in strict_llmock.requests()]


@pytest.mark.parametrize("mode", EVERY)
def test_a_prompt_that_does_not_fit_is_told_from_a_bad_one(
    dialect: Dialect, lane: Lane, mode: Mode, strict_llmock: LLMock
) -> None:
    chat = chat_to(strict_llmock.base(dialect), dialect, lane)
    strict_llmock.script()

    seen = outcome(chat, ChatRequest(messages=[UserMessage("word " * 100)]), mode)

    assert Outcome(kind=ContextWindowExceededError, status_code=400) == seen
    assert [400] == [one.status for one in strict_llmock.requests()]
