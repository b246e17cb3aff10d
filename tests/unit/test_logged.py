"""`Logged`: one record for each call, and what is in it."""

import asyncio
import logging
from collections.abc import Iterator
from decimal import Decimal

import pytest

from llm_core import (
    AssistantMessage,
    ChatRequest,
    ChatResponse,
    FinishReason,
    ModelDescription,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
    TextDelta,
    Usage,
    UserMessage,
)
from llm_core.adapters.memory import BrokenStream, InMemoryChat
from llm_core.testing import Plays, ProbeChat
from llm_core.wrappers import Budget, Fallback, Logged, LoggedCall, Retrying

from .fake_clock import FakeClock
from .verbs import REQUEST, Verb, astream, complete, in_every_verb, in_streams, stream

COST = Usage(input_tokens=6, output_tokens=4, cost_usd=Decimal("0.30"))
SECRETS = ("a prompt that no log may show", "an answer that no log may show", "a detail")
ANSWER = ChatResponse(message=AssistantMessage(SECRETS[1]), usage=COST, model="model-1")
LOGGER = "llm_core.wrappers.logged"


class Kept(logging.Handler):
    """Keeps the records."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def records() -> Iterator[list[logging.LogRecord]]:
    """Return the list that the records of `Logged` appear in."""
    logger, kept = logging.getLogger(LOGGER), Kept()
    logger.addHandler(kept)
    logger.setLevel(logging.INFO)
    yield kept.records
    logger.removeHandler(kept)
    logger.setLevel(logging.NOTSET)


def only_call(records: list[logging.LogRecord]) -> LoggedCall:
    (record,) = records
    call: object = vars(record)["call"]
    assert isinstance(call, LoggedCall)
    return call


@in_every_verb
def test_a_call_is_one_record_without_content(call: Verb, records: list[logging.LogRecord]) -> None:
    assert ANSWER == call(Logged(InMemoryChat([ANSWER]), clock=FakeClock()))

    logged = LoggedCall(
        model="model-1",
        outcome="stop",
        input_tokens=6,
        output_tokens=4,
        cost_usd=Decimal("0.30"),
        seconds=0.0,
        attempts=1,
    )
    assert logged == only_call(records)
    text = "model-1: stop, input tokens 6, output tokens 4, USD 0.30, 0.000 seconds, attempts 1"
    assert [(logging.INFO, text)] == [(record.levelno, record.getMessage()) for record in records]
    assert not [secret for secret in SECRETS if secret in str(vars(records[0]))]


@in_every_verb
def test_a_failed_call_is_a_warning_with_the_class_of_the_error(call: Verb, records: list[logging.LogRecord]) -> None:
    error = ServerError(model="model-2", usage=COST, detail=SECRETS[2], previous=(RateLimitError(usage=COST),))

    with pytest.raises(ServerError):
        call(Logged(InMemoryChat([error])))

    logged = only_call(records)
    assert ("model-2", "ServerError", 12, 8) == (
        logged.model,
        logged.outcome,
        logged.input_tokens,
        logged.output_tokens,
    )
    assert logging.WARNING == records[0].levelno
    assert not [secret for secret in SECRETS if secret in str(vars(records[0]))]


@in_every_verb
def test_the_attempts_of_the_wrappers_beneath_are_counted(call: Verb, records: list[logging.LogRecord]) -> None:
    first = Retrying(InMemoryChat([ServerError(), ServerError()]), attempts=2, clock=FakeClock())
    second = Retrying(InMemoryChat([ServerError(), "hi"]), clock=FakeClock())

    call(Logged(Fallback([first, second])))

    logged = only_call(records)
    assert (4, None, "unknown") == (logged.attempts, logged.cost_usd, records[0].getMessage().split("USD ")[1][:7])


@in_every_verb
def test_each_of_two_stacked_logs_counts_its_own_calls(call: Verb, records: list[logging.LogRecord]) -> None:
    inner = Logged(InMemoryChat([ServerError(), "hi"]))

    call(Logged(Retrying(inner, clock=FakeClock())))

    assert [1, 1, 2] == [vars(record)["call"].attempts for record in records]


def test_nothing_sent_is_no_attempt(records: list[logging.LogRecord]) -> None:
    chat = Logged(Budget(InMemoryChat([]), tokens=0))

    for _ in range(2):
        with pytest.raises(Exception, match="the budget is spent"):
            complete(chat)

    assert [0, 0] == [vars(record)["call"].attempts for record in records]


def test_a_stream_that_is_left_early_is_closed(records: list[logging.LogRecord]) -> None:
    with Logged(ProbeChat(ANSWER)).stream(REQUEST) as events:
        next(events)

    logged = only_call(records)
    assert ("closed", 6, logging.INFO) == (logged.outcome, logged.input_tokens, records[0].levelno)


def test_a_cancelled_call_is_cancelled(records: list[logging.LogRecord]) -> None:
    async def cancel() -> None:
        probe = ProbeChat(Plays(response=ANSWER, waits=True))
        task = asyncio.create_task(Logged(probe).acomplete(REQUEST))
        for _ in range(10):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(cancel())

    assert ("cancelled", logging.INFO) == (only_call(records).outcome, records[0].levelno)


@pytest.mark.parametrize("call", [stream, astream])
def test_an_interrupt_is_logged_and_passes(call: Verb, records: list[logging.LogRecord]) -> None:
    chat = Logged(ProbeChat(Plays(response=ANSWER, error=KeyboardInterrupt(), after=1)))

    with pytest.raises(KeyboardInterrupt):
        call(chat)

    assert ("KeyboardInterrupt", logging.WARNING) == (only_call(records).outcome, records[0].levelno)


@in_streams
def test_a_broken_stream_has_the_usage_that_was_reported(call: Verb, records: list[logging.LogRecord]) -> None:
    cut = BrokenStream([TextDelta("an")], error=StreamInterruptedError(usage=COST))

    with pytest.raises(StreamInterruptedError):
        call(Logged(InMemoryChat([cut])))

    assert ("StreamInterruptedError", 6) == (only_call(records).outcome, only_call(records).input_tokens)


@pytest.mark.parametrize("reason", FinishReason)
def test_the_outcome_of_an_answer_is_its_finish_reason(reason: FinishReason, records: list[logging.LogRecord]) -> None:
    response = ChatResponse(message=AssistantMessage("hi"), finish_reason=reason)

    complete(Logged(InMemoryChat([response])))

    assert (response.finish_reason.value, logging.INFO) == (only_call(records).outcome, records[0].levelno)


def test_the_model_is_that_of_the_answer_else_of_the_request_else_of_the_chat(
    records: list[logging.LogRecord],
) -> None:
    named = ChatRequest(messages=[UserMessage("hi")], model="from the request")
    described = InMemoryChat(["1", "2"], description=ModelDescription(model="from the chat"))

    Logged(InMemoryChat([ANSWER])).complete(named)
    Logged(described).complete(named)
    Logged(described).complete(REQUEST)
    Logged(InMemoryChat(["3"])).complete(REQUEST)

    models = [vars(record)["call"].model for record in records]
    assert ["model-1", "from the request", "from the chat", None] == models
    assert "the model: stop" == records[-1].getMessage()[:15]


def test_the_name_of_a_model_forges_no_line(records: list[logging.LogRecord]) -> None:
    response = ChatResponse(message=AssistantMessage("hi"), model="m\nroot: \x1b[2Jstop" + "x" * 500)

    complete(Logged(InMemoryChat([response])))

    text = records[0].getMessage()
    assert text.startswith("m root: [2Jstopxxx")
    assert len(text) < 400


def test_the_seconds_are_those_of_the_clock(records: list[logging.LogRecord]) -> None:
    clock = FakeClock()
    chat = Logged(Retrying(InMemoryChat([ServerError(retry_after=3.0), "hi"]), clock=clock), clock=clock)

    complete(chat)

    assert 3.0 == only_call(records).seconds


def test_the_records_go_to_the_logger_that_is_passed_in(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("my.calls")
    caplog.set_level(logging.INFO, "my.calls")

    complete(Logged(InMemoryChat(["hi"]), logger))

    assert ["my.calls"] == [record.name for record in caplog.records]
