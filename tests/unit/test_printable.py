"""What others wrote controls neither a terminal nor the reading order, wherever the project prints it."""

import io
import json
from pathlib import Path

import pytest

from llm_core import AssistantMessage, ChatError, ChatResponse, ConfigurationError
from llm_core.adapters.memory import InMemoryChat
from llm_core.cli.console import Screen
from llm_core.cli.contract_view import show
from llm_core.cli.error_view import report as report_error
from llm_core.cli.main import run
from llm_core.domain.printable import printable, printable_json
from llm_core.serialization import from_json
from llm_core.testing.report.json_file import report_json
from llm_core.testing.report.page import report_page
from llm_core.testing.report.results import ContractRun, Outcome, Report, Result

EVIL = {
    "OSC": "\x1b]0;owned\x07",
    "clear screen": "\x1b[2J\x1b[H",
    "NUL": "\0",
    "carriage return": "\r",
    "backspace": "\b\x7f",
    "CSI in one character": "\x9b2J",
    "OSC in one character": "\x9d0;owned\x9c",
    "bidi override": "\u202e\u202d",
    "bidi isolate": "\u2066\u2067\u2068\u2069",
    "bidi embedding": "\u202a\u202b\u202c",
    "bidi mark": "\u061c\u200e\u200f",
    "surrogate": "\ud800",
}
TEXT = "a".join(EVIL.values())
KEPT = "line\n\tend, Grüße, שלום, 🎉, \u200d"


class _Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def _unclean(text: str) -> list[str]:
    return [
        name
        for name, evil in EVIL.items()
        for character in evil
        if not character.isascii() or ord(character) < 32 or character == "\x7f"
        if character in text
    ]


@pytest.mark.parametrize("name", EVIL)
def test_a_character_that_controls_is_left_out(name: str) -> None:
    assert [] == _unclean(printable(f"a{EVIL[name]}b"))


def test_all_other_text_is_kept() -> None:
    assert (KEPT, "a\N{REPLACEMENT CHARACTER}") == (printable(KEPT), printable("a\udfff"))


def test_json_keeps_its_value() -> None:
    text = json.dumps({"a": TEXT.replace("\ud800", "") + KEPT}, ensure_ascii=False)

    seen = printable_json(text)

    assert json.loads(text) == json.loads(seen)
    assert [] == _unclean(seen)


def _report() -> Report:
    result = Result(
        clause="stream.x", sentence=TEXT, outcome=Outcome.FAIL, variant=TEXT, message=TEXT, look=TEXT, places=[TEXT]
    )
    reason = Result(clause="stream.y", sentence="", outcome=Outcome.XFAIL, message=TEXT)
    contract = ContractRun(name=TEXT, adapter=TEXT, version=TEXT, model=TEXT, results=[result, reason])
    return Report(contracts=[contract], written="2026-01-01T00:00", llm_core="1", python="3")


@pytest.mark.parametrize("screen_type", [_Tty, io.StringIO])
def test_a_contract_on_the_terminal_is_clean(screen_type: type[io.StringIO], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")  # no colours
    out = screen_type()

    show(_report(), Screen(out, io.StringIO()), Path(TEXT.replace("\ud800", "")))

    assert [] == _unclean(out.getvalue())
    assert "owned" in out.getvalue()


def test_the_page_and_the_document_of_a_contract_are_clean() -> None:
    page, document = report_page(_report()), report_json(_report())

    assert ([], []) == (_unclean(page), _unclean(document))
    assert "owned" in page


@pytest.mark.parametrize(
    "write",
    [Screen.write, Screen.error, Screen.note, Screen.status, Screen.trace, Screen.answer, Screen.detail, Screen.hint],
)
def test_a_screen_is_clean(write: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert callable(write)
    out, err = _Tty(), _Tty()

    write(Screen(out, err), TEXT)

    assert [] == _unclean((out.getvalue() + err.getvalue()).removeprefix("\r\x1b[K"))
    assert "owned" in out.getvalue() + err.getvalue()


def test_the_traceback_of_an_error_is_clean() -> None:
    err = io.StringIO()

    code = report_error(ConfigurationError(TEXT), Screen(io.StringIO(), err), debug=True)

    assert (2, []) == (code, _unclean(err.getvalue()))


def test_the_json_of_an_answer_is_clean_and_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = TEXT.replace("\ud800", "") + KEPT
    monkeypatch.setattr(InMemoryChat, "echo", lambda: InMemoryChat([text]))
    monkeypatch.setenv("DEFAULT_LLM", "memory")

    code = run(["chat", "--json", "hi"])

    out = capsys.readouterr().out
    assert (0, []) == (code, _unclean(out))
    assert AssistantMessage(text) == from_json(ChatResponse, out).message


def test_the_words_of_an_error_on_the_command_line_are_clean() -> None:
    err = io.StringIO()

    code = report_error(ChatError(provider=TEXT, model=TEXT), Screen(io.StringIO(), err), debug=False)

    assert (1, []) == (code, _unclean(err.getvalue()))


def test_characters_that_are_not_printed_leave_nothing_behind() -> None:
    assert "abc\N{REPLACEMENT CHARACTER}" == printable("a\x1b\rb\u202ec\ud800")
