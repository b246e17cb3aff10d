"""LiteLLMChat against aimock, a third-party mock server: outcomes by fixture, requests by aimock's journal."""

import pytest

from llm_core import AuthenticationError, ChatRequest, Message, SystemMessage, ToolMessage
from llm_core.testing.clauses.modes import EVERY, Mode, call_in_mode

from .aimock_cases import CASES, TEXT_REPLY
from .aimock_server import AIMock
from .calling import REQUEST, TEXT, WITH_TOOLS, Dialect, Expected, Lane, Outcome, chat_to, outcome, parametrized
from .known_differences import SNAKE_CASE, mark_known_failures

MATCH = {"userMessage": "What is the weather?"}


@parametrized(CASES)
def test_every_aimock_case_has_the_expected_outcome(
    case: Expected, dialect: Dialect, lane: Lane, mode: Mode, aimock: AIMock, request: pytest.FixtureRequest
) -> None:
    mark_known_failures(request.node, case.name, dialect, lane, mode)
    chat = chat_to(aimock.base(dialect), dialect, lane)
    aimock.script(*({"match": MATCH, **fixture} for fixture in case.script))

    seen = outcome(chat, case.request, mode)

    assert case.outcome == seen
    assert TEXT.startswith(seen.partial or "")
    assert [case.findings] == [tuple(filter(None, [one.fault])) for one in aimock.requests()]


@pytest.mark.parametrize("mode", EVERY)
def test_an_unknown_key_is_an_authentication_error(dialect: Dialect, lane: Lane, mode: Mode, aimock: AIMock) -> None:
    chat = chat_to(aimock.base(dialect), dialect, lane, key="sk-another-0123456789abcdef")
    aimock.script({"match": MATCH, "response": TEXT_REPLY})

    seen = outcome(chat, REQUEST, mode)

    assert Outcome(error_class=AuthenticationError, status_code=401) == seen


@pytest.mark.parametrize("mode", EVERY)
def test_a_request_without_a_fixture_is_an_error(dialect: Dialect, lane: Lane, mode: Mode, aimock: AIMock) -> None:
    chat = chat_to(aimock.base(dialect), dialect, lane)
    aimock.script({"match": {"userMessage": "another question"}, "response": TEXT_REPLY})

    seen = outcome(chat, REQUEST, mode)

    assert 503 == seen.status_code
    assert [503] == [one.status for one in aimock.requests()]


@pytest.mark.parametrize("mode", EVERY)
def test_aimock_matches_a_conversation_with_a_tool_result(
    dialect: Dialect, lane: Lane, mode: Mode, aimock: AIMock, request: pytest.FixtureRequest
) -> None:
    if (dialect, lane) == ("gemini", "call"):
        request.node.add_marker(pytest.mark.xfail(strict=True, reason=SNAKE_CASE))
    chat = chat_to(aimock.base(dialect), dialect, lane)
    match = {**MATCH, "systemMessage": "Be brief."}
    call = {"toolCalls": [{"id": "call_1", "name": "weather", "arguments": {"city": "Oslo"}}]}
    aimock.script(
        {"match": {**match, "toolCallId": "call_1", "toolResultContains": "rain"}, "response": TEXT_REPLY},
        {"match": {**match, "hasToolResult": False}, "response": call},
    )
    messages: list[Message] = [SystemMessage("Be brief."), *REQUEST.messages]

    called = call_in_mode(chat, ChatRequest(messages=messages, tools=WITH_TOOLS.tools), mode)
    result = ToolMessage("rain", tool_call_id="call_1")
    answered = call_in_mode(
        chat, ChatRequest(messages=[*messages, called.message, result], tools=WITH_TOOLS.tools), mode
    )

    assert TEXT == answered.text
    assert [200, 200] == [one.status for one in aimock.requests()]
