"""What the suite does around a clause, and the clauses that do not apply to every adapter."""

import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack

import pytest

from llm_core import ChatPort, ChatRequest, JsonOutput, JsonSchemaOutput, UserMessage
from llm_core.adapters.memory import InMemoryChat
from llm_core.testing import Capabilities, ChatPortContract, Replies, Scenario
from llm_core.testing.clauses.aftermath_clauses import _interrupting
from llm_core.testing.dialects.dialect import NotExpressibleError
from llm_core.testing.guards.counting_chat import CountingChat
from llm_core.testing.request_strategies import fits

from .broken import claims
from .broken.cases import CLAUSES
from .test_in_memory_chat import TestInMemoryChat as InMemoryContract


class Contract(ChatPortContract):
    """The fake's contract over what *build* makes of the fake."""

    def __init__(self, build: Callable[[ChatPort], ChatPort], **fields: object) -> None:
        self.build = build
        self.capabilities = InMemoryContract.capabilities
        for name, value in fields.items():
            setattr(self, name, value)

    def arrange(self, scenario: Scenario) -> ChatPort:
        fake = InMemoryContract()
        fake.recorder = self.recorder
        return self.build(fake.arrange(scenario))


def run(clause: str, contract: ChatPortContract, **values: object) -> None:
    contract._closing = ExitStack()
    with contract.isolated():
        CLAUSES[clause](contract, **values)


def unmanaged(chat: ChatPort) -> ChatPort:
    return CountingChat(chat, [])


@pytest.mark.parametrize(
    ("clause", "values"),
    [("adapter.close", {"how": "close", "use": "sync"}), ("adapter.close-ends-threads", {"how": "close"})],
)
def test_clauses_about_closing_do_not_apply_to_an_adapter_without_it(clause: str, values: Mapping[str, object]) -> None:
    with pytest.raises(pytest.skip.Exception, match="no ManagedChatPort"):
        run(clause, Contract(unmanaged), **values)


def test_an_answer_without_a_request_fails_whatever_the_clause() -> None:
    class Unrecorded(Contract):
        def arrange(self, scenario: Scenario) -> ChatPort:  # noqa: ARG002 -- every scenario is that of the clause
            return InMemoryChat.echo()

    contract = Unrecorded(unmanaged)
    contract._closing = ExitStack()

    with (
        pytest.raises(AssertionError, match=r"0 requests for 1 call, all answered.*answer\.no-stored-answer"),
        contract.isolated(),
        contract.in_clause("answer.text"),
    ):
        contract.make_chat(Replies()).complete(ChatRequest(messages=[UserMessage("hi")]))


def test_a_promise_of_every_call_that_is_declared_as_an_xfail_is_checked_by_its_clause_alone() -> None:
    run("answer.text", Contract(unmanaged, xfails={"request.key-once": "the key stands twice"}), mode="complete")


def test_nested_values_are_checked_without_a_schema_where_none_is_claimed() -> None:
    claimed = Capabilities(http=False, json_schema_output=False)

    run("request.unchanged", Contract(claims.refusing(claimed), capabilities=claimed), mode="complete")


def test_only_the_main_thread_can_be_interrupted() -> None:
    caught: list[BaseException] = []

    def interrupt() -> None:
        try:
            with _interrupting(lambda: True):
                pass
        except NotExpressibleError as error:
            caught.append(error)

    thread = threading.Thread(target=interrupt)
    thread.start()
    thread.join()

    assert ["Ctrl-C interrupts the main thread alone, and this clause runs in another one"] == list(map(str, caught))


def test_what_is_over_is_not_interrupted() -> None:
    with _interrupting(lambda: False):
        pass


@pytest.mark.parametrize(
    ("expected", "output", "claimed"),
    [
        (True, None, Capabilities(json_output=False, json_schema_output=False)),
        (False, JsonOutput(), Capabilities(json_output=False)),
        (True, JsonOutput(), Capabilities(json_schema_output=False)),
        (False, JsonSchemaOutput(name="n", schema={}), Capabilities(json_schema_output=False)),
    ],
)
def test_a_drawn_request_fits_the_claims(
    *, expected: bool, output: JsonOutput | JsonSchemaOutput | None, claimed: Capabilities
) -> None:
    assert expected is fits(ChatRequest(messages=[UserMessage("hi")], output=output), claimed)
