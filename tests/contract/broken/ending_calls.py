"""Broken wrappers that leave open, hold or swallow something where a call or the wrapper ends."""

import asyncio
from collections.abc import AsyncGenerator, Generator, Sequence

from llm_core import (
    AssistantMessage,
    AsyncChatStream,
    AsyncEventStream,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatStream,
    EventStream,
    ServerError,
    StreamEvent,
)
from llm_core.wrappers import Steps, call, forward, relay

from .broken_wrapper import wrapper
from .passing_on import Honest

_LEFT_OPEN: list[object] = []  # what broken wrappers keep, so that no collection closes it


@wrapper("wrapper.close", shows="closed by nothing", how="close")
def does_not_close_what_is_beneath(chats: Sequence[ChatPort]) -> ChatPort:
    class Open(Honest):
        def close(self) -> None:
            pass

    return Open(*chats)


@wrapper("wrapper.close", shows="closed by ['close']", how="async with")
def closes_by_the_sync_method_alone(chats: Sequence[ChatPort]) -> ChatPort:
    class Sync(Honest):
        async def __aexit__(self, *_: object) -> None:
            self.close()

    return Sync(*chats)


@wrapper("wrapper.close", shows="closed 2 times", how="with")
def closes_twice(chats: Sequence[ChatPort]) -> ChatPort:
    class Twice(Honest):
        def __exit__(self, *_: object) -> None:
            self.close()
            self.close()

    return Twice(*chats)


@wrapper("wrapper.close", shows="closed by nothing", how="with", chats=2)
def closes_the_first_chat_alone(chats: Sequence[ChatPort]) -> ChatPort:
    return Honest(chats[0])


@wrapper("wrapper.early-close", shows="still in progress: stream", mode="stream")
def leaves_the_stream_beneath_open(chats: Sequence[ChatPort]) -> ChatPort:
    class Leaves(Honest):
        def stream(self, request: ChatRequest, /) -> ChatStream:
            inner = super().stream(request)
            _LEFT_OPEN.append(inner)
            return EventStream(event for event in inner)

    return Leaves(*chats)


@wrapper("wrapper.early-close", shows="still in progress: astream", mode="astream")
def leaves_the_async_stream_beneath_open(chats: Sequence[ChatPort]) -> ChatPort:
    class Leaves(Honest):
        def astream(self, request: ChatRequest, /) -> AsyncChatStream:
            async def events() -> AsyncGenerator[StreamEvent, None]:
                inner = super(Leaves, self).astream(request)
                _LEFT_OPEN.append(inner)
                async for event in inner:
                    yield event

            return AsyncEventStream(events())

    return Leaves(*chats)


@wrapper("wrapper.cancel", shows="the cancelled task ended with", mode="acomplete")
def swallows_a_cancellation(chats: Sequence[ChatPort]) -> ChatPort:
    class Swallows(Honest):
        async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
            try:
                return await super().acomplete(request)
            except asyncio.CancelledError:
                raise ServerError from None

    return Swallows(*chats)


@wrapper("wrapper.cancel", shows="still in progress: acomplete", mode="acomplete")
def lets_a_task_of_its_own_go_on(chats: Sequence[ChatPort]) -> ChatPort:
    class GoesOn(Honest):
        async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
            task = asyncio.create_task(super().acomplete(request))
            _LEFT_OPEN.append(task)
            return await asyncio.shield(task)

    return GoesOn(*chats)


@wrapper("wrapper.close-from-thread", shows="a deadlock")
def only_remembers_that_it_is_closed(chats: Sequence[ChatPort]) -> ChatPort:
    class Remembers(Honest):
        def stream(self, request: ChatRequest, /) -> ChatStream:
            inner = super().stream(request)

            def events() -> Generator[StreamEvent, None, None]:
                with inner:
                    yield from inner

            return EventStream(events())

    return Remembers(*chats)


@wrapper("wrapper.interrupt", shows="interrupted", raises=RuntimeError, mode="complete")
def turns_an_interrupt_into_an_error(chats: Sequence[ChatPort]) -> ChatPort:
    class Turns(Honest):
        def complete(self, request: ChatRequest, /) -> ChatResponse:
            try:
                return super().complete(request)
            except BaseException:  # noqa: BLE001 -- the fault
                raise RuntimeError("interrupted") from None

    return Turns(*chats)


@wrapper("wrapper.interrupt", shows="the next call of the wrapper", mode="complete")
def answers_nothing_after_an_interrupt(chats: Sequence[ChatPort]) -> ChatPort:
    class AnswersNothing(Honest):
        spent = False

        def complete(self, request: ChatRequest, /) -> ChatResponse:
            if self.spent:
                return ChatResponse(message=AssistantMessage())
            try:
                return super().complete(request)
            except KeyboardInterrupt:
                self.spent = True
                raise

    return AnswersNothing(*chats)


@wrapper("wrapper.not-chosen", shows="still in progress: stream", mode="stream", fails=False)
def opens_a_stream_that_it_does_not_use(chats: Sequence[ChatPort]) -> ChatPort:
    class Opens(Honest):
        def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
            stream = self.chats[0].stream(request)
            next(stream)
            _LEFT_OPEN.append(stream)
            return (yield from forward(self.chats[0], request))

    return Opens(*chats)


class Counting(Honest):
    """Counts permits, of which a subclass gives some back too late."""

    PERMITS = 4

    def __init__(self, *chats: ChatPort) -> None:
        super().__init__(*chats)
        self.taken = 0

    def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
        self.taken += 1
        if self.taken > self.PERMITS:
            raise ServerError(detail="no permit is left")
        answer = yield from call(self.chats[0], request)
        response = yield from relay(answer)
        self.taken -= 1
        return response


@wrapper("wrapper.many-early-ends", shows="", raises=ServerError)
def gives_permits_back_at_the_end_of_an_answer_alone(chats: Sequence[ChatPort]) -> ChatPort:
    return Counting(*chats)
