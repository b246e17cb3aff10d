import io
import json
from collections.abc import Generator, Sequence
from decimal import Decimal

import pytest

from llm_core import (
    AssistantMessage,
    ChatRequest,
    ChatResponse,
    ChatStream,
    FinishReason,
    Message,
    RateLimitError,
    ReasoningDelta,
    ReasoningPart,
    StreamEvent,
    StreamInterruptedError,
    SystemMessage,
    TextDelta,
    ToolCall,
    Usage,
    UserMessage,
)
from llm_core.adapters.memory import BrokenStream, InMemoryChat
from llm_core.cli.console import Screen
from llm_core.cli.repl import converse, initial_history, run_chat
from llm_core.ports.streams import EventStream

ONE, TWO = UserMessage("one"), UserMessage("two")


class _Tty(io.StringIO):
    """Text that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


class _Stops:
    """A chat whose reader presses Ctrl-C after these events, at its first answer."""

    def __init__(self, *events: StreamEvent) -> None:
        self._events = events
        self.then = InMemoryChat(["fine"])

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        return self.stream(request).until_done()

    def stream(self, request: ChatRequest, /) -> ChatStream:
        return self.then.stream(request) if len(request.messages) > 1 else EventStream(self._stop())

    def _stop(self) -> Generator[StreamEvent, None, None]:
        yield from self._events
        raise KeyboardInterrupt


def ask(messages: Sequence[Message]) -> ChatRequest:
    return ChatRequest(messages=messages)


def pipe() -> tuple[Screen, io.StringIO, io.StringIO]:
    out, err = io.StringIO(), io.StringIO()
    return Screen(out, err), out, err


def terminal() -> tuple[Screen, io.StringIO, io.StringIO]:
    out, err = _Tty(), _Tty()
    return Screen(out, err), out, err


def test_a_pipe_gets_the_words_and_a_line_end() -> None:
    screen, out, err = pipe()
    spoken = AssistantMessage("\tblue\x1b[0m", reasoning=[ReasoningPart("hm")])

    run_chat(InMemoryChat([spoken]), ask, initial_history(None, "why?"), screen)

    assert "\tblue\x1b[0m\n" == out.getvalue()
    assert "" == err.getvalue()


def test_a_line_end_of_the_model_is_enough() -> None:
    screen, out, _ = pipe()

    run_chat(InMemoryChat(["blue\n"]), ask, initial_history(None, "why?"), screen)

    assert "blue\n" == out.getvalue()


def test_a_terminal_is_not_steered_by_the_model() -> None:
    screen, out, _ = terminal()

    run_chat(InMemoryChat(["a\tb\x1b]0;title\x07\x9bc\r"]), ask, initial_history(None, "why?"), screen)

    assert "a\tb]0;titlec\n" == out.getvalue()


def test_a_terminal_shows_what_the_answer_took(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    screen, _, err = terminal()
    usage = Usage(input_tokens=12, output_tokens=0, cost_usd=Decimal("0.000120"))
    response = ChatResponse(
        message=AssistantMessage("b"),
        usage=usage,
        model="acme/x",
        finish_reason=FinishReason.LENGTH,
        ignored_settings=("seed", "top_p"),
    )

    run_chat(InMemoryChat([response]), ask, initial_history(None, "why?"), screen)

    assert "acme/x, 12 tokens in, 0 tokens out, $0.00012, stopped by length, not sent: seed top_p\n" == err.getvalue()


def test_nothing_is_shown_of_an_answer_that_tells_nothing() -> None:
    screen, _, err = terminal()

    run_chat(InMemoryChat(["blue"]), ask, initial_history(None, "why?"), screen)

    assert "" == err.getvalue()


def test_json_is_the_whole_response() -> None:
    screen, out, _ = pipe()
    response = ChatResponse(message=AssistantMessage("blue"), model="acme/x")

    run_chat(InMemoryChat([response]), ask, initial_history(None, "why?"), screen, as_json=True)

    assert {"type": "assistant", "content": "blue"} == json.loads(out.getvalue())["message"]
    assert out.getvalue().endswith("}\n")


def test_an_answer_that_breaks_stays_shown() -> None:
    screen, out, _ = pipe()
    chat = InMemoryChat([BrokenStream([TextDelta("half an")])])

    with pytest.raises(StreamInterruptedError):
        run_chat(chat, ask, initial_history(None, "why?"), screen)

    assert "half an\n" == out.getvalue()


def test_a_session_sends_its_history() -> None:
    screen, out, _ = pipe()
    chat = InMemoryChat(["first", "second"])
    history = initial_history("be brief", None)

    converse(chat, ask, ["one", "two"], screen, history=history)

    assert (SystemMessage("be brief"), ONE, AssistantMessage("first"), TWO) == chat.requests[1].messages
    assert [*chat.requests[1].messages, AssistantMessage("second")] == history
    assert "first\nsecond\n" == out.getvalue()


@pytest.mark.parametrize(
    ("events", "kept"),
    [((), []), ((ReasoningDelta("hm"),), []), ((TextDelta("half"),), [AssistantMessage("half")])],
)
def test_ctrl_c_stops_the_answer_and_loses_no_history(events: tuple[StreamEvent, ...], kept: list[Message]) -> None:
    screen, _, _ = pipe()
    chat = _Stops(*events)

    converse(chat, ask, ["one", "two"], screen, history=[])

    assert [(ONE, *kept, TWO)] == [request.messages for request in chat.then.requests]


def test_a_question_that_failed_leaves_no_trace() -> None:
    screen, _, err = pipe()
    chat = InMemoryChat([RateLimitError(provider="acme", detail="prompt: one"), "fine"])

    converse(chat, ask, ["one", "two"], screen, history=[])

    assert (TWO,) == chat.requests[1].messages
    assert "llm-core: too many requests (provider acme)\n" == err.getvalue()


def test_an_answer_that_broke_off_is_kept() -> None:
    screen, out, err = pipe()
    chat = InMemoryChat([BrokenStream([TextDelta("half")]), "fine"])

    converse(chat, ask, ["one", "two"], screen, history=[])

    assert (ONE, AssistantMessage("half"), TWO) == chat.requests[1].messages
    assert "half\nfine\n" == out.getvalue()
    assert "llm-core: the answer broke off\n" == err.getvalue()


@pytest.mark.parametrize(("said", "kept"), [("let me look", [AssistantMessage("let me look")]), ("", [])])
def test_calls_that_nobody_answers_are_not_sent_back(said: str, kept: list[Message]) -> None:
    screen, _, _ = pipe()
    calling = AssistantMessage(said, tool_calls=[ToolCall(id="1", name="look", arguments={})])
    chat = InMemoryChat([calling, "fine"])

    converse(chat, ask, ["one", "two"], screen, history=[])

    assert (ONE, *kept, TWO) == chat.requests[1].messages


def test_a_blank_question_is_refused() -> None:
    with pytest.raises(ValueError, match="the question is empty"):
        initial_history(None, " \n")
