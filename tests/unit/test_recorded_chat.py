"""The fixture `recorded_chat`: these tests replay tapes, which are recorded with ``--record-mode record``."""

import subprocess
import sys
from pathlib import Path

import pytest

from llm_core import ChatPort, ChatRequest, RecordingMissingError, UserMessage
from llm_core.adapters.memory import InMemoryChat

TAPES = Path(__file__).with_name("tapes")
REQUEST = ChatRequest(messages=[UserMessage("Why is the sky blue?")])
TESTS = """
import pytest
from llm_core import ChatRequest, UserMessage
from llm_core.adapters.memory import InMemoryChat

@pytest.fixture
def chat_to_record():
    return InMemoryChat(lambda request: "recorded")

class TestIt:
    @pytest.mark.parametrize("text", ["a", "b/c", "b:c", "x" * 150])
    def test_text(self, recorded_chat, text):
        assert recorded_chat.complete(ChatRequest(messages=[UserMessage(text)])).text == "recorded"

@pytest.mark.recorded_chat(tape="shared.jsonl")
@pytest.mark.parametrize("number", range(3))
def test_shared(recorded_chat, number):
    assert recorded_chat.complete(ChatRequest(messages=[UserMessage("the same")])).text == "recorded"
"""


@pytest.fixture
def chat_to_record() -> InMemoryChat:
    return InMemoryChat(lambda request: f"An answer to {len(request.messages)} messages.")


def test_a_tape_of_its_own_is_replayed(recorded_chat: ChatPort) -> None:
    assert "An answer to 1 messages." == recorded_chat.complete(REQUEST).text
    assert (TAPES / "test_recorded_chat" / "test_a_tape_of_its_own_is_replayed.jsonl").exists()


@pytest.mark.parametrize("name", ["a/b", "a:b"])
def test_parameters_that_no_file_name_holds_have_tapes_of_their_own(recorded_chat: ChatPort, name: str) -> None:
    request = ChatRequest(messages=[UserMessage(name)])

    assert "An answer to 1 messages." == recorded_chat.complete(request).text


@pytest.mark.recorded_chat(tape="shared.jsonl")
@pytest.mark.parametrize("number", [1, 2])
def test_tests_share_a_tape(recorded_chat: ChatPort, number: int) -> None:
    assert "An answer to 1 messages." == recorded_chat.complete(REQUEST).text
    assert (number, True) == (number, (TAPES / "shared.jsonl").exists())


@pytest.mark.recorded_chat(tape="shared.jsonl", namespace="weather")
def test_a_namespace_is_chosen(recorded_chat: ChatPort) -> None:
    assert "An answer to 1 messages." == recorded_chat.complete(REQUEST).text


def test_what_was_not_recorded_is_a_miss(recorded_chat: ChatPort, request: pytest.FixtureRequest) -> None:
    if "replay" == request.config.getoption("llm_core_record_mode"):
        with pytest.raises(RecordingMissingError):
            recorded_chat.complete(REQUEST)


def test_the_chat_to_record_is_that_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    import llm_core_pytest

    monkeypatch.setenv("DEFAULT_LLM", "memory")
    definition = vars(llm_core_pytest)["chat_to_record"]

    with definition.__wrapped__() as chat:
        assert isinstance(chat, InMemoryChat)
    assert request.config.pluginmanager.has_plugin("llm_core_pytest")


@pytest.mark.slow
@pytest.mark.parametrize("option", ["--record-mode", "--llm-core-record-mode"])
def test_tapes_are_recorded_and_then_replayed_by_several_processes(tmp_path: Path, option: str) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)

    outcomes = [
        run(tmp_path),
        run(tmp_path, option, "record"),
        run(tmp_path, option, "record"),
        run(tmp_path, option, "once"),
        run(tmp_path, "-n", "2"),
    ]

    assert [1, 0, 0, 0, 0] == outcomes
    tapes = sorted((tmp_path / "tapes").rglob("*.jsonl"))
    assert [1, 1, 1, 1, 3] == sorted(len(tape.read_text().splitlines()) for tape in tapes)


@pytest.mark.slow
def test_the_short_option_is_left_to_a_plugin_that_has_it(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    (tmp_path / "pytest_recording.py").write_text(
        "def pytest_addoption(parser):\n    parser.addoption('--record-mode', choices=['none'])\n"
    )

    assert 0 == run(tmp_path, "-p", "pytest_recording", "--llm-core-record-mode", "once")


def run(folder: Path, *options: str) -> int:
    """Return the exit code of pytest, run in *folder*."""
    command = [sys.executable, "-m", "pytest", "-q", "-c", "/dev/null", "--rootdir", ".", "-p", "no:cacheprovider"]
    done = subprocess.run([*command, *options], cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert "llm_core_pytest" not in done.stderr, done.stderr
    return done.returncode
