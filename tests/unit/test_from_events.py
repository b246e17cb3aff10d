"""A chat made of one generator: what the generator may leave undone, and what nobody may see of it."""

import asyncio
import ssl
import time
from collections.abc import AsyncGenerator, Callable
from typing import ClassVar, TypeAlias

import attrs
import pytest

from llm_core import (
    AssistantMessage,
    BadResponseError,
    CertificateError,
    ChatError,
    ChatRequest,
    ChatResponse,
    ChatSettings,
    ChatTimeoutError,
    ConnectionFailedError,
    FinishReason,
    ManagedChatPort,
    ProviderFault,
    RateLimitError,
    ReasoningDelta,
    StreamEnd,
    StreamEvent,
    StreamInterruptedError,
    TextDelta,
    ToolCallDelta,
    ToolCallStart,
    Usage,
    UserMessage,
    from_events,
)
from llm_core.testing import assert_static

Events: TypeAlias = AsyncGenerator[StreamEvent, None]

ASK = ChatRequest(messages=[UserMessage("Hello?")])
END = StreamEnd(response=ChatResponse(message=AssistantMessage()))


class LineError(Exception):
    """What a client raises where the line fails."""


@attrs.frozen
class Told:
    """The events that *tells* yields, from a client that remembers whether it was freed."""

    tells: Callable[[], Events]
    freed: list[bool] = attrs.field(factory=list)
    provider: ClassVar[str] = "acme"
    model: ClassVar[str] = "acme-1"
    line_errors: ClassVar[tuple[type[Exception], ...]] = (LineError,)

    async def events(self, request: ChatRequest, /) -> Events:
        assert ASK.messages == request.messages
        try:
            async for event in self.tells():
                yield event
        finally:
            self.freed.append(True)


def telling(*events: StreamEvent, then: BaseException | None = None) -> ManagedChatPort:
    async def tells() -> Events:
        for event in events:
            yield event
        if then is not None:
            raise then

    return from_events(Told(tells))


def fault(chat: ManagedChatPort, request: ChatRequest = ASK) -> ChatError:
    with chat, pytest.raises(ChatError) as caught, chat.stream(request) as stream:
        stream.until_done()
    return caught.value


def test_the_end_gets_the_message_that_the_deltas_told() -> None:
    with telling(ReasoningDelta("Hm."), TextDelta("Hel"), TextDelta("lo."), END) as chat:
        response, told = chat.complete(ASK), list(chat.stream(ASK))

    assert ("Hello.", "Hm.") == (response.text, response.message.reasoning[0].text)
    assert StreamEnd(response=response) == told[-1]


def test_deltas_of_nothing_are_passed_over() -> None:
    call = ToolCallStart(index=0, id="call_1", name="look")
    nothing: list[StreamEvent] = [TextDelta(""), ReasoningDelta(""), ToolCallDelta(index=0, arguments_text="")]

    with telling(call, *nothing, END) as chat:
        told = list(chat.stream(ASK))

    assert [ToolCallStart, StreamEnd] == [type(event) for event in told]


def test_a_character_that_is_split_between_two_deltas_is_told_whole() -> None:
    pieces: list[StreamEvent] = [
        ReasoningDelta("Hm \ud83d"),
        ToolCallStart(index=0, id="call_1", name="look"),
        ToolCallDelta(index=0, arguments_text='{"a": "\ud83d'),
        TextDelta("\ud83d"),
        TextDelta("\ude00!"),
        ToolCallDelta(index=0, arguments_text='\ude00"}'),
        ReasoningDelta("\ude00"),
    ]

    with telling(*pieces, END) as chat:
        told = list(chat.stream(ASK))

    texts = [event.text for event in told if isinstance(event, TextDelta | ReasoningDelta)]
    assert ["Hm ", "\U0001f600!", "\U0001f600"] == texts
    assert isinstance(told[-1], StreamEnd)
    assert [{"a": "\U0001f600"}] == [call.arguments for call in told[-1].response.tool_calls]


def test_a_call_without_an_id_gets_one_that_no_other_has() -> None:
    calls = [ToolCallStart(index=index, id="", name="look") for index in range(2)]

    with telling(*calls, END) as chat:
        ids = {call.id for answer in (chat.complete(ASK), chat.complete(ASK)) for call in answer.tool_calls}

    assert 4 == len(ids - {""})


def test_usage_that_tells_nothing_is_not_told() -> None:
    told = [Usage(), Usage(input_tokens=0)]

    seen = []
    for usage in told:
        with telling(TextDelta("Hi."), StreamEnd(response=attrs.evolve(END.response, usage=usage))) as chat:
            seen.append(chat.complete(ASK).usage)

    assert [None, Usage(input_tokens=0)] == seen


def test_nothing_is_read_after_the_end() -> None:
    with telling(TextDelta("Hi."), END, TextDelta("more"), then=LineError()) as chat:
        response = chat.complete(ASK)

    assert "Hi." == response.text


@pytest.mark.parametrize(
    ("kind", "partial", "events", "then"),
    [
        (ConnectionFailedError, None, [], LineError()),
        (StreamInterruptedError, "Hel", [TextDelta("Hel")], LineError()),
        (ChatTimeoutError, None, [], TimeoutError()),
        (BadResponseError, "Hel", [TextDelta("Hel")], KeyError("choices")),
        (RateLimitError, "Hel", [TextDelta("Hel")], RateLimitError()),
        (StreamInterruptedError, "Hel", [TextDelta("Hel")], None),
        (BadResponseError, None, [], None),
        (BadResponseError, None, [END], None),
        (BadResponseError, "Hel", [TextDelta("Hel"), TextDelta(5)], None),  # type: ignore[arg-type]  # what a wire may tell
        (BadResponseError, None, [ToolCallStart(index=0, id=5, name="look"), END], None),  # type: ignore[arg-type]  # as above
        (StreamInterruptedError, "", [ToolCallDelta(index=7, arguments_text="{}")], None),
    ],
)
def test_whatever_happens_is_one_of_our_kinds_with_what_had_come(
    kind: type[ChatError], partial: str | None, events: list[StreamEvent], then: Exception | None
) -> None:
    error = fault(telling(*events, then=then))

    assert kind is type(error)
    assert partial == (None if error.partial is None else error.partial.content)
    assert ("acme", "acme-1") == (error.provider, error.model)
    assert isinstance(error.__cause__, ProviderFault)


def test_an_answer_of_nothing_that_was_cut_by_its_length_is_an_answer() -> None:
    cut = StreamEnd(response=attrs.evolve(END.response, finish_reason=FinishReason.LENGTH))

    with telling(cut) as chat:
        response = chat.complete(ASK)

    assert ("", FinishReason.LENGTH) == (response.text, response.finish_reason)


def test_the_cause_says_what_was_raised_and_where_and_quotes_nobody() -> None:
    async def tells() -> Events:
        yield TextDelta("")
        try:
            raise LookupError("sk-secret")
        except LookupError:
            raise ValueError("sk-secret") from None

    error = fault(from_events(Told(tells)))

    assert isinstance(error.__cause__, ProviderFault)
    assert "builtins.LookupError" == error.__cause__.vendor_type
    assert error.__cause__.text.startswith("test_from_events.py:")
    assert error.__cause__.text.endswith(" in tells")
    assert error.__context__ is None


def test_a_bad_certificate_is_worth_no_other_try() -> None:
    async def tells() -> Events:
        yield TextDelta("")
        try:
            raise ssl.SSLCertVerificationError
        except OSError as error:
            raise LineError from error

    error = fault(from_events(Told(tells)))

    assert (CertificateError, False) == (type(error), error.retryable)


def test_the_model_of_the_request_is_the_one_that_failed() -> None:
    error = fault(telling(), attrs.evolve(ASK, model="acme-2"))

    assert "acme-2" == error.model


@pytest.mark.parametrize("settings", [ChatSettings(timeout=0.1), ChatSettings()])
def test_silence_is_a_timeout_and_frees_what_is_held(settings: ChatSettings) -> None:
    async def tells() -> Events:
        yield TextDelta("Hel")
        for _ in range(100):
            await asyncio.sleep(0.05)
            yield TextDelta("")  # a sign of life, and no event

    silent, began = Told(tells), time.monotonic()
    error = fault(from_events(silent, timeout=0.1), attrs.evolve(ASK, settings=settings))

    assert ChatTimeoutError is type(error)
    assert time.monotonic() - began < 3
    assert [True] == silent.freed


def test_the_deadline_is_for_each_event_of_a_stream_and_for_the_whole_of_an_answer() -> None:
    async def tells() -> Events:
        for _ in range(4):
            await asyncio.sleep(0.1)
            yield TextDelta("x")
        yield END

    with from_events(Told(tells), timeout=0.25) as chat:
        with chat.stream(ASK) as stream:
            streamed = stream.until_done().text
        with pytest.raises(ChatTimeoutError):
            chat.complete(ASK)

    assert "xxxx" == streamed


def test_cancelling_frees_what_is_held() -> None:
    async def tells() -> Events:
        await asyncio.sleep(60)
        yield END

    held = Told(tells)

    async def cancelled() -> None:
        asking = asyncio.create_task(from_events(held).acomplete(ASK))
        await asyncio.sleep(0.05)
        asking.cancel()
        await asyncio.wait([asking])

    asyncio.run(cancelled())

    assert [True] == held.freed


@pytest.mark.slow
def test_what_it_is_made_of_can_be_checked_by_mypy() -> None:
    assert_static(Told, port="ChatEvents")
