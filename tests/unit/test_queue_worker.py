"""Tests of the example worker: requests and answers go through a file as JSON, between processes too."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from queue_worker import ATTEMPTS, Failure, Jobs, work_off

from llm_core import (
    AssistantMessage,
    ChatError,
    ChatRequest,
    ChatResponse,
    ChatSettings,
    ImagePart,
    InvalidRequestError,
    RateLimitError,
    ReasoningPart,
    TextPart,
    Tool,
    ToolCall,
    Usage,
    UserMessage,
)
from llm_core.adapters.memory import InMemoryChat

SCRIPT = Path(__file__).parents[2] / "examples" / "queue_worker.py"
REQUEST = ChatRequest(
    messages=[UserMessage([TextPart("What is this? \U0001f600"), ImagePart(data=b"\x00\xff", media_type="image/png")])],
    tools=[Tool(name="look", description="Looks.", parameters={"type": "object"})],
    settings=ChatSettings(temperature=0.5, timeout=3),
)
ANSWER = ChatResponse(
    message=AssistantMessage(
        "A cat.",
        reasoning=[ReasoningPart("It has ears.", signature="s")],
        tool_calls=[ToolCall(id="1", name="look", arguments={"at": [1, None]})],
    ),
    usage=Usage(input_tokens=7, output_tokens=5),
)


@pytest.fixture
def jobs(tmp_path: Path) -> Jobs:
    return Jobs(tmp_path / "jobs.sqlite")


def test_request_and_answer_arrive_unchanged(jobs: Jobs) -> None:
    job = jobs.submit(REQUEST)
    before = jobs.result(job)

    with InMemoryChat([ANSWER]) as chat:
        ended = work_off(jobs, chat)

    assert (None, 1, ANSWER) == (before, ended, jobs.result(job))
    assert (REQUEST,) == chat.requests
    jobs.close()


@pytest.mark.parametrize(
    ("expected", "calls", "script"),
    [
        (ANSWER, 2, [RateLimitError(retry_after=0), ANSWER]),
        (Failure("RateLimitError"), ATTEMPTS, [RateLimitError(retry_after=0)] * ATTEMPTS),
        (Failure("InvalidRequestError"), 1, [InvalidRequestError()]),
        (None, 1, [RateLimitError(retry_after=60)]),
        (None, 1, [RateLimitError()]),
    ],
)
def test_a_failed_call_is_repeated_when_and_only_when_that_may_help(
    expected: ChatResponse | Failure | None, calls: int, script: list[ChatResponse | ChatError], jobs: Jobs
) -> None:
    job = jobs.submit(REQUEST)

    with InMemoryChat(script) as chat:
        work_off(jobs, chat)

    assert (expected, calls) == (jobs.result(job), len(chat.requests))
    jobs.close()


def test_another_process_makes_the_calls(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite"
    jobs = Jobs(path)
    numbers = [jobs.submit(ChatRequest(messages=[UserMessage(f"Hello {number}")])) for number in range(3)]

    environment = {**os.environ, "DEFAULT_LLM": "memory"}
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(path)], env=environment, capture_output=True, text=True, check=True
    )

    assert "3 calls have ended\n" == done.stdout
    results = [jobs.result(number) for number in numbers]
    assert ["Hello 0", "Hello 1", "Hello 2"] == [one.text for one in results if isinstance(one, ChatResponse)]
    jobs.close()
