"""The contract of the installed wheel, over an adapter that is not in the wheel."""

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
        builder = ResponseBuilder()
        try:
            for event in self._provider(request):
                builder.add(event)
                yield event
        except ChatError as error:
            error.partial = builder.partial()
            raise


class TestParrotChat(ChatPortContract):
    capabilities = Capabilities(http=False, cancels_promptly=False)

    def arrange(self, scenario: Scenario) -> ChatPort:
        def provider(request: ChatRequest) -> Generator[StreamEvent, None, None]:
            self.record(request)
            yield from expected_events(scenario, request)

        return from_sync(ParrotChat(provider))

    def test_the_fake_provider_answers_over_loopback(self) -> None:
        question = json.dumps({"model": "any", "messages": [{"role": "user", "content": "Hello?"}]}).encode()
        address = f"{self.fake_provider(Replies(text='Hello.')).url}/v1/chat/completions"

        with urllib.request.urlopen(address, question, timeout=10) as answer:  # noqa: S310 -- loopback
            body = json.load(answer)

        assert "Hello." == body["choices"][0]["message"]["content"]
