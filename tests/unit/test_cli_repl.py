import io
import json
from collections.abc import Generator, Sequence
from decimal import Decimal

import attrs
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
    SyncChatPort,
    SystemMessage,
    TextDelta,
    ToolCall,
    Usage,
    UserMessage,
)
from llm_core.adapters.memory import BrokenStream, InMemoryChat
from llm_core.adapters.memory.script import ScriptItem
from llm_core.cli.console import Screen
from llm_core.cli.repl import Session
from llm_core.ports.streams import EventStream

ONE, TWO, WHY = UserMessage("one"), UserMessage("two"), UserMessage("why?")


class _Tty(io.StringIO):
    """A text buffer that reports to be a terminal."""

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


def make_request(messages: Sequence[Message]) -> ChatRequest:
    return ChatRequest(messages=messages)


def session(chat: SyncChatPort, screen: Screen, *, as_json: bool = False) -> Session:
    return Session(chat=chat, make_request=make_request, screen=screen, as_json=as_json)


def pipe() -> tuple[Screen, io.StringIO, io.StringIO]:
    out, err = io.StringIO(), io.StringIO()
    return Screen(out, err), out, err


def terminal() -> tuple[Screen, io.StringIO, io.StringIO]:
    out, err = _Tty(), _Tty()
    return Screen(out, err), out, err


def test_a_pipe_gets_the_text_and_a_line_end() -> None:
    screen, out, err = pipe()
    answer = AssistantMessage("\tblue\x1b[0m", reasoning=[ReasoningPart("hm")])

    session(InMemoryChat([answer]), screen).ask(WHY)

    assert "\tblue\x1b[0m\n" == out.getvalue()
    assert "" == err.getvalue()


def test_no_second_line_end_is_added() -> None:
    screen, out, _ = pipe()

    session(InMemoryChat(["blue\n"]), screen).ask(WHY)

    assert "blue\n" == out.getvalue()


def test_control_characters_of_the_model_do_not_reach_the_terminal() -> None:
    screen, out, _ = terminal()

    session(InMemoryChat(["a\tb\x1b]0;title\x07\x9bc\r"]), screen).ask(WHY)

    assert "a\tb]0;titlec\n" == out.getvalue()


def test_a_terminal_shows_model_usage_and_price(monkeypatch: pytest.MonkeyPatch) -> None:
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

    session(InMemoryChat([response]), screen).ask(WHY)

    assert (
        "acme/x, 12 tokens in, 0 tokens out, $0.00012, 0.0 s, stopped by length, not sent: seed top_p\n"
        == err.getvalue()
    )


def test_what_is_not_reported_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    screen, _, err = terminal()

    session(InMemoryChat(["blue"]), screen).ask(WHY)

    assert "tokens not reported, cost not known, 0.0 s\n" == err.getvalue()


def test_json_is_the_whole_response() -> None:
    screen, out, _ = pipe()
    response = ChatResponse(message=AssistantMessage("blue"), model="acme/x")

    session(InMemoryChat([response]), screen, as_json=True).ask(WHY)

    assert {"type": "assistant", "content": "blue"} == json.loads(out.getvalue())["message"]
    assert out.getvalue().endswith("}\n")


def test_the_text_before_a_break_stays_shown() -> None:
    screen, out, _ = pipe()
    chat = InMemoryChat([BrokenStream([TextDelta("half an")])])

    with pytest.raises(StreamInterruptedError):
        session(chat, screen).ask(WHY)

    assert "half an\n" == out.getvalue()


def test_a_session_sends_its_history() -> None:
    screen, out, _ = pipe()
    chat = InMemoryChat(["first", "second"])
    talk = Session(chat=chat, make_request=make_request, screen=screen, history=[SystemMessage("be brief")])

    talk.converse([ONE, TWO])

    assert (SystemMessage("be brief"), ONE, AssistantMessage("first"), TWO) == chat.requests[1].messages
    assert [*chat.requests[1].messages, AssistantMessage("second")] == talk.history
    assert "first\nsecond\n" == out.getvalue()


@pytest.mark.parametrize(
    ("events", "kept"),
    [((), []), ((ReasoningDelta("hm"),), []), ((TextDelta("half"),), [AssistantMessage("half")])],
)
def test_ctrl_c_stops_the_answer_and_keeps_the_history(events: tuple[StreamEvent, ...], kept: list[Message]) -> None:
    screen, _, _ = pipe()
    chat = _Stops(*events)

    session(chat, screen).converse([ONE, TWO])

    assert [(ONE, *kept, TWO)] == [request.messages for request in chat.then.requests]


def test_a_question_whose_call_failed_is_removed_from_the_history() -> None:
    screen, _, err = pipe()
    chat = InMemoryChat([RateLimitError(provider="acme", detail="prompt: one"), "fine"])

    session(chat, screen).converse([ONE, TWO])

    assert (TWO,) == chat.requests[1].messages
    assert "llm-core: too many requests (provider acme)\n  prompt: one\n" == err.getvalue()


def test_the_text_before_a_break_stays_in_the_history() -> None:
    screen, out, err = pipe()
    chat = InMemoryChat([BrokenStream([TextDelta("half")]), "fine"])

    session(chat, screen).converse([ONE, TWO])

    assert (ONE, AssistantMessage("half"), TWO) == chat.requests[1].messages
    assert "half\nfine\n" == out.getvalue()
    assert "llm-core: the answer broke off\n" == err.getvalue()


@pytest.mark.parametrize(("text", "kept"), [("let me look", [AssistantMessage("let me look")]), ("", [])])
def test_calls_without_results_are_not_sent_back(text: str, kept: list[Message]) -> None:
    screen, _, _ = pipe()
    calling = AssistantMessage(text, tool_calls=[ToolCall(id="1", name="look", arguments={})])
    chat = InMemoryChat([calling, "fine"])

    session(chat, screen).converse([ONE, TWO])

    assert (ONE, *kept, TWO) == chat.requests[1].messages


@pytest.mark.parametrize(
    ("answer", "saved"),
    [
        ("fine", [WHY, AssistantMessage("fine")]),
        (BrokenStream([TextDelta("half")]), [WHY, AssistantMessage("half")]),
        (RateLimitError(), None),  # the file stays as it was
    ],
)
def test_the_history_is_saved_after_each_answer(answer: ScriptItem, saved: list[Message] | None) -> None:
    screen, _, _ = pipe()
    written: list[list[Message]] = []
    talk = session(InMemoryChat([answer]), screen)
    talk.save = lambda messages: written.append(list(messages))

    talk.converse([WHY])

    assert ([] if saved is None else [saved]) == written


def test_a_terminal_shows_markdown_rendered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    screen, out, _ = terminal()
    answer = AssistantMessage("# Blue\n\nIt **scatters**.", reasoning=[ReasoningPart("hm")])
    talk = attrs.evolve(session(InMemoryChat([answer]), screen), rendered=True)

    talk.ask(WHY)

    assert "\x1b[2mhm\x1b[0m" in out.getvalue()
    assert "\x1b[1mscatters\x1b[0m" in out.getvalue()
    assert "**" not in out.getvalue()
