"""Broken forms of `Budget`."""

from collections.abc import Callable, Sequence

import attrs

from llm_core import (
    AsyncChatStream,
    BudgetExceededError,
    ChatError,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatStream,
    ModelDescription,
    Usage,
)
from llm_core.wrappers import Budget, Steps, call, forward, relay

from .broken_wrapper import wrapper


def _doubled(response: ChatResponse) -> ChatResponse:
    usage = response.usage or Usage()
    return attrs.evolve(response, usage=usage + usage)


class Changing(Budget):
    """Changes the response by a function."""

    def __init__(self, chat: ChatPort, change: Callable[[ChatResponse], ChatResponse]) -> None:
        super().__init__(chat)
        self._change = change

    def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
        return self._change((yield from forward(self.chats[0], request)))


@wrapper("wrapper.response-unchanged", shows="usage.input_tokens: expected 7, got 14", mode="stream")
def counts_the_tokens_of_a_stream_twice(chats: Sequence[ChatPort]) -> ChatPort:
    return Changing(chats[0], _doubled)


@wrapper("wrapper.response-unchanged", shows="got None")
def takes_the_usage_out(chats: Sequence[ChatPort]) -> ChatPort:
    return Changing(chats[0], lambda response: attrs.evolve(response, usage=None))


@wrapper("wrapper.lazy", shows="", raises=BudgetExceededError)
def refuses_in_stream_itself(chats: Sequence[ChatPort]) -> ChatPort:
    class Refuses(Budget):
        def stream(self, _: ChatRequest, /) -> ChatStream:
            raise BudgetExceededError

        def astream(self, _: ChatRequest, /) -> AsyncChatStream:
            raise BudgetExceededError

    return Refuses(chats[0])


@wrapper("wrapper.error-unchanged", shows="BudgetExceededError")
def takes_every_failure_for_a_spent_budget(chats: Sequence[ChatPort]) -> ChatPort:
    class Takes(Budget):
        def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
            try:
                return (yield from forward(self.chats[0], request))
            except ChatError:
                pass
            raise BudgetExceededError

    return Takes(chats[0])


@wrapper("wrapper.describe", shows="output_usd_per_token")
def keeps_the_price_to_itself(chats: Sequence[ChatPort]) -> ChatPort:
    class Keeps(Budget):
        def describe(self) -> ModelDescription:
            return attrs.evolve(super().describe(), output_usd_per_token=None)

    return Keeps(chats[0])


@wrapper("wrapper.stream-usage", shows="None")
def reports_the_usage_at_the_end_alone(chats: Sequence[ChatPort]) -> ChatPort:
    class AtTheEnd(Budget):
        def stream(self, request: ChatRequest, /) -> ChatStream:
            stream = super().stream(request)
            vars(stream)["_usage"].read = lambda: None
            return stream

        def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
            answer = yield from call(self.chats[0], request)
            return (yield from relay(answer))

    return AtTheEnd(chats[0])
