"""What the suite does around a clause, and the clauses that do not apply to every adapter."""

import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack

import attrs
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
from .broken.other_threads import leaves_the_calls_of_a_closed_adapter_waiting
from .broken.plain_chat import PlainChat
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


@pytest.mark.parametrize("mode", ["complete", "stream"])
def test_the_calls_of_an_adapter_without_close_cannot_be_ended(mode: str) -> None:
    with pytest.raises(pytest.skip.Exception, match="no ManagedChatPort"):
        run("adapter.close-ends-calls", Contract(unmanaged, capabilities=Capabilities()), mode=mode)


@pytest.mark.parametrize(
    ("clause", "values"),
    [("close.other-thread", {"wait": "for the first event"}), ("adapter.close-ends-calls", {"mode": "complete"})],
)
def test_clauses_about_threads_that_wait_do_not_apply_without_http(clause: str, values: Mapping[str, object]) -> None:
    with pytest.raises(pytest.skip.Exception, match="a fake provider without HTTP does not wait"):
        run(clause, Contract(unmanaged), **values)


def test_an_adapter_that_claims_no_way_to_end_a_wait_may_end_it_by_its_timeout() -> None:
    class Waiting(ChatPortContract):
        capabilities = Capabilities(closes_from_other_threads=False)

        def arrange(self, scenario: Scenario) -> ChatPort:
            mutate = leaves_the_calls_of_a_closed_adapter_waiting.over_http
            assert mutate is not None
            return mutate(PlainChat(self.fake_provider(scenario).url, self.planted_key))

    run("adapter.close-ends-calls", Waiting(), mode="stream")


@pytest.mark.parametrize("mode", ["stream", "astream"])
def test_a_stream_that_begins_with_reasoning_is_closed_after_its_first_text(mode: str) -> None:
    class Reasoning(Contract):
        def make_chat(self, scenario: Scenario) -> ChatPort:
            assert isinstance(scenario, Replies)
            return super().make_chat(attrs.evolve(scenario, reasoning="Hm."))

    run("stream.usage", Reasoning(unmanaged), mode=mode)


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
