"""A chat from one async generator: what the generator may leave to `from_events`, and what callers never see."""

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

REQUEST = ChatRequest(messages=[UserMessage("Hello?")])
END = StreamEnd(response=ChatResponse(message=AssistantMessage()))


class FakeTransportError(Exception):
    """What the HTTP client raises when the connection fails."""


@attrs.frozen
class Source:
    """A source of the events that `generate` yields; it records when it was closed."""

    generate: Callable[[], Events]
    closed: list[bool] = attrs.field(factory=list)
    provider: ClassVar[str] = "acme"
    model: ClassVar[str] = "acme-1"
    transport_errors: ClassVar[tuple[type[Exception], ...]] = (FakeTransportError,)

    async def events(self, request: ChatRequest, /) -> Events:
        assert REQUEST.messages == request.messages
        try:
            async for event in self.generate():
                yield event
        finally:
            self.closed.append(True)


def chat_of(*events: StreamEvent, then: BaseException | None = None) -> ManagedChatPort:
    async def generate() -> Events:
        for event in events:
            yield event
        if then is not None:
            raise then

    return from_events(Source(generate))


def error_of(chat: ManagedChatPort, request: ChatRequest = REQUEST) -> ChatError:
    with chat, pytest.raises(ChatError) as caught, chat.stream(request) as stream:
        stream.until_done()
    return caught.value


def test_the_stream_end_holds_the_message_that_the_deltas_add_up_to() -> None:
    with chat_of(ReasoningDelta("Hm."), TextDelta("Hel"), TextDelta("lo."), END) as chat:
        response, events = chat.complete(REQUEST), list(chat.stream(REQUEST))

    assert ("Hello.", "Hm.") == (response.text, response.message.reasoning[0].text)
    assert StreamEnd(response=response) == events[-1]


def test_empty_deltas_are_ignored() -> None:
    call = ToolCallStart(index=0, id="call_1", name="look")
    empty: list[StreamEvent] = [TextDelta(""), ReasoningDelta(""), ToolCallDelta(index=0, arguments_text="")]

    with chat_of(call, *empty, END) as chat:
        events = list(chat.stream(REQUEST))

    assert [ToolCallStart, StreamEnd] == [type(event) for event in events]


def test_a_surrogate_pair_that_is_split_between_two_deltas_is_one_character() -> None:
    deltas: list[StreamEvent] = [
        ReasoningDelta("Hm \ud83d"),
        ToolCallStart(index=0, id="call_1", name="look"),
        ToolCallDelta(index=0, arguments_text='{"a": "\ud83d'),
        TextDelta("\ud83d"),
        TextDelta("\ude00!"),
        ToolCallDelta(index=0, arguments_text='\ude00"}'),
        ReasoningDelta("\ude00"),
    ]

    with chat_of(*deltas, END) as chat:
        events = list(chat.stream(REQUEST))

    texts = [event.text for event in events if isinstance(event, TextDelta | ReasoningDelta)]
    assert ["Hm ", "\U0001f600!", "\U0001f600"] == texts
    assert isinstance(events[-1], StreamEnd)
    assert [{"a": "\U0001f600"}] == [call.arguments for call in events[-1].response.tool_calls]


def test_a_surrogate_half_that_stays_alone_is_a_replacement_character() -> None:
    call = ToolCallStart(index=0, id="call_1", name="look")
    deltas: list[StreamEvent] = [
        ReasoningDelta("Hm \ud83d"),
        TextDelta("so \ud83d"),
        ToolCallDelta(index=0, arguments_text="\ud83d"),
    ]

    with chat_of(call, *deltas, END) as chat:
        message = chat.complete(REQUEST).message

    assert ("Hm \ufffd", "so \ufffd") == (message.reasoning[0].text, message.content)
    assert ["\ufffd"] == [call.arguments_text for call in message.invalid_tool_calls]


def test_text_that_is_not_a_string_is_a_bad_response_in_every_mode() -> None:
    chat = chat_of(TextDelta(None), END)  # type: ignore[arg-type]  # what a server may send

    with chat, pytest.raises(BadResponseError):
        chat.complete(REQUEST)
    streamed = error_of(chat_of(TextDelta(None), END))  # type: ignore[arg-type]  # as above

    assert BadResponseError is type(streamed)


def test_a_call_without_an_id_gets_a_unique_one() -> None:
    calls = [ToolCallStart(index=index, id="", name="look") for index in range(2)]

    with chat_of(*calls, END) as chat:
        ids = {call.id for answer in (chat.complete(REQUEST), chat.complete(REQUEST)) for call in answer.tool_calls}

    assert 4 == len(ids - {""})


def test_empty_usage_is_none() -> None:
    reported = [Usage(), Usage(input_tokens=0)]

    seen = []
    for usage in reported:
        with chat_of(TextDelta("Hi."), StreamEnd(response=attrs.evolve(END.response, usage=usage))) as chat:
            seen.append(chat.complete(REQUEST).usage)

    assert [None, Usage(input_tokens=0)] == seen


def test_nothing_is_read_after_the_end() -> None:
    with chat_of(TextDelta("Hi."), END, TextDelta("more"), then=FakeTransportError()) as chat:
        response = chat.complete(REQUEST)

    assert "Hi." == response.text


BYTES_NAME = ToolCallStart(index=0, id="a", name=b"look")  # type: ignore[arg-type]  # what a server may send


@pytest.mark.parametrize(
    ("error_class", "partial", "events", "then"),
    [
        (ConnectionFailedError, None, [], FakeTransportError()),
        (StreamInterruptedError, "Hel", [TextDelta("Hel")], FakeTransportError()),
        (ChatTimeoutError, None, [], TimeoutError()),
        (BadResponseError, "Hel", [TextDelta("Hel")], KeyError("choices")),
        (RateLimitError, "Hel", [TextDelta("Hel")], RateLimitError()),
        (StreamInterruptedError, "Hel", [TextDelta("Hel")], None),
        (BadResponseError, None, [], None),
        (BadResponseError, "Hel", [TextDelta("Hel"), TextDelta(5)], None),  # type: ignore[arg-type]  # what a server may send
        (BadResponseError, None, [ToolCallStart(index=0, id=5, name="look"), END], None),  # type: ignore[arg-type]  # as above
        (BadResponseError, None, [BYTES_NAME, ToolCallDelta(index=0, arguments_text="{}")], None),
        (StreamInterruptedError, "", [ToolCallDelta(index=7, arguments_text="{}")], None),
        (StreamInterruptedError, "", [ToolCallStart(index=7, id="call_1", name="")], None),
        (BadResponseError, None, [ToolCallStart(index=0, id="call_\ud83d", name="look"), END], None),
    ],
)
def test_every_failure_is_a_chat_error_with_the_partial_message(
    error_class: type[ChatError], partial: str | None, events: list[StreamEvent], then: Exception | None
) -> None:
    error = error_of(chat_of(*events, then=then))

    assert error_class is type(error)
    assert partial == (None if error.partial is None else error.partial.content)
    assert ("acme", "acme-1") == (error.provider, error.model)
    assert isinstance(error.__cause__, ProviderFault)


def test_an_end_without_deltas_is_an_empty_answer() -> None:
    usage = Usage(input_tokens=7, output_tokens=0)
    end = StreamEnd(response=attrs.evolve(END.response, usage=usage))

    with chat_of(end) as chat, chat.stream(REQUEST) as stream:
        streamed, whole = stream.until_done(), chat.complete(REQUEST)

    assert [(AssistantMessage(), usage)] * 2 == [(one.message, one.usage) for one in (streamed, whole)]


def test_an_empty_answer_that_was_cut_off_by_its_length_is_an_answer() -> None:
    cut = StreamEnd(response=attrs.evolve(END.response, finish_reason=FinishReason.LENGTH))

    with chat_of(cut) as chat:
        response = chat.complete(REQUEST)

    assert ("", FinishReason.LENGTH) == (response.text, response.finish_reason)


def test_the_cause_holds_the_type_and_the_place_of_the_error_but_not_its_message() -> None:
    async def generate() -> Events:
        yield TextDelta("")
        try:
            raise LookupError("sk-secret")
        except LookupError:
            raise ValueError("sk-secret") from None

    error = error_of(from_events(Source(generate)))

    assert isinstance(error.__cause__, ProviderFault)
    assert "builtins.LookupError" == error.__cause__.vendor_type
    assert error.__cause__.text.startswith("test_from_events.py:")
    assert error.__cause__.text.endswith(" in generate")
    assert error.__context__ is None


def test_a_bad_certificate_is_not_retryable() -> None:
    async def generate() -> Events:
        yield TextDelta("")
        try:
            raise ssl.SSLCertVerificationError
        except OSError as error:
            raise FakeTransportError from error

    error = error_of(from_events(Source(generate)))

    assert (CertificateError, False) == (type(error), error.retryable)


def test_the_error_names_the_model_of_the_request() -> None:
    error = error_of(chat_of(), attrs.evolve(REQUEST, model="acme-2"))

    assert "acme-2" == error.model


@pytest.mark.parametrize("settings", [ChatSettings(timeout=0.1), ChatSettings()])
def test_empty_deltas_do_not_extend_the_timeout_and_the_source_is_closed(settings: ChatSettings) -> None:
    async def generate() -> Events:
        yield TextDelta("Hel")
        for _ in range(100):
            await asyncio.sleep(0.05)
            yield TextDelta("")  # an empty delta, as a keep-alive

    source, began = Source(generate), time.monotonic()
    error = error_of(from_events(source, timeout=0.1), attrs.evolve(REQUEST, settings=settings))

    assert ChatTimeoutError is type(error)
    assert time.monotonic() - began < 3
    assert [True] == source.closed


def test_the_timeout_is_for_each_event_of_a_stream_and_for_the_whole_answer_of_complete() -> None:
    async def generate() -> Events:
        for _ in range(4):
            await asyncio.sleep(0.1)
            yield TextDelta("x")
        yield END

    with from_events(Source(generate), timeout=0.25) as chat:
        with chat.stream(REQUEST) as stream:
            streamed = stream.until_done().text
        with pytest.raises(ChatTimeoutError):
            chat.complete(REQUEST)

    assert "xxxx" == streamed


def test_cancelling_closes_the_source() -> None:
    async def generate() -> Events:
        await asyncio.sleep(60)
        yield END

    source = Source(generate)

    async def cancelled() -> None:
        task = asyncio.create_task(from_events(source).acomplete(REQUEST))
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(cancelled())

    assert [True] == source.closed


@pytest.mark.slow
def test_mypy_checks_a_source_against_its_protocol() -> None:
    assert_static(Source, port="ChatEventSource")
