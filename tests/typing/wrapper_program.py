"""A wrapper as a user writes one; mypy and pyright see no Any in its steps."""

from typing import assert_type

from opentelemetry.metrics import get_meter_provider
from opentelemetry.trace import get_tracer_provider

from llm_core import ChatError, ChatPort, ChatRequest, ChatResponse, ManagedChatPort
from llm_core.wrappers import (
    Answer,
    Cached,
    Logged,
    MemoryStore,
    Recorded,
    Signal,
    SqliteStore,
    Steps,
    Traced,
    Wrapper,
    call,
    forward,
    relay,
    run,
    wait,
    wait_for,
)


class Everything(Wrapper):
    def __init__(self, chat: ChatPort) -> None:
        super().__init__(chat)
        self._signal = Signal()

    def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
        yield from wait(0)
        assert_type((yield from wait_for(self._signal, 1)), bool)
        assert_type((yield from run(lambda: 42)), int)
        try:
            answer = yield from call(self.chats[0], request)
            assert_type(answer, Answer)
        except ChatError:
            return (yield from forward(self.chats[0], request))
        response = yield from relay(answer)
        assert_type(response, ChatResponse)
        return response


def port(chat: ChatPort) -> ManagedChatPort:
    return Everything(chat)


def production(chat: ChatPort) -> ManagedChatPort:
    cached = Cached(Logged(chat), SqliteStore("answers.db"), ttl=60)
    assert_type(cached.hits, int)
    return Cached(Recorded(cached, "tape.jsonl", mode="once"), MemoryStore(), namespace="n")


def traced(chat: ChatPort) -> ManagedChatPort:
    return Traced(chat, tracer_provider=get_tracer_provider(), meter_provider=get_meter_provider(), content=True)
