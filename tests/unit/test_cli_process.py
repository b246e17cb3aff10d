import os
import pty
import select
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import pytest

from llm_core import AssistantMessage, UserMessage
from llm_core.env_settings import VARIABLES
from llm_core.serialization import messages_from_json

COMMAND = (sys.executable, "-m", "llm_core")
ADAPTERS = '''
import time
from llm_core import ChatRequest, RateLimitError, TextDelta, from_sync
from llm_core.adapters.memory import BrokenStream, InMemoryChat
from llm_core.ports.streams import EventStream

class Slow:
    """Never ends its first answer; the second is the number of messages that it was sent."""

    def stream(self, request):
        return EventStream(self._events(request))

    def _events(self, request):
        if len(request.messages) > 1:
            yield from InMemoryChat([f"sent {len(request.messages)}"]).stream(request)
        yield TextDelta("first text")
        while True:
            time.sleep(0.02)  # short: a signal that comes just before a sleep does not wake it

    def complete(self, request):
        raise NotImplementedError

def slow():
    return from_sync(Slow())

class Endless(Slow):
    """Writes until the reader has closed the pipe."""

    def _events(self, request):
        while True:
            yield TextDelta("more text ")

def endless():
    return from_sync(Endless())

def broken():
    error = RateLimitError(provider="acme", detail="prompt: hello")
    return InMemoryChat([BrokenStream([TextDelta("half an")], error=error)])

def request():
    return InMemoryChat(repr)

def faulty():
    return InMemoryChat(lambda request: {}["sk-secret"])
'''
NAMES = ("slow", "endless", "broken", "request", "faulty")


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "dumb")  # no escape sequences within the text that the tests wait for


@pytest.fixture
def adapters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with an installed distribution of adapters, which processes started from here see."""
    points = "\n".join(f"{name} = acme_adapters:{name}" for name in NAMES)
    (tmp_path / "acme_adapters.py").write_text(ADAPTERS)
    (tmp_path / "acme-1.dist-info").mkdir()
    (tmp_path / "acme-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1\n")
    (tmp_path / "acme-1.dist-info" / "entry_points.txt").write_text(f"[llm_core.adapters]\n{points}\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


def piped(arguments: Sequence[str], stdin: str | bytes = b"") -> tuple[str, str, int]:
    """Return what a run in pipes writes to standard output and standard error, and its exit code."""
    data = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run([*COMMAND, *arguments], input=data, capture_output=True, timeout=60, check=False)
    return done.stdout.decode(), done.stderr.decode(), done.returncode


class _Terminal:
    """A run of the command on a terminal of its own."""

    def __init__(self, *arguments: str) -> None:
        self._ours, theirs = pty.openpty()
        self._process = subprocess.Popen(
            [*COMMAND, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True
        )
        os.close(theirs)
        self.seen = ""
        self._read_to = 0

    def wait_for(self, text: str) -> None:
        while text not in self.seen[self._read_to :]:
            assert self._read(), f"{text!r} is not in {self.seen!r}"
        self._read_to = self.seen.index(text, self._read_to) + len(text)

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def interrupt(self) -> None:
        self._process.send_signal(signal.SIGINT)

    def end(self) -> int:
        while self._read():
            pass
        return self._process.wait(timeout=10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._ours)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._ours], [], [], 30)
        try:
            chunk = os.read(self._ours, 4096) if ready else b""
        except OSError:  # Linux reports the end so
            chunk = b""
        self.seen += chunk.decode().replace("\r\n", "\n")
        return bool(chunk)


def test_the_question_is_read_from_a_pipe() -> None:
    seen = piped(["chat", "--echo"], "why\nblue?\n")

    assert ("why\nblue?\n", "", 0) == seen


@pytest.mark.parametrize(
    ("stdin", "message"), [(b"\n", "the question is empty"), (b"\xff", "'utf-8' codec can't decode byte 0xff")]
)
def test_an_unreadable_or_empty_pipe_is_wrong_usage(
    stdin: bytes, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8:strict")

    out, err, code = piped(["chat", "--echo"], stdin)

    assert ("", 2) == (out, code)
    assert err.startswith(f"llm-core: {message}")
    assert 1 == err.count("\n")


@pytest.mark.usefixtures("adapters")
def test_a_closed_output_pipe_prints_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEFAULT_LLM", "endless")

    process = subprocess.Popen([*COMMAND, "chat", "hello"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(5)
        process.stdout.close()
        err = process.stderr.read()

    assert (b"", 1) == (err, process.returncode)


@pytest.mark.usefixtures("adapters")
def test_the_text_before_a_break_is_printed_before_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEFAULT_LLM", "broken")

    seen = piped(["chat", "hello"])

    assert ("half an\n", "llm-core: too many requests (provider acme)\n  prompt: hello\n", 6) == seen


@pytest.mark.usefixtures("adapters")
@pytest.mark.parametrize("arguments", [("--quiet", "chat", "hello"), ("chat", "-q", "hello")])
def test_quiet_shows_an_error_in_one_line(arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEFAULT_LLM", "broken")

    seen = piped(arguments)

    assert ("half an\n", "llm-core: too many requests (provider acme)\n", 6) == seen


@pytest.mark.usefixtures("adapters")
@pytest.mark.parametrize("arguments", [("--debug", "chat", "hello"), ("chat", "--debug", "hello")])
def test_debug_shows_the_frames_of_ours_alone(arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEFAULT_LLM", "faulty")

    _, err, code = piped(arguments)

    files = [line.split('"')[1] for line in err.splitlines() if line.startswith("  File ")]
    assert err.startswith("Traceback (most recent call last):\n")
    assert err.endswith("llm-core: unexpected KeyError; run again with --debug for the traceback\n")
    assert {"llm_core", "acme_adapters.py"} == {
        "llm_core" if "/llm_core/" in file else Path(file).name for file in files
    }
    assert 1 == code


@pytest.mark.usefixtures("adapters")
def test_an_unexpected_error_prints_one_line_without_its_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEFAULT_LLM", "faulty")

    seen = piped(["chat", "hello"])

    assert ("", "llm-core: unexpected KeyError; run again with --debug for the traceback\n", 1) == seen


@pytest.mark.usefixtures("adapters")
def test_every_option_reaches_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEFAULT_LLM", "request")
    options = ["--system", "brief", "--model", "x", "--temperature", "0", "--max-tokens", "9", "--timeout", "2.5"]

    out, err, code = piped(["chat", "hello", *options])

    assert ("", 0) == (err, code)
    assert "(SystemMessage(content='brief'), UserMessage(content='hello'))" in out
    assert "ChatSettings(temperature=0.0, top_p=None, max_tokens=9," in out
    assert "timeout=2.5," in out
    assert "model='x'" in out


@pytest.mark.usefixtures("adapters")
def test_ctrl_c_ends_a_single_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEFAULT_LLM", "slow")

    with _Terminal("chat", "hello") as terminal:
        terminal.wait_for("first text")
        terminal.interrupt()
        code = terminal.end()

    assert ("first text\n", 130) == (terminal.seen, code)


@pytest.mark.usefixtures("adapters")
def test_a_session_continues_after_ctrl_c_with_its_history(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEFAULT_LLM", "slow")

    with _Terminal("chat") as terminal:
        terminal.wait_for("> ")
        terminal.type("hello\n")
        terminal.wait_for("first text")
        terminal.interrupt()
        terminal.wait_for("> ")
        terminal.type("and now?\n")
        terminal.wait_for("sent 3")
        terminal.wait_for("> ")
        terminal.type("\x04")
        code = terminal.end()

    assert 0 == code
    assert "Ctrl-D ends" in terminal.seen


def test_an_empty_line_ends_a_session() -> None:
    with _Terminal("chat", "--echo") as terminal:
        terminal.wait_for("> ")
        terminal.type("hello\n")
        terminal.wait_for("hello\nhello\n")
        terminal.wait_for("> ")
        terminal.type("\n")
        code = terminal.end()

    assert 0 == code


def test_ctrl_c_at_the_prompt_ends_a_session() -> None:
    with _Terminal("chat", "--echo") as terminal:
        terminal.wait_for("> ")
        terminal.interrupt()
        terminal.type("\n")  # wakes a prompt that the signal has just missed
        code = terminal.end()

    assert 130 == code


@pytest.mark.parametrize("options", [["--json"], ["--file", "{file}"]])
def test_one_answer_needs_a_question(options: list[str], tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("hm")

    with _Terminal("chat", "--echo", *(option.format(file=tmp_path / "note.txt") for option in options)) as terminal:
        code = terminal.end()

    assert (f"llm-core: {options[0]} needs a question\n", 2) == (terminal.seen, code)


@pytest.mark.usefixtures("adapters")
def test_ctrl_c_saves_what_has_arrived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEFAULT_LLM", "slow")

    with _Terminal("chat", "hello", "--save", str(tmp_path / "saved.json")) as terminal:
        terminal.wait_for("first text")
        terminal.interrupt()
        code = terminal.end()

    saved = messages_from_json((tmp_path / "saved.json").read_text())
    assert ([UserMessage("hello"), AssistantMessage("first text")], 130) == (saved, code)


def test_a_pipe_can_be_a_file_beside_the_question() -> None:
    seen = piped(["chat", "--echo", "--file", "-", "Review this."], "+1 line")

    assert ('<file name="stdin">\n+1 line\n</file>\nReview this.\n', "", 0) == seen
