import io

import pytest

from llm_core import ChatResponse, ReasoningDelta, StreamEnd, TextDelta, ToolCallDelta, ToolCallStart
from llm_core.cli.answer_view import PlainAnswer
from llm_core.cli.console import Screen
from llm_core.domain.messages import AssistantMessage

ROWS = (("model", "[red]x", "default"), ("lane", "auto", "LITELLM_LANE"))


class _Tty(io.StringIO):
    """A text buffer that reports to be a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_pipe_gets_the_text_of_the_answer_only() -> None:
    out, err = io.StringIO(), io.StringIO()
    screen = Screen(out, err)

    view = PlainAnswer(screen)

    view.show(ReasoningDelta("hm"))
    view.show(TextDelta("blue"))
    view.show(ToolCallStart(index=0, id="1", name="look"))
    view.show(ToolCallDelta(index=0, arguments_text="{}"))
    view.show(StreamEnd(response=ChatResponse(message=AssistantMessage())))
    screen.note("Ctrl-D ends")

    assert ("blue", "") == (out.getvalue(), err.getvalue())


def test_reasoning_is_dimmed_and_on_separate_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    out = _Tty()
    view = PlainAnswer(Screen(out, _Tty()))

    for event in (ReasoningDelta("hm "), ReasoningDelta("so"), TextDelta("it is "), TextDelta(""), TextDelta("blue")):
        view.show(event)
    view.end()

    assert "\x1b[2mhm \x1b[0m\x1b[2mso\x1b[0m\nit is blue\n" == out.getvalue()


def test_the_end_of_an_answer_is_one_line_end() -> None:
    out = io.StringIO()
    view = PlainAnswer(Screen(out, io.StringIO()))

    view.end()
    view.show(TextDelta("blue"))
    view.end()
    view.end()

    assert "blue\n" == out.getvalue()


def test_notes_are_not_written_to_a_log() -> None:
    err = io.StringIO()

    Screen(_Tty(), err).note("Ctrl-D ends")

    assert "" == err.getvalue()


def test_what_belongs_to_an_error_is_indented_and_dimmed_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    log, terminal = io.StringIO(), _Tty()

    for err in (log, terminal):
        Screen(io.StringIO(), err).detail("it was\n\n\x1b[31mred")

    assert "  it was\n  [31mred\n" == log.getvalue()
    assert "\x1b[2m  it was\n  [31mred\n\x1b[0m" == terminal.getvalue()


def test_a_quiet_screen_shows_errors_alone() -> None:
    err = _Tty()
    screen = Screen(_Tty(), err, quiet=True)

    screen.note("Ctrl-D ends")
    screen.hint("set a model")
    screen.detail("the provider's words")
    screen.error("it failed")

    assert "llm-core: it failed\n" == err.getvalue()


def test_an_error_is_one_line() -> None:
    err = io.StringIO()

    Screen(io.StringIO(), err).error("it\nfailed \x1b[31mbadly")

    assert "llm-core: it failed [31mbadly\n" == err.getvalue()


def test_a_table_in_a_pipe_is_separated_by_tabs() -> None:
    out = io.StringIO()

    Screen(out, io.StringIO()).table(("setting", "value", "from"), ROWS)

    assert "model\t[red]x\tdefault\nlane\tauto\tLITELLM_LANE\n" == out.getvalue()


def test_a_table_on_a_terminal_has_heads_and_unchanged_values() -> None:
    out = _Tty()

    Screen(out, _Tty()).table(("setting", "value", "from"), ROWS)

    assert "setting" in out.getvalue()
    assert "[red]x" in out.getvalue()
