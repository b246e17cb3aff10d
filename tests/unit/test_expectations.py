"""The response or error that an adapter must produce for a scenario."""

from typing import Literal

import pytest

from llm_core import (
    BadResponseError,
    ChatError,
    ChatRequest,
    ChatTimeoutError,
    ConnectionFailedError,
    InvalidRequestError,
    QuotaExceededError,
    RateLimitError,
    StreamEvent,
    StreamInterruptedError,
    TextDelta,
    UserMessage,
    response_from_events,
)
from llm_core.testing import (
    Breaks,
    Echoes,
    Fails,
    HangsUp,
    Redirects,
    Refuses,
    Replies,
    Scenario,
    Sends,
    expected_error,
    expected_events,
)

REQUEST = ChatRequest(messages=[UserMessage("One."), UserMessage("Two.")])
DATE = (("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT"),)  # in the past


def played(scenario: Scenario) -> tuple[list[StreamEvent], ChatError | None]:
    events = list[StreamEvent]()
    try:
        for event in expected_events(scenario, REQUEST):
            events.append(event)
    except ChatError as error:
        return events, error
    return events, None


@pytest.mark.parametrize(
    ("error_class", "status", "retry_after", "scenario"),
    [
        (RateLimitError, 429, 7.0, Fails(status=429, retry_after=7.0)),
        (RateLimitError, 429, 1.5, Fails(status=429, headers=(("retry-after-ms", "1500"),))),
        (RateLimitError, 429, 0.0, Fails(status=429, headers=DATE)),
        (QuotaExceededError, 429, None, Fails(status=429, reason="quota")),
        (StreamInterruptedError, None, None, Breaks(how="cut")),
        (BadResponseError, 200, None, Sends(body=b"<html>")),
        (InvalidRequestError, 308, None, Redirects(status=308)),
        (ConnectionFailedError, None, None, Refuses()),
    ],
)
def test_a_scenario_has_the_error_that_an_adapter_must_raise(
    error_class: type[ChatError],
    status: int | None,
    retry_after: float | None,
    scenario: Fails | Breaks | Sends | Redirects | Refuses,
) -> None:
    error = expected_error(scenario)

    assert (error_class, status, retry_after) == (type(error), error.status_code, error.retry_after)
    assert ("request-1" if isinstance(scenario, Fails) else None) == error.request_id


@pytest.mark.parametrize(("text", "scenario"), [("Hello.", Replies()), ("Two.", Echoes())])
def test_an_answer_is_its_events(text: str, scenario: Scenario) -> None:
    events, error = played(scenario)

    assert (text, None) == (response_from_events(events).text, error)


@pytest.mark.parametrize(
    ("error_class", "expected_text", "scenario"),
    [
        (StreamInterruptedError, "A rather lon", Breaks(how="end")),
        (StreamInterruptedError, "A rather long answer.", Breaks(how="unfinished")),
        (RateLimitError, "", Fails(status=429)),
    ],
)
def test_a_broken_answer_yields_its_events_and_then_its_error(
    error_class: type[ChatError], expected_text: str, scenario: Scenario
) -> None:
    events, error = played(scenario)

    assert (error_class, expected_text) == (
        type(error),
        "".join(event.text for event in events if isinstance(event, TextDelta)),
    )


@pytest.mark.parametrize(
    ("error_class", "how"),
    [
        (ConnectionFailedError, "close"),
        (ConnectionFailedError, "reset"),
        (ChatTimeoutError, "silence"),
        (ChatTimeoutError, "drip"),
    ],
)
def test_a_hang_up_before_the_answer_is_no_answer(
    error_class: type[ChatError], how: Literal["close", "reset", "silence", "drip"]
) -> None:
    assert error_class is type(expected_error(HangsUp(how=how)))
