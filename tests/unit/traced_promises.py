"""What each way of tracing a call must keep: `Traced` keeps it, and a form of `broken_traced` does not."""

import asyncio
import gc
import warnings
from collections.abc import Callable
from typing import TypeAlias

import pytest
from opentelemetry.trace import StatusCode, get_current_span

from llm_core import (
    AssistantMessage,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatSettings,
    ModelDescription,
    ProviderData,
    ServerError,
    StreamInterruptedError,
    SystemMessage,
    TextDelta,
    Tool,
    Usage,
    UserMessage,
)
from llm_core.adapters.memory import BrokenStream, InMemoryChat
from llm_core.testing import Plays, ProbeChat

from .recorded_spans import Recorded, WorkingChat
from .verbs import acomplete, astream, complete, stream

Wrap: TypeAlias = Callable[[ChatPort, Recorded], ChatPort]
Promise: TypeAlias = Callable[[Wrap], None]

VERBS = (complete, acomplete, stream, astream)
PLANTED = [f"planted-{index}" for index in range(7)]
ANSWER = ChatResponse(message=AssistantMessage(f"{PLANTED[0]} and more"), usage=Usage(input_tokens=6, output_tokens=4))
REQUEST = ChatRequest(
    messages=[SystemMessage(PLANTED[1]), UserMessage(PLANTED[2])],
    tools=[Tool(name="t", description=PLANTED[3], parameters={})],
    settings=ChatSettings(extra={"token": PLANTED[4]}),
    server_tools=[ProviderData(provider="p", value={"authorization": PLANTED[5]})],
)


def holds_no_content_and_no_secret(wrap: Wrap) -> None:
    recorded = Recorded()
    wrap(InMemoryChat([ANSWER]), recorded).complete(REQUEST)
    failing = wrap(InMemoryChat([BrokenStream([TextDelta(PLANTED[0])], error=_cut())] * 2), recorded)
    with pytest.raises(StreamInterruptedError):
        failing.complete(REQUEST)
    with pytest.raises(StreamInterruptedError):
        failing.stream(REQUEST).until_done()

    assert 3 == len(recorded.calls)
    assert [] == [text for text in PLANTED if text in recorded.text]


def ends_the_span_of_a_stream_that_is_left_early(wrap: Wrap) -> None:
    recorded = Recorded()
    chat = wrap(ProbeChat(ANSWER), recorded)

    with chat.stream(REQUEST) as events:
        next(events)
        assert ["chat"] == recorded.open
    assert [] == recorded.open

    async def leave() -> None:
        async with chat.astream(REQUEST) as events:
            await anext(events)

    asyncio.run(leave())

    assert ([], 2) == (recorded.open, len(recorded.calls))
    assert [StatusCode.UNSET] * 2 == [span.status.status_code for span in recorded.calls]
    assert [6] * 2 == [(span.attributes or {})["gen_ai.usage.input_tokens"] for span in recorded.calls]


def ends_the_span_of_a_stream_that_is_dropped(wrap: Wrap) -> None:
    recorded = Recorded()
    chat = wrap(ProbeChat(ANSWER), recorded)

    events = chat.stream(REQUEST)
    next(events)
    del events
    gc.collect()
    assert ([], 1) == (recorded.open, len(recorded.calls))

    async def drop() -> None:
        events = chat.astream(REQUEST)
        await anext(events)
        del events
        gc.collect()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # that the stream was not closed
        asyncio.run(drop())

    assert ([], 2) == (recorded.open, len(recorded.calls))
    assert [6] * 2 == [(span.attributes or {}).get("gen_ai.usage.input_tokens") for span in recorded.calls]


def ends_the_span_of_a_call_that_is_cancelled(wrap: Wrap) -> None:
    recorded = Recorded()

    async def cancel(call: Callable[[ChatPort], asyncio.Task[ChatResponse]], after: int) -> None:
        task = call(wrap(ProbeChat(Plays(response=ANSWER, waits=True, after=after)), recorded))
        for _ in range(10):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()

    asyncio.run(cancel(lambda chat: asyncio.ensure_future(_acomplete(chat)), 0))
    asyncio.run(cancel(lambda chat: asyncio.ensure_future(_astream(chat)), 0))
    asyncio.run(cancel(lambda chat: asyncio.ensure_future(_astream(chat)), 1))

    assert ([], 3) == (recorded.open, len(recorded.calls))
    assert ["CancelledError"] * 3 == [(span.attributes or {})["error.type"] for span in recorded.calls]


def reports_an_error_by_its_class(wrap: Wrap) -> None:
    recorded = Recorded()
    for call in VERBS:
        with pytest.raises(ServerError):
            call(wrap(InMemoryChat([ServerError(status_code=500, detail=PLANTED[6])]), recorded))

    assert ["ServerError"] * 4 == [(span.attributes or {})["error.type"] for span in recorded.calls]
    assert [StatusCode.ERROR] * 4 == [span.status.status_code for span in recorded.calls]
    assert [()] * 4 == [tuple(span.events) for span in recorded.calls]
    assert {"the provider failed (status 500)"} == {span.status.description for span in recorded.calls}


def is_the_current_span_while_the_chat_works(wrap: Wrap) -> None:
    recorded = Recorded()
    for call in VERBS:
        with recorded.tracer.start_as_current_span("agent"):
            call(wrap(WorkingChat(recorded.tracer), recorded))

    parents = {span.context.span_id: span.name for span in recorded.spans}
    names = [(span.name, parents.get(span.parent.span_id) if span.parent else None) for span in recorded.spans]
    assert [("work", "chat")] * 8 == [pair for pair in names if pair[0] == "work"]
    assert [("chat", "agent")] * 4 == [pair for pair in names if pair[0] == "chat"]


def is_not_the_current_span_while_the_reader_has_an_event(wrap: Wrap) -> None:
    recorded = Recorded()
    chat = wrap(WorkingChat(recorded.tracer), recorded)
    with recorded.tracer.start_as_current_span("agent") as agent:
        seen = [get_current_span() for _ in chat.stream(REQUEST)]
        with chat.stream(REQUEST) as left:
            next(left)
        assert [agent] * 4 == [*seen, get_current_span()]

        async def read() -> None:
            seen = [get_current_span() async for _ in chat.astream(REQUEST)]
            async with chat.astream(REQUEST) as left:
                await anext(left)
            assert [agent] * 4 == [*seen, get_current_span()]

        asyncio.run(read())


def counts_the_tokens_of_a_failed_call(wrap: Wrap) -> None:
    recorded = Recorded()
    with pytest.raises(ServerError):
        complete(wrap(InMemoryChat([ServerError(usage=ANSWER.usage, previous=(_cut(),))]), recorded))

    assert (12, 8) == (
        recorded.only_call["gen_ai.usage.input_tokens"],
        recorded.only_call["gen_ai.usage.output_tokens"],
    )
    sums = {
        attributes["gen_ai.token.type"]: total for total, attributes in recorded.points()["gen_ai.client.token.usage"]
    }
    assert {"input": 12, "output": 8} == sums


def names_the_provider_and_the_model(wrap: Wrap) -> None:
    recorded = Recorded()
    description = ModelDescription(provider="gemini", model="m")
    complete(wrap(InMemoryChat(["hi"], description=description), recorded))

    (span,) = recorded.calls
    assert ("chat m", "gcp.gemini", "m") == (
        span.name,
        recorded.only_call["gen_ai.provider.name"],
        recorded.only_call["gen_ai.request.model"],
    )


PROMISES: tuple[Promise, ...] = (
    holds_no_content_and_no_secret,
    ends_the_span_of_a_stream_that_is_left_early,
    ends_the_span_of_a_stream_that_is_dropped,
    ends_the_span_of_a_call_that_is_cancelled,
    reports_an_error_by_its_class,
    is_the_current_span_while_the_chat_works,
    is_not_the_current_span_while_the_reader_has_an_event,
    counts_the_tokens_of_a_failed_call,
    names_the_provider_and_the_model,
)


def _cut() -> StreamInterruptedError:
    return StreamInterruptedError(detail=PLANTED[6], usage=ANSWER.usage)


async def _acomplete(chat: ChatPort) -> ChatResponse:
    return await chat.acomplete(REQUEST)


async def _astream(chat: ChatPort) -> ChatResponse:
    async with chat.astream(REQUEST) as events:
        return await events.until_done()
