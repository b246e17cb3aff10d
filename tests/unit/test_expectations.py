"""What a scenario comes to, for adapters that have no wire to hear it on."""

import pytest

from llm_core import (
    BadResponseError,
    ChatError,
    ChatRequest,
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
    Redirects,
    Refuses,
    Replies,
    Scenario,
    Sends,
    expected_error,
    expected_events,
)

ASK = ChatRequest(messages=[UserMessage("One."), UserMessage("Two.")])
DATE = (("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT"),)  # long gone


def played(scenario: Scenario) -> tuple[list[StreamEvent], ChatError | None]:
    told = list[StreamEvent]()
    try:
        for event in expected_events(scenario, ASK):
            told.append(event)
    except ChatError as error:
        return told, error
    return told, None


@pytest.mark.parametrize(
    ("kind", "status", "wait", "scenario"),
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
def test_the_error_of_a_scenario_is_ready_to_be_raised(
    kind: type[ChatError],
    status: int | None,
    wait: float | None,
    scenario: Fails | Breaks | Sends | Redirects | Refuses,
) -> None:
    error = expected_error(scenario)

    assert (kind, status, wait) == (type(error), error.status_code, error.retry_after)
    assert ("request-1" if isinstance(scenario, Fails) else None) == error.request_id


@pytest.mark.parametrize(("text", "scenario"), [("Hello.", Replies()), ("Two.", Echoes())])
def test_an_answer_is_its_events(text: str, scenario: Scenario) -> None:
    told, error = played(scenario)

    assert (text, None) == (response_from_events(told).text, error)


@pytest.mark.parametrize(
    ("kind", "words", "scenario"),
    [
        (BadResponseError, "", Replies(text=None)),
        (StreamInterruptedError, "A rather lon", Breaks(how="end")),
        (StreamInterruptedError, "A rather long answer.", Breaks(how="unfinished")),
        (RateLimitError, "", Fails(status=429)),
    ],
)
def test_a_failure_is_what_came_before_it_and_its_error(kind: type[ChatError], words: str, scenario: Scenario) -> None:
    told, error = played(scenario)

    assert (kind, words) == (type(error), "".join(event.text for event in told if isinstance(event, TextDelta)))
