"""The example that saves a conversation: a real Ctrl-C at each place, and the next run."""

import signal
import sys
from pathlib import Path

import pytest
import saved_conversation
from saved_conversation import converse, load, main
from weather_agent import CITIES, SYSTEM

from llm_core import AssistantMessage, Message, SystemMessage, ToolCall, ToolMessage, UserMessage
from llm_core.adapters.memory import InMemoryChat
from llm_core.serialization import messages_from_json
from llm_core.typed import Toolbox

QUESTION = "Is it warm in Oslo and Paris?"
START: list[Message] = [SystemMessage(SYSTEM), UserMessage(QUESTION)]
CALLS = AssistantMessage(
    tool_calls=[ToolCall(id=city, name="get_weather", arguments={"city": city}) for city in ("Oslo", "Paris")]
)
OSLO, PARIS = (ToolMessage(CITIES[city][0], tool_call_id=city) for city in ("Oslo", "Paris"))


def _silent(_: str) -> None:
    """Show nothing."""


def _interrupt(*_: object) -> None:
    signal.raise_signal(signal.SIGINT)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "conversation.json"


def test_a_whole_conversation_is_saved_and_goes_on_with_the_next_question(path: Path) -> None:
    with InMemoryChat([CALLS, "In Paris.", "Yes."]) as chat:
        converse(chat, path, QUESTION, _silent)
        converse(chat, path, "Sure?", _silent)

    whole = [*START, CALLS, OSLO, PARIS, AssistantMessage("In Paris."), UserMessage("Sure?"), AssistantMessage("Yes.")]
    assert whole == messages_from_json(path.read_text())
    assert whole[:-1] == list(chat.requests[-1].messages)


def test_an_interrupted_answer_is_asked_for_again(path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        converse(InMemoryChat(["In Paris it is."]), path, QUESTION, _interrupt)
    with InMemoryChat(["In Paris."]) as chat:
        converse(chat, path, "", _silent)

    assert START == list(chat.requests[0].messages)
    assert [*START, AssistantMessage("In Paris.")] == load(path)


def test_calls_that_were_interrupted_have_an_error_result_in_the_next_run(path: Path) -> None:
    def get_weather(city: str) -> str:
        _interrupt()
        return city

    with pytest.raises(KeyboardInterrupt):
        converse(InMemoryChat([CALLS]), path, QUESTION, _silent, toolbox=Toolbox([get_weather]))
    with InMemoryChat(["I could not look."]) as chat:
        converse(chat, path, "", _silent)

    stopped = [ToolMessage("interrupted by the user", tool_call_id=id, is_error=True) for id in ("Oslo", "Paris")]
    assert [*START, CALLS, *stopped] == list(chat.requests[0].messages)
    assert [*START, CALLS, *stopped, AssistantMessage("I could not look.")] == load(path)


@pytest.fixture
def script(path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("DEFAULT_LLM", "memory")
    monkeypatch.setattr(sys, "argv", ["saved_conversation.py", str(path), "Is", "it", "warm?"])
    return monkeypatch


def test_ctrl_c_ends_the_script_with_130(
    path: Path, script: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script.setattr(saved_conversation, "converse", _interrupt)

    code = main()

    assert 130 == code
    assert f"\n[interrupted; to go on: saved_conversation.py {path}]\n" == capsys.readouterr().out


def test_the_script_saves_the_conversation_and_has_nothing_to_add_to_an_answer(
    path: Path, script: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = main()
    script.setattr(sys, "argv", sys.argv[:2])
    second = main()

    assert (0, 0, "Is it warm?\n\n") == (first, second, capsys.readouterr().out)
    assert [UserMessage("Is it warm?"), AssistantMessage("Is it warm?")] == load(path)[1:]
