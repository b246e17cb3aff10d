"""LiteLLMChat before aimock, a judge written by others: its fixtures, our promises, its journal."""

import pytest

from llm_core import AuthenticationError, ChatRequest, Message, SystemMessage, ToolMessage
from llm_core.testing.clauses.modes import EVERY, Mode, ask

from .aimock_cases import CASES, SAYS
from .aimock_judge import AIMock
from .asking import ASK, TEXT, WITH_TOOLS, Dialect, Expected, Lane, Outcome, chat_to, outcome, parametrized
from .explained import SNAKE_CASE, expect_what_is_known

MATCH = {"userMessage": "What is the weather?"}


@parametrized(CASES)
def test_what_the_judge_does_comes_out_as_promised(
    case: Expected, dialect: Dialect, lane: Lane, mode: Mode, aimock: AIMock, request: pytest.FixtureRequest
) -> None:
    expect_what_is_known(request.node, case.name, dialect, lane, mode)
    chat = chat_to(aimock.base(dialect), dialect, lane)
    aimock.script(*({"match": MATCH, **fixture} for fixture in case.script))

    seen = outcome(chat, case.request, mode)

    assert case.outcome == seen
    assert TEXT.startswith(seen.partial or "")
    assert [case.complaints] == [tuple(filter(None, [one.fault])) for one in aimock.requests()]


@pytest.mark.parametrize("mode", EVERY)
def test_a_key_that_the_judge_does_not_know_is_refused(
    dialect: Dialect, lane: Lane, mode: Mode, aimock: AIMock
) -> None:
    chat = chat_to(aimock.base(dialect), dialect, lane, key="sk-another-0123456789abcdef")
    aimock.script({"match": MATCH, "response": SAYS})

    seen = outcome(chat, ASK, mode)

    assert Outcome(kind=AuthenticationError, status_code=401) == seen


@pytest.mark.parametrize("mode", EVERY)
def test_a_question_that_the_judge_did_not_expect_is_an_error(
    dialect: Dialect, lane: Lane, mode: Mode, aimock: AIMock
) -> None:
    chat = chat_to(aimock.base(dialect), dialect, lane)
    aimock.script({"match": {"userMessage": "another question"}, "response": SAYS})

    seen = outcome(chat, ASK, mode)

    assert 503 == seen.status_code
    assert [503] == [one.status for one in aimock.requests()]


@pytest.mark.parametrize("mode", EVERY)
def test_the_judge_understands_a_whole_conversation(
    dialect: Dialect, lane: Lane, mode: Mode, aimock: AIMock, request: pytest.FixtureRequest
) -> None:
    if (dialect, lane) == ("gemini", "call"):
        request.node.add_marker(pytest.mark.xfail(strict=True, reason=SNAKE_CASE))
    chat = chat_to(aimock.base(dialect), dialect, lane)
    said = {**MATCH, "systemMessage": "Be brief."}
    call = {"toolCalls": [{"id": "call_1", "name": "weather", "arguments": {"city": "Oslo"}}]}
    aimock.script(
        {"match": {**said, "toolCallId": "call_1", "toolResultContains": "rain"}, "response": SAYS},
        {"match": {**said, "hasToolResult": False}, "response": call},
    )
    asked: list[Message] = [SystemMessage("Be brief."), *ASK.messages]

    called = ask(chat, ChatRequest(messages=asked, tools=WITH_TOOLS.tools), mode)
    result = ToolMessage("rain", tool_call_id="call_1")
    answered = ask(chat, ChatRequest(messages=[*asked, called.message, result], tools=WITH_TOOLS.tools), mode)

    assert TEXT == answered.text
    assert [200, 200] == [one.status for one in aimock.requests()]
