"""A wrapper that only passes on: the seam of wrappers by itself."""

from llm_core import ChatRequest, ChatResponse
from llm_core.wrappers import Steps, Wrapper, forward


class Neutral(Wrapper):
    """Forwards each request to its one chat."""

    def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
        return (yield from forward(self.chats[0], request))
