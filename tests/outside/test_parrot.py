"""The contract as it stands in the installed wheel, over an adapter that this project does not ship."""

import json
import urllib.request
from collections.abc import Callable, Generator

from llm_core import (
    ChatError,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatStream,
    EventStream,
    ResponseBuilder,
    StreamEvent,
    from_sync,
    response_from_events,
)
from llm_core.testing import Capabilities, ChatPortContract, Replies, Scenario, expected_events


class ParrotChat:
    """A `SyncChatPort` over *provider*, which yields the events of an answer."""

    def __init__(self, provider: Callable[[ChatRequest], Generator[StreamEvent, None, None]]) -> None:
        self._provider = provider

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        return response_from_events(self._events(request))

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return EventStream(self._events(request))

    def _events(self, request: ChatRequest) -> Generator[StreamEvent, None, None]:
        told = ResponseBuilder()
        try:
            for event in self._provider(request):
                told.add(event)
                yield event
        except ChatError as error:
            error.partial = told.partial()
            raise


class TestParrotChat(ChatPortContract):
    capabilities = Capabilities(http=False, cancels_promptly=False)

    def arrange(self, scenario: Scenario) -> ChatPort:
        def provider(request: ChatRequest) -> Generator[StreamEvent, None, None]:
            self.record(request)
            yield from expected_events(scenario, request)

        return from_sync(ParrotChat(provider))

    def test_the_far_side_answers_over_loopback(self) -> None:
        question = json.dumps({"model": "any", "messages": [{"role": "user", "content": "Hello?"}]}).encode()
        address = f"{self.fake_provider(Replies(text='Hello.')).url}/v1/chat/completions"

        with urllib.request.urlopen(address, question, timeout=10) as answer:  # noqa: S310 -- loopback
            told = json.load(answer)

        assert "Hello." == told["choices"][0]["message"]["content"]
