"""Broken forms of `Fallback`."""

from collections.abc import Sequence

from llm_core import ChatError, ChatPort, ChatRequest, ChatResponse, ChatStream
from llm_core.wrappers import Answer, Fallback, Steps, begin, call, forward, relay, spend

from .broken_wrapper import wrapper


class Falling(Fallback):
    """Falls back without rests; a broken form overrides what decides about it."""

    def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
        failed: list[ChatError] = []
        for chat in self.chats:
            try:
                answer = yield from call(chat, request)
            except ChatError as error:
                failed.append(error)
            else:
                return (yield from relay(answer))
            if not self.falls_back(failed[-1]):
                break
            yield from self.count(failed[-1])
        raise self.raised(failed)

    def falls_back(self, error: ChatError, /) -> bool:
        return error.retryable

    def count(self, error: ChatError, /) -> Steps[None]:
        yield from spend(error.usage)

    def raised(self, failed: list[ChatError]) -> ChatError:
        failed[-1].previous = tuple(failed[:-1])
        return failed[-1]


@wrapper("wrapper.no-attempt-after-an-event", shows="DID NOT RAISE", chats=2, attempts_per_call=2)
def falls_back_after_the_first_delta(chats: Sequence[ChatPort]) -> ChatPort:
    class AfterTheFirst(Falling):
        def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
            try:
                return (yield from forward(self.chats[0], request))
            except ChatError:
                pass
            return (yield from forward(self.chats[0], request))

    return AfterTheFirst(chats)


@wrapper("wrapper.usage-of-attempts", shows="usage.input_tokens: expected 107", chats=2, attempts_per_call=2)
def loses_the_usage_of_the_chat_that_failed(chats: Sequence[ChatPort]) -> ChatPort:
    class Loses(Falling):
        def count(self, _: ChatError) -> Steps[None]:
            yield from spend(None)

    return Loses(chats)


@wrapper("wrapper.previous", shows="'attempt-0'", chats=2, attempts_per_call=2)
def forgets_the_errors_of_other_chats(chats: Sequence[ChatPort]) -> ChatPort:
    class Forgets(Falling):
        def raised(self, failed: list[ChatError]) -> ChatError:
            return failed[-1]

    return Forgets(chats)


@wrapper("wrapper.error-unchanged", shows="previous", chats=2, attempts_per_call=2)
def falls_back_where_a_prompt_is_refused(chats: Sequence[ChatPort]) -> ChatPort:
    class Everything(Falling):
        def falls_back(self, _: ChatError) -> bool:
            return True

    return Everything(chats)


@wrapper("wrapper.attempts", shows="1 attempts, and 2 are declared", chats=2, attempts_per_call=2)
def never_falls_back(chats: Sequence[ChatPort]) -> ChatPort:
    class Never(Falling):
        def falls_back(self, _: ChatError) -> bool:
            return False

    return Never(chats)


_LEFT_OPEN: list[ChatStream] = []


@wrapper("wrapper.not-chosen", shows="still in progress: stream", mode="stream", fails=False, chats=2)
def opens_all_streams_and_uses_one(chats: Sequence[ChatPort]) -> ChatPort:
    class All(Falling):
        def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
            streams = [chat.stream(request) for chat in self.chats]
            for stream in streams:
                next(stream)
            _LEFT_OPEN.extend(streams)
            answer = Answer(self.chats[0], request)
            yield from begin(answer)
            return (yield from relay(answer))

    return All(chats)


@wrapper("wrapper.close", shows="closed by nothing", how="close", chats=2, attempts_per_call=2)
def closes_the_preferred_chat_alone(chats: Sequence[ChatPort]) -> ChatPort:
    class First(Falling):
        def close(self) -> None:
            Fallback(self.chats[:1]).close()

    return First(chats)
