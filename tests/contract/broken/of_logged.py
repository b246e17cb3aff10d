"""Broken forms of `Logged`."""

from collections.abc import Sequence

import attrs

from llm_core import ChatError, ChatPort, ChatRequest, ChatResponse, ServerError, events_from_response
from llm_core.wrappers import Logged, Steps, emit, forward, run

from .broken_wrapper import wrapper


@wrapper("wrapper.error-unchanged", shows="ServerError")
def raises_what_it_has_logged_as_another_error(chats: Sequence[ChatPort]) -> ChatPort:
    class Raises(Logged):
        def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
            try:
                return (yield from super().exchange(request))
            except ChatError as error:
                detail = str(error)
            raise ServerError(detail=detail)

    return Raises(chats[0])


@wrapper("wrapper.events-unchanged", shows="TextDelta", mode="stream")
def logs_a_stream_once_it_is_whole(chats: Sequence[ChatPort]) -> ChatPort:
    class Whole(Logged):
        def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
            response = yield from run(lambda: self.chats[0].complete(request))
            yield from emit(list(events_from_response(response, chunk_size=64))[:-1])
            return response

    return Whole(chats[0])


@wrapper("wrapper.response-unchanged", shows="usage")
def logs_the_usage_and_drops_it(chats: Sequence[ChatPort]) -> ChatPort:
    class Drops(Logged):
        def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
            return attrs.evolve((yield from forward(self.chats[0], request)), usage=None)

    return Drops(chats[0])
