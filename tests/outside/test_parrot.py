"""The contract as it stands in the installed wheel, over an adapter that this project does not ship."""

import json
import urllib.request
from collections.abc import Callable, Generator
from itertools import islice

from llm_core import (
    BadResponseError,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatStream,
    EventStream,
    Fold,
    StreamEvent,
    UserMessage,
    fold,
    from_sync,
    unfold,
)
from llm_core.testing import (
    Breaks,
    Capabilities,
    ChatPortContract,
    Echoes,
    Fails,
    Redirects,
    Refuses,
    Replies,
    Scenario,
    Sends,
    promised_error,
    promised_response,
)


class ParrotChat:
    """A `SyncChatPort` over *provider*, which yields the events of an answer."""

    def __init__(self, provider: Callable[[ChatRequest], Generator[StreamEvent, None, None]]) -> None:
        self._provider = provider

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        return fold(self._provider(request))

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return EventStream(self._provider(request))


class TestParrotChat(ChatPortContract):
    capabilities = Capabilities(http=False, frees_at_once=False)

    def arrange(self, scenario: Scenario) -> ChatPort:
        def provider(request: ChatRequest) -> Generator[StreamEvent, None, None]:
            self.record(request)
            yield from played(scenario, request)

        return from_sync(ParrotChat(provider))

    def test_the_far_side_answers_over_loopback(self) -> None:
        question = json.dumps({"model": "any", "messages": [{"role": "user", "content": "Hello?"}]}).encode()
        address = f"{self.far_side(Replies(text='Hello.')).url}/v1/chat/completions"

        with urllib.request.urlopen(address, question, timeout=10) as answer:  # noqa: S310 -- loopback
            told = json.load(answer)

        assert "Hello." == told["choices"][0]["message"]["content"]


def played(scenario: Scenario, request: ChatRequest) -> Generator[StreamEvent, None, None]:
    match scenario:
        case Replies(text=None, refusal="", calls=()):
            raise BadResponseError
        case Replies():
            yield from unfold(promised_response(scenario), chunk_size=4)
        case Echoes():
            said = [message.text for message in request.messages if isinstance(message, UserMessage)]
            yield from played(Replies(text=said[-1]), request)
        case Breaks(reply=reply, after=after):
            told = Fold()
            for event in islice(unfold(promised_response(reply), chunk_size=4), after):
                told.add(event)
                yield event
            raise promised_error(scenario)(partial=told.partial())
        case Fails(status=status):
            raise promised_error(scenario)(status_code=status, request_id="request-1", retry_after=wait(scenario))
        case Sends() | Redirects() | Refuses():
            raise promised_error(scenario)


def wait(failure: Fails) -> float | None:
    match dict(failure.headers):
        case {"retry-after-ms": milliseconds}:
            return float(milliseconds) / 1000
        case {"retry-after": told}:
            return float(told) if told.isdecimal() else 0.0  # a date, long gone
        case _:
            return failure.retry_after
