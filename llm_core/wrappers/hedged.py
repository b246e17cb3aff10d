"""A second chat where the first one is slow."""

import threading
from collections.abc import Sequence
from contextlib import ExitStack

from llm_core.domain.errors import ChatTimeoutError
from llm_core.domain.messages import NO_MESSAGE
from llm_core.domain.requests import ChatRequest
from llm_core.domain.response_builder import ResponseBuilder
from llm_core.domain.responses import ChatResponse
from llm_core.domain.usage import Usage
from llm_core.ports.chat import ChatPort
from llm_core.ports.clock import SYSTEM_CLOCK, Clock

from .argument_checks import require_number
from .steps import Steps, forward, race, relay
from .wrapper import Wrapper, chats_of


class Hedged(Wrapper):
    """A chat that calls the first of *chats*, and each other one *after* seconds later, and takes the first to begin.

    The chat whose first event comes first answers; the others are closed at once, and what they had reported is in the
    response's `usage`. A chat that fails leaves the race; if it was the last in it, the next one is called at once
    after a retryable error, else the error is raised, with those of the others as its `previous`.

    `complete` is served through `stream`, and its timeout is that of the whole answer. The sync verbs wait for each
    first event in a thread of its own, and close the losers from another one: they refuse a chat whose `describe` says
    that this does not work. With a single chat, everything is passed on to it.
    """

    def __init__(self, chats: Sequence[ChatPort], *, after: float, clock: Clock = SYSTEM_CLOCK) -> None:
        """Wrap *chats*, in the order in which they are called; *after* is in seconds.

        Raises:
            ValueError: there is no chat, or *after* is negative.
        """
        require_number("after", after)
        super().__init__(*chats_of(chats), clock=clock)
        self._after = after

    def exchange(self, request: ChatRequest, /) -> Steps[ChatResponse]:
        """Return the response of the chat that begins first.

        Raises:
            UnsupportedFeatureError: a sync verb, over a chat whose streams cannot be closed from other threads.
        """
        if len(self.chats) == 1:
            return (yield from forward(self.chats[0], request))
        answer = yield from race(self.chats, request, self._after)
        return (yield from relay(answer))

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        """Return the whole response."""
        if len(self.chats) == 1:
            return super().complete(request)
        builder, stream, timeout = ResponseBuilder(), self.stream(request), request.settings.timeout
        with ExitStack() as stack:
            if timeout is not None:
                timer = threading.Timer(timeout, stream.close)
                timer.daemon = True  # the program may end before it
                stack.callback(timer.cancel)
                timer.start()
            for event in stack.enter_context(stream):
                builder.add(event)
        return _whole(builder, stream.usage)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        """Return the whole response."""
        import asyncio

        if len(self.chats) == 1:
            return await super().acomplete(request)
        builder, stream = ResponseBuilder(), self.astream(request)
        try:
            async with asyncio.timeout(request.settings.timeout), stream:
                async for event in stream:
                    builder.add(event)
        except TimeoutError:
            pass
        return _whole(builder, stream.usage)


def _whole(builder: ResponseBuilder, usage: Usage | None) -> ChatResponse:
    """Return the response; ChatTimeoutError if its stream was closed before its end."""
    if builder.end is not None:
        return builder.end
    partial = builder.partial()
    raise ChatTimeoutError(partial=None if partial == NO_MESSAGE else partial, usage=usage)
