"""Broken wrappers that change, hold back or misdirect what they should pass on."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

import attrs

from llm_core import (
    AsyncChatStream,
    ChatError,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatStream,
    EventStream,
    ModelDescription,
    ServerError,
    StreamEnd,
    StreamEvent,
    StreamInterruptedError,
    TextDelta,
    UserMessage,
)
from llm_core.wrappers import Steps, Wrapper, emit, forward

from .broken_wrapper import wrapper

Result = TypeVar("Result")


class Passing(Wrapper):
    """A wrapper whose steps are a function of the chat beneath and the request."""

    def __init__(self, steps: Callable[[ChatPort, ChatRequest], Steps[ChatResponse]], *chats: ChatPort) -> None:
        super().__init__(*chats)
        self._steps = steps

    def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
        return self._steps(self.chats[0], request)


class Honest(Passing):
    """Passes everything on; a broken wrapper overrides one method."""

    def __init__(self, *chats: ChatPort) -> None:
        super().__init__(forward, *chats)


@wrapper("wrapper.request-unchanged", shows="UserMessage(content='Please.')")
def adds_a_message(chats: Sequence[ChatPort]) -> ChatPort:
    def steps(chat: ChatPort, request: ChatRequest) -> Steps[ChatResponse]:
        longer = attrs.evolve(request, messages=[*request.messages, UserMessage("Please.")])
        return (yield from forward(chat, longer))

    return Passing(steps, *chats)


@wrapper("wrapper.request-unchanged", shows="settings.temperature: expected 0.5, got None")
def drops_the_settings(chats: Sequence[ChatPort]) -> ChatPort:
    def steps(chat: ChatPort, request: ChatRequest) -> Steps[ChatResponse]:
        return (yield from forward(chat, ChatRequest(messages=request.messages)))

    return Passing(steps, *chats)


@wrapper("wrapper.response-unchanged", shows="model: expected 'model-1', got None")
def forgets_the_model(chats: Sequence[ChatPort]) -> ChatPort:
    def steps(chat: ChatPort, request: ChatRequest) -> Steps[ChatResponse]:
        return attrs.evolve((yield from forward(chat, request)), model=None)

    return Passing(steps, *chats)


@wrapper("wrapper.response-unchanged", shows="ignored_settings")
def makes_a_response_of_its_own(chats: Sequence[ChatPort]) -> ChatPort:
    def steps(chat: ChatPort, request: ChatRequest) -> Steps[ChatResponse]:
        response = yield from forward(chat, request)
        return ChatResponse(message=response.message, usage=response.usage, model=response.model, id=response.id)

    return Passing(steps, *chats)


@wrapper("wrapper.events-unchanged", shows="TextDelta")
def joins_the_deltas(chats: Sequence[ChatPort]) -> ChatPort:
    class Joins:
        def __init__(self) -> None:
            self.text = ""

        def __call__(self, event: StreamEvent) -> list[StreamEvent]:
            if isinstance(event, TextDelta):
                self.text += event.text
                return []
            text, self.text = self.text, ""
            return [TextDelta(text), event] if text else [event]

    def steps(chat: ChatPort, request: ChatRequest) -> Steps[ChatResponse]:
        return (yield from forward(chat, request, Joins()))

    return Passing(steps, *chats)


@wrapper("wrapper.events-at-once", shows="after 2 events that the caller read")
def collects_the_answer_first(chats: Sequence[ChatPort]) -> ChatPort:
    class Collects:
        def __init__(self) -> None:
            self.seen: list[StreamEvent] = []

        def __call__(self, event: StreamEvent) -> list[StreamEvent]:
            self.seen.append(event)
            return self.seen if isinstance(event, StreamEnd) else []

    def steps(chat: ChatPort, request: ChatRequest) -> Steps[ChatResponse]:
        return (yield from forward(chat, request, Collects()))

    return Passing(steps, *chats)


@wrapper("wrapper.error-unchanged", shows="context", mode="complete")
def raises_inside_except(chats: Sequence[ChatPort]) -> ChatPort:
    class Raises(Honest):
        def complete(self, request: ChatRequest, /) -> ChatResponse:
            try:
                return super().complete(request)
            except ChatError as error:
                raise _copy(error) from error.__cause__

    return Raises(*chats)


def _copy(error: ChatError) -> ChatError:
    fields = {name: value for name, value in vars(error).items() if name != "previous"}
    return type(error)(**fields)


@wrapper("wrapper.error-unchanged", shows="ServerError")
def raises_an_error_of_its_own(chats: Sequence[ChatPort]) -> ChatPort:
    def steps(chat: ChatPort, request: ChatRequest) -> Steps[ChatResponse]:
        try:
            return (yield from forward(chat, request))
        except ChatError as error:
            failed = ServerError(provider=error.provider, request_id=error.request_id)
        raise failed

    return Passing(steps, *chats)


@wrapper("wrapper.partial-unchanged", shows="partial")
def forgets_the_partial_answer(chats: Sequence[ChatPort]) -> ChatPort:
    def steps(chat: ChatPort, request: ChatRequest) -> Steps[ChatResponse]:
        try:
            return (yield from forward(chat, request))
        except ChatError as error:
            error.partial = None
            raise

    return Passing(steps, *chats)


@wrapper("wrapper.lazy", shows="1 call beneath before the stream is read")
def begins_the_stream_at_once(chats: Sequence[ChatPort]) -> ChatPort:
    class Eager(Honest):
        def stream(self, request: ChatRequest, /) -> ChatStream:
            stream = super().stream(request)
            with suppress(ChatError):
                stream.__enter__()
            return stream

        def astream(self, request: ChatRequest, /) -> AsyncChatStream:
            self.stream(request).close()
            return super().astream(request)

    return Eager(*chats)


@wrapper("wrapper.verbs", shows="complete is served by acomplete", mode="complete")
def serves_sync_verbs_by_async_ones(chats: Sequence[ChatPort]) -> ChatPort:
    class Async(Honest):
        def complete(self, request: ChatRequest, /) -> ChatResponse:
            return asyncio.run(self.acomplete(request))

    return Async(*chats)


@wrapper("wrapper.verbs", shows="acomplete is served by complete", mode="acomplete")
def serves_async_verbs_by_sync_ones(chats: Sequence[ChatPort]) -> ChatPort:
    class Sync(Honest):
        async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
            return self.complete(request)

    return Sync(*chats)


@wrapper("wrapper.verbs", shows="run in the caller's thread: False", mode="complete")
def calls_in_a_thread_of_its_own(chats: Sequence[ChatPort]) -> ChatPort:
    class Threaded(Honest):
        def complete(self, request: ChatRequest, /) -> ChatResponse:
            responses: list[ChatResponse] = []
            thread = threading.Thread(target=lambda: responses.append(super(Threaded, self).complete(request)))
            thread.start()
            thread.join()
            return responses[0]

    return Threaded(*chats)


@wrapper("wrapper.describe", shows="provider: expected 'p', got None")
def does_not_describe_the_model(chats: Sequence[ChatPort]) -> ChatPort:
    class Silent(Honest):
        def describe(self) -> ModelDescription:
            return ModelDescription()

    return Silent(*chats)


@wrapper("wrapper.describe", shows="input_usd_per_token")
def describes_the_model_without_its_price(chats: Sequence[ChatPort]) -> ChatPort:
    class Priceless(Honest):
        def describe(self) -> ModelDescription:
            return attrs.evolve(super().describe(), input_usd_per_token=None)

    return Priceless(*chats)


class Storing(Honest):
    """Stores answers by a key of the request."""

    def __init__(self, key: Callable[[ChatRequest], object], *chats: ChatPort) -> None:
        super().__init__(*chats)
        self._key, self._stored = key, dict[object, ChatResponse]()

    def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
        key = self._key(request)
        if key not in self._stored:
            self._stored[key] = yield from forward(self.chats[0], request)
        else:
            yield from emit([TextDelta(self._stored[key].text)])
        return self._stored[key]


@wrapper("wrapper.stored-answers", shows="number", mode="complete")
def stores_answers_without_saying_so(chats: Sequence[ChatPort]) -> ChatPort:
    return Storing(repr, *chats)


@wrapper("wrapper.stored-answers", shows="number", mode="complete", may_answer_without_request=True)
def stores_the_answer_of_another_request(chats: Sequence[ChatPort]) -> ChatPort:
    return Storing(lambda request: len(request.messages), *chats)


@wrapper("wrapper.stored-answers", shows="model-2", mode="complete", may_answer_without_request=True)
def stores_the_answer_of_another_model(chats: Sequence[ChatPort]) -> ChatPort:
    return Storing(lambda request: (repr(request.messages), repr(request.settings)), *chats)


@wrapper("wrapper.stored-answers", shows="number", mode="complete", may_answer_without_request=True)
def stores_nothing_although_it_says_so(chats: Sequence[ChatPort]) -> ChatPort:
    return Honest(*chats)


@wrapper("wrapper.stream-usage", shows="usage: expected Usage(input_tokens=7")
def reports_no_usage_of_a_stream_that_is_left(chats: Sequence[ChatPort]) -> ChatPort:
    class Reports(Honest):
        def stream(self, request: ChatRequest, /) -> ChatStream:
            return EventStream(event for event in super(Reports, self).stream(request))

    return Reports(*chats)


@wrapper("wrapper.no-attempt-after-an-event", shows="DID NOT RAISE")
def goes_on_after_a_break(chats: Sequence[ChatPort]) -> ChatPort:
    def steps(chat: ChatPort, request: ChatRequest) -> Steps[ChatResponse]:
        try:
            return (yield from forward(chat, request))
        except StreamInterruptedError:
            pass
        return (yield from forward(chat, request))

    return Passing(steps, *chats)
