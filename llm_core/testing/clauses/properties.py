"""Laws of the values themselves, which need no adapter: each takes any values, and asserts what holds for all."""

from collections.abc import Callable

from llm_core.domain.events import StreamEnd, StreamEvent, TextDelta, events_from_response, response_from_events
from llm_core.domain.messages import AssistantMessage, Message, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse
from llm_core.domain.usage import Usage
from llm_core.serialization import (
    event_from_json,
    from_json,
    message_from_json,
    to_json,
)
from llm_core.testing.dialects.dialect import Dialect
from llm_core.testing.fake_provider.recorder import RecordedRequest


def json_round_trip_is_identity(value: ChatRequest | ChatResponse | Message | StreamEvent) -> None:
    """Assert that *value* is what it was when it is written and read again, to the spelling of its numbers."""
    back = _read_again(value)

    assert value == back
    assert repr(value) == repr(back)  # tells 1 from 1.0, and shows what == does not compare


def usage_is_a_commutative_monoid(one: Usage, two: Usage, three: Usage) -> None:
    """Assert that sums depend on neither order nor grouping, and that `Usage()` adds nothing."""
    assert one == one + Usage() == Usage() + one
    assert one + two == two + one
    assert (one + two) + three == one + (two + three) == Usage.total([one, None, two, three])


def fold_undoes_unfold(response: ChatResponse, chunk_size: int) -> None:
    """Assert that *response* is what it was when it is told in events: one end, and no piece empty or too long.

    The ids of its calls must differ, as an adapter makes them.
    """
    told = list(events_from_response(response, chunk_size=chunk_size))

    assert response == response_from_events(told)
    assert [told[-1]] == [event for event in told if isinstance(event, StreamEnd)]
    assert all(0 < len(event.text) <= chunk_size for event in told if isinstance(event, TextDelta))


def dialect_round_trip_is_identity(
    request: ChatRequest, dialect: Dialect, encode: Callable[[ChatRequest], bytes]
) -> None:
    """Assert that the provider reads *request* in what *encode* makes of it: all of it that the wire can carry."""
    body = encode(request)

    read = dialect.parse(RecordedRequest(method="POST", path="/", headers={}, body=body))

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
