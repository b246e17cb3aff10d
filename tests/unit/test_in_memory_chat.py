import asyncio
import copy
import pickle
from collections.abc import Callable

import pytest

from llm_core import (
    AssistantMessage,
    ChatError,
    ChatPort,
    ChatRequest,
    ChatResponse,
    FinishReason,
    ImagePart,
    InvalidToolCall,
    RateLimitError,
    StreamInterruptedError,
    SystemMessage,
    TextDelta,
    TextPart,
    ToolCall,
    ToolCallDelta,
    ToolCallStart,
    Usage,
    UserMessage,
    response_from_events,
)
from llm_core.adapters.memory import BrokenStream, InMemoryChat, ScriptItem, UnexpectedCallError

REQUEST = ChatRequest(messages=[UserMessage("hi")])
CALL = ToolCall(id="c1", name="search", arguments={"q": "x"})
BROKEN = InvalidToolCall(id="c2", name="search", arguments_text='{"q": ', problem="cut off")
RICH = ChatResponse(
    message=AssistantMessage("Let me look.", tool_calls=[CALL], invalid_tool_calls=[BROKEN]),
    raw_finish_reason="calls",
    usage=Usage(input_tokens=3, output_tokens=0),
    model="fake-1",
    id="r1",
    ignored_settings=["seed"],
)
Method = Callable[[ChatPort, ChatRequest], ChatResponse]


def _complete(chat: ChatPort, request: ChatRequest) -> ChatResponse:
    return chat.complete(request)


def _stream(chat: ChatPort, request: ChatRequest) -> ChatResponse:
    with chat.stream(request) as stream:
        return response_from_events(stream)


def _until_done(chat: ChatPort, request: ChatRequest) -> ChatResponse:
    with chat.stream(request) as stream:
        return stream.until_done()


def _acomplete(chat: ChatPort, request: ChatRequest) -> ChatResponse:
    return asyncio.run(chat.acomplete(request))


def _astream(chat: ChatPort, request: ChatRequest) -> ChatResponse:
    async def read() -> ChatResponse:
        async with chat.astream(request) as stream:
            return response_from_events([event async for event in stream])

    return asyncio.run(read())


EVERY_METHOD = pytest.mark.parametrize("call", [_complete, _stream, _until_done, _acomplete, _astream])


@EVERY_METHOD
@pytest.mark.parametrize(
    ("item", "response"),
    [
        ("hello", ChatResponse(message=AssistantMessage("hello"))),
        ("", ChatResponse(message=AssistantMessage(""))),
        (AssistantMessage(tool_calls=[CALL]), ChatResponse(message=AssistantMessage(tool_calls=[CALL]))),
        (RICH, RICH),
    ],
)
def test_every_method_returns_the_answer_of_the_script(call: Method, item: ScriptItem, response: ChatResponse) -> None:
    chat = InMemoryChat([item])

    seen = call(chat, REQUEST)

    assert response == seen
    assert (REQUEST,) == chat.requests


@EVERY_METHOD
def test_an_error_in_the_script_is_raised_as_a_copy(call: Method) -> None:
    error = RateLimitError(retry_after=1.5, detail="slow")
    chat = InMemoryChat(lambda _: error)

    raised = [_raised(call, chat) for _ in range(2)]

    assert [vars(error)] * 2 == [vars(one) for one in raised]
    assert [RateLimitError] * 2 == [type(one) for one in raised]
    assert len({id(error), *map(id, raised)}) == 3
    assert [None, None] == [one.__context__ for one in raised]


@EVERY_METHOD
def test_a_broken_stream_raises_an_error_with_the_partial_message(call: Method) -> None:
    start, half = ToolCallStart(index=0, id="c1", name="search"), ToolCallDelta(index=0, arguments_text='{"q": ')
    chat = InMemoryChat([BrokenStream([TextDelta("Let me "), TextDelta("look"), start, half])])

    error = _raised(call, chat)

    assert isinstance(error, StreamInterruptedError)
    assert isinstance(error.partial, AssistantMessage)
    assert ("Let me look", ()) == (error.partial.content, error.partial.tool_calls)
    assert [("c1", '{"q": ')] == [(call.id, call.arguments_text) for call in error.partial.invalid_tool_calls]


@EVERY_METHOD
def test_a_broken_stream_raises_the_given_error_and_keeps_its_partial(call: Method) -> None:
    partial = AssistantMessage("another text")
    broken = BrokenStream([TextDelta("a")], error=RateLimitError(partial=partial))

    error = _raised(call, InMemoryChat([broken]))

    assert isinstance(error, RateLimitError)
    assert partial is error.partial
    assert error is not broken.error


def test_a_broken_stream_can_be_played_twice_and_does_not_change() -> None:
    broken = BrokenStream([TextDelta("a")])
    chat = InMemoryChat(lambda _: broken)

    raised = [_raised(_complete, chat) for _ in range(2)]

    assert [AssistantMessage("a")] * 2 == [error.partial for error in raised]
    assert None is broken.error.partial


def test_a_broken_stream_yields_its_events_before_the_error() -> None:
    events = (TextDelta("a"), TextDelta("b"))
    stream = InMemoryChat([BrokenStream(events)]).stream(REQUEST)

    seen = [next(stream), next(stream)]

    assert list(events) == seen
    with pytest.raises(StreamInterruptedError):
        next(stream)


@EVERY_METHOD
def test_an_item_of_another_type_is_refused_when_it_is_played(call: Method) -> None:
    script: list[object] = [42]
    chat = InMemoryChat(script)  # type: ignore[arg-type]  # -- a caller without mypy

    with pytest.raises(TypeError, match="got 42"):
        call(chat, REQUEST)


def test_answers_come_in_order_over_all_methods() -> None:
    chat = InMemoryChat(["1", "2", "3", "4"])

    seen = [call(chat, REQUEST).text for call in (_complete, _stream, _acomplete, _astream)]

    assert ["1", "2", "3", "4"] == seen


def test_a_function_answers_every_call_from_its_request() -> None:
    chat = InMemoryChat(lambda request: f"{len(request.messages)} messages")
    longer = ChatRequest(messages=[SystemMessage("s"), UserMessage("u")])

    seen = [chat.complete(request).text for request in (REQUEST, longer)]

    assert ["1 messages", "2 messages"] == seen
    assert (REQUEST, longer) == chat.requests


def test_an_exception_of_the_function_reaches_the_caller() -> None:
    def script(request: ChatRequest) -> str:
        raise LookupError(request.model)

    chat = InMemoryChat(script)

    with pytest.raises(LookupError):
        chat.complete(REQUEST)


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (REQUEST, "hi"),
        (ChatRequest(messages=[UserMessage("a"), AssistantMessage("b"), UserMessage("c"), SystemMessage("d")]), "c"),
        (ChatRequest(messages=[UserMessage([TextPart("a"), ImagePart(url="http://x"), TextPart("b")])]), "ab"),
        (ChatRequest(messages=[SystemMessage("no question")]), ""),
    ],
)
def test_an_echo_answers_with_the_last_user_message(request_: ChatRequest, text: str) -> None:
    chat = InMemoryChat.echo()

    seen = chat.complete(request_).text

    assert text == seen


def test_a_stream_takes_its_answer_when_it_begins() -> None:
    chat = InMemoryChat(["first", "second"])
    early = chat.stream(REQUEST)

    late = chat.complete(REQUEST)

    assert "first" == late.text
    assert "second" == early.until_done().text
    assert 2 == len(chat.requests)


def test_a_stream_that_never_began_made_no_request() -> None:
    chat = InMemoryChat(["first"])

    chat.stream(REQUEST).close()

    assert () == chat.requests


@EVERY_METHOD
def test_an_unexpected_call_shows_its_request_and_is_recorded(call: Method) -> None:
    chat = InMemoryChat(["only"])
    call(chat, REQUEST)

    with pytest.raises(UnexpectedCallError) as caught:
        call(chat, ChatRequest(messages=[UserMessage("what now?")]))

    assert isinstance(caught.value, AssertionError)
    assert str(caught.value).startswith("unexpected call 2: the script has 1 answer; the request, beside that of ca")
    assert "+user: what now?" in str(caught.value)
    assert 2 == len(chat.requests)


def test_every_further_call_is_counted() -> None:
    chat = InMemoryChat([])

    errors = [_unexpected(chat) for _ in range(3)]

    assert [(1, 0), (2, 0), (3, 0)] == [(error.call, error.answers) for error in errors]
    assert [REQUEST] * 3 == [error.request for error in errors]


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])  # noqa: S301 -- our own bytes
def test_an_unexpected_call_can_be_copied(copied: Callable[[UnexpectedCallError], UnexpectedCallError]) -> None:
    error = UnexpectedCallError(REQUEST, 2, 1, REQUEST)

    seen = copied(error)

    assert (REQUEST, 2, 1, REQUEST, str(error)) == (seen.request, seen.call, seen.answers, seen.previous, str(seen))


def test_a_filtered_answer_stays_filtered() -> None:
    refusal = ChatResponse(message=AssistantMessage("No."), finish_reason=FinishReason.CONTENT_FILTER)
    chat = InMemoryChat([refusal])

    seen = chat.complete(REQUEST)

    assert refusal == seen


def _raised(call: Method, chat: ChatPort) -> ChatError:
    with pytest.raises(ChatError) as caught:
        call(chat, REQUEST)
    return caught.value


def _unexpected(chat: InMemoryChat) -> UnexpectedCallError:
    with pytest.raises(UnexpectedCallError) as caught:
        chat.complete(REQUEST)
    return caught.value
