"""Properties of the values themselves, independent of an adapter: each function checks them for any values."""

from collections.abc import Callable

from llm_core.domain.events import StreamEnd, StreamEvent, TextDelta
from llm_core.domain.messages import AssistantMessage, Message, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.requests import ChatRequest
from llm_core.domain.response_builder import events_from_response, response_from_events
from llm_core.domain.responses import ChatResponse
from llm_core.domain.usage import Usage
from llm_core.serialization import (
    event_from_json,
    from_json,
    message_from_json,
    to_json,
)
from llm_core.testing.dialects.dialect import Dialect, RecordedRequest


def json_round_trip_is_identity(value: ChatRequest | ChatResponse | Message | StreamEvent) -> None:
    """Assert that *value* is the same after it is written and read, including the text of its numbers."""
    back = _read_again(value)

    assert value == back
    assert repr(value) == repr(back)  # distinguishes 1 from 1.0, and shows fields that == does not compare


def usage_is_a_commutative_monoid(one: Usage, two: Usage, three: Usage) -> None:
    """Assert that sums depend on neither order nor grouping, and that `Usage()` adds nothing."""
    assert one == one + Usage() == Usage() + one
    assert one + two == two + one
    assert (one + two) + three == one + (two + three) == Usage.total([one, None, two, three])


def events_and_response_are_inverse(response: ChatResponse, chunk_size: int) -> None:
    """Assert that *response* equals the response from its events: one StreamEnd, no delta empty or too long.

    The ids of its calls must differ, as an adapter makes them.
    """
    events = list(events_from_response(response, chunk_size=chunk_size))

    assert response == response_from_events(events)
    assert [events[-1]] == [event for event in events if isinstance(event, StreamEnd)]
    assert all(0 < len(event.text) <= chunk_size for event in events if isinstance(event, TextDelta))


def dialect_round_trip_is_identity(
    request: ChatRequest, dialect: Dialect, encode: Callable[[ChatRequest], bytes], *, path: str = "/"
) -> None:
    """Assert that the provider reads *request* in the body that *encode* makes: everything that the wire can carry.

    The body is sent to *path*, which the dialect must serve.
    """
    body = encode(request)

    read = dialect.parse(RecordedRequest(method="POST", path=path, headers={}, body=body))

    assert dialect.normalise(request) == dialect.normalise(read)


def _read_again(value: ChatRequest | ChatResponse | Message | StreamEvent) -> object:
    document = to_json(value)
    match value:
        case ChatRequest():
            return from_json(ChatRequest, document)
        case ChatResponse():
            return from_json(ChatResponse, document)
        case SystemMessage() | UserMessage() | AssistantMessage() | ToolMessage():
            return message_from_json(document)
        case _:
            return event_from_json(document)
