"""LiteLLMChat against llmock, a third-party mock server: outcomes by behaviour, llmock's request count and findings."""

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
from llm_core.testing.clauses.modes import EVERY, Mode, call_in_mode
from llm_core.wrappers import Retrying

from .calling import (
    REQUEST,
    TEXT,
    WEATHER,
    WITH_TOOLS,
    Dialect,
    Expected,
    Lane,
    Outcome,
    chat_to,
    outcome,
    parametrized,
)
from .known_differences import EXPLAINED_FINDINGS, NATIVE_SCHEMA, SNAKE_CASE, mark_known_failures
from .llmock_cases import CASES
from .llmock_server import LLMock

JSON_OUTPUT = attrs.evolve(REQUEST, output=JsonSchemaOutput(name="place", schema=WEATHER.parameters))


@parametrized(CASES)
def test_every_llmock_case_has_the_expected_outcome(
    case: Expected, dialect: Dialect, lane: Lane, mode: Mode, llmock: LLMock, request: pytest.FixtureRequest
) -> None:
    mark_known_failures(request.node, case.name, dialect, lane, mode)
    chat = chat_to(llmock.base(dialect), dialect, lane)
    llmock.script(*case.script)

    seen = outcome(chat, case.request, mode)

    assert case.outcome == seen
    assert TEXT.startswith(seen.partial or "")
    assert 1 == len(llmock.requests())
    assert list(case.findings) == llmock.findings()


def test_every_finding_is_explained() -> None:
    findings = {finding for case in CASES for finding in case.findings}

    assert set(EXPLAINED_FINDINGS) == findings


@pytest.mark.parametrize("mode", EVERY)
def test_retrying_repeats_retryable_errors_without_a_finding(
    dialect: Dialect, lane: Lane, mode: Mode, llmock: LLMock
) -> None:
    chat = Retrying(chat_to(llmock.base(dialect), dialect, lane))
    busy, overloaded = ({"type": "fail", "status": status, "retry_after": 0.2} for status in (429, 529))
    llmock.script(busy, overloaded, {"type": "reply", "text": TEXT})

    seen = outcome(chat, REQUEST, mode)

    assert TEXT == seen.text
    assert [429, 529, 200] == [one.status for one in llmock.requests()]
    assert [] == llmock.findings()


@pytest.mark.parametrize("mode", EVERY)
def test_retrying_does_not_repeat_other_errors(dialect: Dialect, lane: Lane, mode: Mode, llmock: LLMock) -> None:
    chat = Retrying(chat_to(llmock.base(dialect), dialect, lane))
    llmock.script({"type": "fail", "status": 401, "times": None})

    seen = outcome(chat, REQUEST, mode)

    assert AuthenticationError is seen.error_class
    assert 1 == len(llmock.requests())
    assert [] == llmock.findings()


def test_llmock_reports_a_client_that_repeats_too_soon_or_needlessly(llmock: LLMock) -> None:
    body = {"model": "x", "messages": [{"role": "user", "content": "Hello."}]}
    llmock.script({"type": "fail", "status": 429, "retry_after": 5}, {"type": "fail", "status": 401})

    for _ in range(3):
        httpx.post(f"{llmock.base('openai')}/chat/completions", json=body, timeout=10, trust_env=False)

    assert ["retry_after_ignored", "retried_non_retryable"] == llmock.findings()


@pytest.mark.parametrize("mode", EVERY)
def test_a_tool_call_and_its_result_are_one_conversation(
    dialect: Dialect, lane: Lane, mode: Mode, llmock: LLMock, request: pytest.FixtureRequest
) -> None:
    if (dialect, lane) == ("gemini", "call"):
        request.node.add_marker(pytest.mark.xfail(strict=True, reason=SNAKE_CASE))
    chat = chat_to(llmock.base(dialect), dialect, lane)
    llmock.script()

    called = call_in_mode(chat, WITH_TOOLS, mode)
    results = [ToolMessage("rain", tool_call_id=call.id) for call in called.tool_calls]
    history: list[Message] = [*REQUEST.messages, called.message, *results]
    answered = call_in_mode(chat, ChatRequest(messages=history, tools=[WEATHER]), mode)

    assert [("weather", {"city": "mock-city"})] == [(call.name, call.arguments) for call in called.tool_calls]
    assert (True, ()) == (bool(answered.text), answered.tool_calls)
    assert [200, 200] == [one.status for one in llmock.requests()]
    assert [] == llmock.findings()


@pytest.mark.parametrize("mode", EVERY)
def test_a_json_schema_output_has_the_requested_shape(
    dialect: Dialect, lane: Lane, mode: Mode, llmock: LLMock, request: pytest.FixtureRequest
) -> None:
    if (dialect, lane) == ("gemini", "call"):
        request.node.add_marker(pytest.mark.xfail(strict=True, reason=SNAKE_CASE))
    if (dialect, lane) == ("anthropic", "direct"):
        request.node.add_marker(pytest.mark.xfail(strict=True, reason=NATIVE_SCHEMA))
    chat = chat_to(llmock.base(dialect), dialect, lane)
    llmock.script()

    response = call_in_mode(chat, JSON_OUTPUT, mode)

    assert {"city": "mock-city"} == json.loads(response.text)
    assert 1 == len(llmock.requests())


@pytest.mark.parametrize("mode", EVERY)
def test_a_rate_limit_error_has_retry_after(dialect: Dialect, lane: Lane, mode: Mode, strict_llmock: LLMock) -> None:
    chat = chat_to(strict_llmock.base(dialect), dialect, lane)
    strict_llmock.script({"type": "reply", "text": TEXT, "times": 3})

    seen = [outcome(chat, REQUEST, mode) for _ in range(3)]

    assert [None, None, RateLimitError] == [one.error_class for one in seen]
    assert 0 < (seen[-1].retry_after or 0) <= 60
    assert [200, 200, 429] == [one.status for one in strict_llmock.requests()]


@pytest.mark.parametrize("mode", EVERY)
def test_a_prompt_that_is_too_long_is_a_context_window_error(
    dialect: Dialect, lane: Lane, mode: Mode, strict_llmock: LLMock
) -> None:
    chat = chat_to(strict_llmock.base(dialect), dialect, lane)
    strict_llmock.script()

    seen = outcome(chat, ChatRequest(messages=[UserMessage("word " * 100)]), mode)

    assert Outcome(error_class=ContextWindowExceededError, status_code=400) == seen
    assert [400] == [one.status for one in strict_llmock.requests()]
