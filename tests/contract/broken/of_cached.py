"""Broken forms of `Cached`."""

from collections.abc import Sequence

import attrs

from llm_core import ChatPort, ChatRequest, ChatResponse, ModelDescription
from llm_core.wrappers import Cached, MemoryStore, Steps, forward

from .broken_wrapper import wrapper


@wrapper("wrapper.stored-answers", shows="model-2", mode="complete", may_answer_without_request=True)
def keeps_answers_whatever_the_model(chats: Sequence[ChatPort]) -> ChatPort:
    class AnyModel(Cached):
        def _key(self, request: ChatRequest) -> str:
            return super()._key(attrs.evolve(request, model=None))

    return AnyModel(chats[0], MemoryStore(), namespace="n")


@wrapper("wrapper.stored-answers", shows="number", mode="complete", may_answer_without_request=True)
def keeps_answers_whatever_the_settings(chats: Sequence[ChatPort]) -> ChatPort:
    class AnySettings(Cached):
        def _key(self, request: ChatRequest) -> str:
            return super()._key(ChatRequest(messages=request.messages[:1], model=request.model))

    return AnySettings(chats[0], MemoryStore(), namespace="n")


@wrapper("wrapper.stored-answers", shows="number", mode="complete", may_answer_without_request=True)
def keeps_nothing(chats: Sequence[ChatPort]) -> ChatPort:
    return Cached(chats[0], MemoryStore(), namespace="n", ttl=0)


@wrapper("wrapper.events-unchanged", shows="StreamEnd", mode="stream", may_answer_without_request=True)
def streams_the_answer_that_it_has_stored(chats: Sequence[ChatPort]) -> ChatPort:
    class Stores(Cached):
        def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
            response = yield from forward(self.chats[0], request, lambda event: [event][: hasattr(event, "response")])
            return response

    return Stores(chats[0], MemoryStore(), namespace="n")


@wrapper("wrapper.describe", shows="provider", may_answer_without_request=True)
def describes_the_store(chats: Sequence[ChatPort]) -> ChatPort:
    class Describes(Cached):
        def describe(self) -> ModelDescription:
            return ModelDescription(provider="cache")

    return Describes(chats[0], MemoryStore(), namespace="n")
