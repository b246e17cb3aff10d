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

ASK = ChatRequest(messages=[UserMessage("hi")])
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
Verb = Callable[[ChatPort, ChatRequest], ChatResponse]


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


EVERY_VERB = pytest.mark.parametrize("ask", [_complete, _stream, _until_done, _acomplete, _astream])


@EVERY_VERB
@pytest.mark.parametrize(
    ("item", "response"),
    [
        ("hello", ChatResponse(message=AssistantMessage("hello"))),
        ("", ChatResponse(message=AssistantMessage(""))),
        (AssistantMessage(tool_calls=[CALL]), ChatResponse(message=AssistantMessage(tool_calls=[CALL]))),
        (RICH, RICH),
    ],
)
def test_every_verb_gives_the_answer_of_the_script(ask: Verb, item: ScriptItem, response: ChatResponse) -> None:
    chat = InMemoryChat([item])

    seen = ask(chat, ASK)

    assert response == seen
    assert (ASK,) == chat.requests


@EVERY_VERB
def test_an_error_of_the_script_is_raised_as_a_copy_of_its_own(ask: Verb) -> None:
    error = RateLimitError(retry_after=1.5, detail="slow")
    chat = InMemoryChat(lambda _: error)

    raised = [_raised(ask, chat) for _ in range(2)]

    assert [vars(error)] * 2 == [vars(one) for one in raised]
    assert [RateLimitError] * 2 == [type(one) for one in raised]
    assert len({id(error), *map(id, raised)}) == 3
    assert [None, None] == [one.__context__ for one in raised]


@EVERY_VERB
def test_an_answer_that_is_cut_raises_with_what_had_arrived(ask: Verb) -> None:
    start, half = ToolCallStart(index=0, id="c1", name="search"), ToolCallDelta(index=0, arguments_text='{"q": ')
    chat = InMemoryChat([BrokenStream([TextDelta("Let me "), TextDelta("look"), start, half])])

    error = _raised(ask, chat)

    assert isinstance(error, StreamInterruptedError)
    assert isinstance(error.partial, AssistantMessage)
    assert ("Let me look", ()) == (error.partial.content, error.partial.tool_calls)
    assert [("c1", '{"q": ')] == [(call.id, call.arguments_text) for call in error.partial.invalid_tool_calls]


@EVERY_VERB
def test_a_cut_raises_the_error_that_it_was_given_and_keeps_its_partial(ask: Verb) -> None:
    told = AssistantMessage("told otherwise")
    cut = BrokenStream([TextDelta("a")], error=RateLimitError(partial=told))

    error = _raised(ask, InMemoryChat([cut]))

    assert isinstance(error, RateLimitError)
    assert told is error.partial
    assert error is not cut.error


def test_a_cut_can_be_played_twice_and_stays_as_it_was() -> None:
    cut = BrokenStream([TextDelta("a")])
    chat = InMemoryChat(lambda _: cut)

    raised = [_raised(_complete, chat) for _ in range(2)]

    assert [AssistantMessage("a")] * 2 == [error.partial for error in raised]
    assert None is cut.error.partial


def test_a_stream_that_is_cut_gives_its_events_first() -> None:
    events = (TextDelta("a"), TextDelta("b"))
    stream = InMemoryChat([BrokenStream(events)]).stream(ASK)

    seen = [next(stream), next(stream)]

    assert list(events) == seen
    with pytest.raises(StreamInterruptedError):
        next(stream)


@EVERY_VERB
def test_an_item_of_another_type_is_refused_when_it_is_played(ask: Verb) -> None:
    script: list[object] = [42]
    chat = InMemoryChat(script)  # type: ignore[arg-type]  # -- a caller without mypy

    with pytest.raises(TypeError, match="not 42"):
        ask(chat, ASK)


def test_answers_come_in_their_order_over_all_verbs() -> None:
    chat = InMemoryChat(["1", "2", "3", "4"])

    seen = [ask(chat, ASK).text for ask in (_complete, _stream, _acomplete, _astream)]

    assert ["1", "2", "3", "4"] == seen


def test_a_function_answers_every_call_from_its_request() -> None:
    chat = InMemoryChat(lambda request: f"{len(request.messages)} messages")
    longer = ChatRequest(messages=[SystemMessage("s"), UserMessage("u")])

    seen = [chat.complete(request).text for request in (ASK, longer)]

    assert ["1 messages", "2 messages"] == seen
    assert (ASK, longer) == chat.requests


def test_what_the_function_raises_passes() -> None:
    def script(request: ChatRequest) -> str:
        raise LookupError(request.model)

    chat = InMemoryChat(script)

    with pytest.raises(LookupError):
        chat.complete(ASK)


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (ASK, "hi"),
        (ChatRequest(messages=[UserMessage("a"), AssistantMessage("b"), UserMessage("c"), SystemMessage("d")]), "c"),
        (ChatRequest(messages=[UserMessage([TextPart("a"), ImagePart(url="http://x"), TextPart("b")])]), "ab"),
        (ChatRequest(messages=[SystemMessage("nobody asked")]), ""),
    ],
)
def test_an_echo_says_back_what_the_user_said_last(request_: ChatRequest, said: str) -> None:
    chat = InMemoryChat.echo()

    seen = chat.complete(request_).text

    assert said == seen


def test_a_stream_takes_its_answer_when_it_begins_and_not_before() -> None:
    chat = InMemoryChat(["first", "second"])
    early = chat.stream(ASK)

    late = chat.complete(ASK)

    assert "first" == late.text
    assert "second" == early.until_done().text
    assert 2 == len(chat.requests)


def test_a_stream_that_never_began_asked_for_nothing() -> None:
    chat = InMemoryChat(["first"])

    chat.stream(ASK).close()

    assert () == chat.requests


@EVERY_VERB
def test_a_call_that_nothing_answers_shows_the_request_and_is_remembered(ask: Verb) -> None:
    chat = InMemoryChat(["only"])
    ask(chat, ASK)

    with pytest.raises(UnexpectedCallError) as caught:
        ask(chat, ChatRequest(messages=[UserMessage("what now?")]))

    assert isinstance(caught.value, AssertionError)
    assert str(caught.value).startswith("call 2 was not expected: the script has 1 answers; asked: ChatRequest(")
    assert "what now?" in str(caught.value)
    assert 2 == len(chat.requests)


def test_every_further_call_is_counted() -> None:
    chat = InMemoryChat([])

    errors = [_unexpected(chat) for _ in range(3)]

    assert [(1, 0), (2, 0), (3, 0)] == [(error.call, error.answers) for error in errors]
    assert [ASK] * 3 == [error.request for error in errors]


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])  # noqa: S301 -- our own bytes
def test_an_unexpected_call_can_be_copied(copied: Callable[[UnexpectedCallError], UnexpectedCallError]) -> None:
    error = UnexpectedCallError(ASK, 2, 1)

    seen = copied(error)

    assert (ASK, 2, 1, str(error)) == (seen.request, seen.call, seen.answers, str(seen))


def test_a_filtered_answer_stays_filtered() -> None:
    refusal = ChatResponse(message=AssistantMessage("No."), finish_reason=FinishReason.CONTENT_FILTER)
    chat = InMemoryChat([refusal])

    seen = chat.complete(ASK)

    assert refusal == seen


def _raised(ask: Verb, chat: ChatPort) -> ChatError:
    with pytest.raises(ChatError) as caught:
        ask(chat, ASK)
    return caught.value


def _unexpected(chat: InMemoryChat) -> UnexpectedCallError:
    with pytest.raises(UnexpectedCallError) as caught:
        chat.complete(ASK)
    return caught.value
