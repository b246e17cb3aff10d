"""The message of a failure that is not the fault of the clause: `arrange` or closing failed, a path is not served."""

import json
import subprocess
import sys
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path

import pytest

from llm_core import ChatPort
from llm_core.testing import ChatPortContract, Replies, Scenario
from llm_core.testing.clauses.author_api import AT_ARRANGE
from llm_core.testing.clauses.sample_requests import SIMPLE_REQUEST

CLOSES_ONCE = """
from llm_core.adapters.memory import InMemoryChat
from llm_core.testing import ChatPortContract, expected_response

class ClosesOnce(InMemoryChat):
    closed = False

    def close(self):
        if self.closed:
            raise RuntimeError("it is closed already")
        self.closed = True

    async def aclose(self):
        self.close()

class TestClosesOnce(ChatPortContract):
    def arrange(self, scenario):
        def answer(request):
            self.record(request)
            return expected_response(scenario)
        return ClosesOnce(answer)
"""


class UnknownDialect(ChatPortContract):
    def arrange(self, scenario: Scenario) -> ChatPort:
        raise AssertionError(self.fake_provider(scenario, dialect="morse"))


def _suite(contract: type[ChatPortContract] = ChatPortContract) -> ChatPortContract:
    suite = contract()
    suite._closing = ExitStack()
    return suite


def test_an_error_of_arrange_is_not_explained_by_the_clause() -> None:
    suite = _suite(UnknownDialect)

    with suite.isolated(), pytest.raises(ValueError, match="dialect: no 'morse'; there are openai_chat") as caught:
        suite.test_the_key_is_not_shown("complete")

    failure = suite.failure_of(caught.value)
    assert failure is not None
    assert ("promise: `arrange` returns an adapter for each scenario.", AT_ARRANGE) == (failure.promise, failure.look)
    assert "ValueError was raised: dialect: no 'morse'; there are openai_chat" in failure.seen[0]


@pytest.mark.slow
def test_an_adapter_that_cannot_be_closed_twice_fails_once_with_a_message_about_closing(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(CLOSES_ONCE)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--llm-core-report", "report", "-q"]

    run = subprocess.run(
        [*command, "--rootdir", ".", "-k", "(text_is_the_models_own or every_request) and acomplete", "test_it.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "seen: closing the adapter failed after the clause: RuntimeError: it is closed already" in run.stdout
    assert "promise answer.text" not in run.stdout
    [contract] = json.loads((tmp_path / "report" / "report.json").read_text())["contracts"]
    failed = [result for result in contract["results"] if result["outcome"] == "fail"]
    assert ["answer.text"] == [result["clause"] for result in failed]  # the first one that was closed
    assert failed[0]["message"].startswith("closing the adapter failed after the clause: RuntimeError: ")
    assert failed[0]["look"].startswith("`close` and `aclose` of the adapter: ")


def test_a_request_to_a_path_that_is_not_served_is_explained() -> None:
    suite = _suite()
    with suite.isolated():
        caller = HTTPConnection(suite.fake_provider(Replies()).url.removeprefix("http://"))
        caller.request("POST", "/v1/completions", body="{}")

        answer = caller.getresponse()

        caller.close()
    assert 400 == answer.status
    unread = "path: /v1/completions is not served; the paths served end with /chat/completions"
    assert [f"the fake provider could not read a request: {unread}"] == list(suite.failure_notes(AssertionError()))


def test_the_recorder_has_a_short_repr() -> None:
    suite = _suite()
    with suite.isolated():
        suite.record(SIMPLE_REQUEST)
        suite.recorder.misread("model: expected text")

    assert "<Recorder: 0 requests over HTTP, 1 understood, 1 not understood, 0 connections open>" == repr(
        suite.recorder
    )
