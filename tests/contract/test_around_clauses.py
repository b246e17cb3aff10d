"""What the suite does around a clause, and the clauses that do not apply to every adapter."""

import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack

import attrs
import pytest

from llm_core import (
    ChatPort,
    ChatRequest,
    JsonOutput,
    JsonSchemaOutput,
    ReasoningDelta,
    StreamEnd,
    StreamEvent,
    TextDelta,
    UserMessage,
)
from llm_core.adapters.memory import InMemoryChat
from llm_core.testing import Capabilities, ChatPortContract, Replies, Scenario, WrapperClauses
from llm_core.testing.clauses.aftermath_clauses import _interrupting
from llm_core.testing.dialects.dialect import NotExpressibleError
from llm_core.testing.guards.counting_chat import CountingChat
from llm_core.testing.guards.next_calls import PLAIN_REQUEST
from llm_core.testing.request_strategies import fits

from .broken import claims
from .broken.cases import CLAUSES
from .broken.mutating import Broken, Mutated
from .broken.other_threads import leaves_the_calls_of_a_closed_adapter_waiting
from .broken.plain_chat import PlainChat
from .broken.watching import sends_the_key_in_a_second_header
from .test_in_memory_chat import InMemoryContract


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


class OverHTTP(ChatPortContract):
    """The contract of a broken adapter over HTTP."""

    def __init__(self, broken: Broken, **fields: object) -> None:
        self.broken = broken
        for name, value in fields.items():
            setattr(self, name, value)

    def arrange(self, scenario: Scenario) -> ChatPort:
        assert self.broken.over_http is not None
        return self.broken.over_http(PlainChat(self.fake_provider(scenario).url, self.planted_key))


def failure_of(clause: str, contract: ChatPortContract, **values: object) -> str | None:
    """Return the first line with which the clause fails; None if it passes."""
    try:
        run(clause, contract, **values)
    except AssertionError as failure:
        return str(failure).partition("\n")[0]
    return None


def test_an_adapter_that_claims_no_way_to_end_a_wait_may_end_it_by_its_timeout() -> None:
    failures = [
        failure_of(
            "adapter.close-ends-calls",
            OverHTTP(
                leaves_the_calls_of_a_closed_adapter_waiting,
                capabilities=Capabilities(closes_from_other_threads=claimed),
            ),
            mode="stream",
        )
        for claimed in (False, True)
    ]

    assert [True, False] == [failure is None for failure in failures]


@pytest.mark.parametrize("mode", ["stream", "astream"])
def test_a_stream_that_begins_with_reasoning_is_closed_after_its_first_text(mode: str) -> None:
    read: list[StreamEvent] = []

    class Reasoning(Contract):
        def make_chat(self, scenario: Scenario) -> ChatPort:
            assert isinstance(scenario, Replies)
            return super().make_chat(attrs.evolve(scenario, reasoning="Hm."))

    def noting(events: Iterable[StreamEvent]) -> Iterator[StreamEvent]:
        for event in events:
            read.append(event)
            yield event

    run("stream.usage", Reasoning(lambda chat: Mutated(chat, on_events=noting)), mode=mode)

    end = next(index for index, event in enumerate(read) if isinstance(event, StreamEnd))
    of_the_closed_one = read[end + 1 :][: len(read[: end + 1])]
    first_text = next(index for index, event in enumerate(of_the_closed_one) if isinstance(event, TextDelta))
    assert isinstance(of_the_closed_one[0], ReasoningDelta)
    assert StreamEnd not in map(type, of_the_closed_one[: first_text + 1])


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


def test_a_request_of_the_clause_that_arrives_late_is_no_further_call() -> None:
    contract, earlier = Contract(unmanaged), ChatRequest(messages=[UserMessage("hi")])
    contract._closing = ExitStack()

    with contract.isolated():
        contract.record(earlier)

        contract.require_next_arrival(PLAIN_REQUEST, 0, [earlier])
        with pytest.raises(AssertionError, match="a further call did not send its own request"):
            contract.require_next_arrival(PLAIN_REQUEST, 0, [PLAIN_REQUEST])


def test_a_promise_of_every_call_is_named_where_its_clause_is_none_of_the_class() -> None:
    assert ("promise request.key-once, a clause of ChatPortContract", "") == WrapperClauses()._promise(
        "request.key-once"
    )


def test_a_promise_of_every_call_that_is_declared_as_an_xfail_is_checked_by_its_clause_alone() -> None:
    declared = {"request.key-once": "the key stands twice"}

    failures = [
        failure_of(
            "error.status",
            OverHTTP(sends_the_key_in_a_second_header, xfails=xfails),
            status=500,
            mode="complete",
        )
        for xfails in (declared, {})
    ]

    assert [True, False] == [failure is None for failure in failures]


def test_nested_values_are_checked_without_a_schema_where_none_is_claimed() -> None:
    claimed = Capabilities(http=False, json_schema_output=False)

    contract = Contract(claims.refusing(claimed), capabilities=claimed)
    run("request.unchanged", contract, mode="complete")

    assert contract.recorder.seen
    assert [] == [request for request in contract.recorder.seen if request.output is not None]


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
    before = signal.getsignal(signal.SIGINT)

    with _interrupting(lambda: False):
        within = signal.getsignal(signal.SIGINT)
    is_sending = [thread for thread in threading.enumerate() if thread.name == "ctrl-c"]

    assert ([], before) == (is_sending, signal.getsignal(signal.SIGINT))
    assert within is signal.default_int_handler


def test_what_goes_on_is_interrupted() -> None:
    with pytest.raises(KeyboardInterrupt), _interrupting(lambda: True):
        threading.Event().wait(10)


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
