"""Broken forms of `Limited`, over a limiter of few turns."""

import threading
from collections.abc import Sequence

import attrs

from llm_core import (
    AsyncChatStream,
    ChatError,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatStream,
    RateLimitError,
)
from llm_core.wrappers import Limited, Limiter, Steps, call, forward, relay

from .broken_wrapper import wrapper


class Turns(Limited):
    """Has one turn, and refuses a call while it is taken; a broken form gives it back in too few cases."""

    def __init__(self, chat: ChatPort) -> None:
        super().__init__(chat, Limiter(concurrent=1))
        self._turn = threading.Lock()

    def take(self) -> None:
        if not self._turn.acquire(blocking=False):
            raise RateLimitError(detail="the turn is still taken")

    def give_back(self) -> None:
        self._turn.release()


@wrapper("wrapper.cancel", shows="", raises=RateLimitError)
def holds_a_turn_after_a_cancellation(chats: Sequence[ChatPort]) -> ChatPort:
    class Holds(Turns):
        def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
            self.take()
            try:
                response = yield from forward(self.chats[0], request)
            except ChatError:
                self.give_back()
                raise
            self.give_back()
            return response

    return Holds(chats[0])


@wrapper("wrapper.early-close", shows="", raises=RateLimitError)
def holds_a_turn_after_an_early_close(chats: Sequence[ChatPort]) -> ChatPort:
    class Holds(Turns):
        def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
            self.take()
            try:
                response = yield from forward(self.chats[0], request)
            except Exception:
                self.give_back()
                raise
            self.give_back()
            return response

    return Holds(chats[0])


@wrapper("wrapper.interrupt", shows="", raises=RateLimitError)
def holds_a_turn_after_an_interrupt(chats: Sequence[ChatPort]) -> ChatPort:
    class Holds(Turns):
        def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
            self.take()
            try:
                response = yield from forward(self.chats[0], request)
            except (Exception, GeneratorExit):
                self.give_back()
                raise
            self.give_back()
            return response

    return Holds(chats[0])


@wrapper("wrapper.close-from-thread", shows="", raises=RateLimitError)
def holds_a_turn_after_a_close_from_another_thread(chats: Sequence[ChatPort]) -> ChatPort:
    class Holds(Turns):
        def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
            self.take()
            answer = yield from call(self.chats[0], request)
            response = yield from relay(answer)
            self.give_back()
            return response

    return Holds(chats[0])


@wrapper("wrapper.request-unchanged", shows="settings.timeout: expected None, got 30")
def sets_a_timeout_of_its_own(chats: Sequence[ChatPort]) -> ChatPort:
    class Sets(Limited):
        def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
            settings = attrs.evolve(request.settings, timeout=30)
            return (yield from forward(self.chats[0], attrs.evolve(request, settings=settings)))

    return Sets(chats[0], Limiter())


@wrapper("wrapper.lazy", shows="", raises=RateLimitError)
def takes_the_turn_in_stream(chats: Sequence[ChatPort]) -> ChatPort:
    class Takes(Turns):
        def stream(self, request: ChatRequest, /) -> ChatStream:
            self.take()
            self.take()
            return super().stream(request)

        def astream(self, request: ChatRequest, /) -> AsyncChatStream:
            self.take()
            self.take()
            return super().astream(request)

    return Takes(chats[0])
