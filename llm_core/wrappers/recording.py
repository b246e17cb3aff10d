"""One recorded exchange, and its line on a tape."""

import json
from collections.abc import Iterator, Sequence

import attrs

from llm_core.domain.errors import ChatError
from llm_core.domain.events import StreamEvent
from llm_core.domain.provider_fault import ProviderFault, detached
from llm_core.domain.response_builder import events_from_response
from llm_core.domain.responses import ChatResponse

from .tape_file import encoded

_CHUNK_SIZE = 32  # characters of a delta, where the answer was recorded whole


@attrs.frozen(kw_only=True)
class Recording:
    """What a call led to: a response or an error, and of a stream the deltas before it."""

    events: tuple[StreamEvent, ...] = ()
    """The deltas; none where the answer was recorded whole."""
    outcome: ChatResponse | ChatError
    """The whole response, or the error."""
    seconds: float = 0.0
    """The time from the call to its end."""
    first_event_seconds: float | None = None
    """The time from the call to its first event; None where the answer was recorded whole."""

    def deltas(self) -> Sequence[StreamEvent]:
        """Return the deltas that lead to the response, or to the partial message of the error."""
        if self.events:
            return self.events
        if isinstance(self.outcome, ChatResponse):
            return _deltas_of(self.outcome)
        return () if self.outcome.partial is None else _deltas_of(ChatResponse(message=self.outcome.partial))


def line_of(namespace: str, request: str, recording: Recording) -> bytes:
    """Return the line of *recording*, with its line end; *request* is the JSON text that it is found by.

    The host and the `detail` of an error, in which a provider's text may repeat an address, are left out.
    """
    from llm_core.serialization import error_to_json, to_json

    members = {"namespace": json.dumps(namespace, ensure_ascii=False), "request": request}
    if recording.events:
        members["events"] = f"[{', '.join(map(to_json, recording.events))}]"
    if isinstance(recording.outcome, ChatResponse):
        members["response"] = to_json(recording.outcome)
    else:
        members["error"] = error_to_json(_without_address(recording.outcome))
    if recording.first_event_seconds is not None:
        members["first_event_seconds"] = f"{recording.first_event_seconds:.3f}"
    members["seconds"] = f"{recording.seconds:.3f}"
    text = ", ".join(f'"{name}": {value}' for name, value in members.items())
    return encoded(f"{{{text}}}")


def recording_of(document: dict[str, object]) -> Recording:
    """Return the recording of the parsed line *document*.

    Raises:
        InvalidDocumentError: a member does not hold what it must.
    """
    from llm_core.serialization import error_from_json, event_from_json, from_json

    events, response = document.get("events"), document.get("response")
    if response is None:
        error = error_from_json(json.dumps(document.get("error")))
        outcome: ChatResponse | ChatError = detached(error, ProviderFault("llm_core", "replayed from a tape"))
    else:
        outcome = from_json(ChatResponse, json.dumps(response))
    deltas = events if isinstance(events, list) else []
    return Recording(events=tuple(event_from_json(json.dumps(event)) for event in deltas), outcome=outcome)


def _deltas_of(response: ChatResponse) -> Sequence[StreamEvent]:
    *deltas, _ = events_from_response(response, chunk_size=_CHUNK_SIZE)
    return deltas


def _without_address(error: ChatError) -> ChatError:
    from llm_core.serialization import error_from_json, error_to_json

    copied = error_from_json(error_to_json(error))
    for one in _with_previous(copied):
        one.host = one.detail = None
    return copied


def _with_previous(error: ChatError) -> Iterator[ChatError]:
    yield error
    for one in error.previous:
        yield from _with_previous(one)
