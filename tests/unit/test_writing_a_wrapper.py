"""Follows docs/writing-a-wrapper.md, whose code is examples/redacted.py."""

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from redacted import MASK, Redacted

from llm_core import (
    AssistantMessage,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ImagePart,
    InvalidToolCall,
    ReasoningPart,
    StreamInterruptedError,
    SystemMessage,
    TextDelta,
    TextPart,
    ToolCall,
    ToolMessage,
    UserMessage,
    response_from_events,
)
from llm_core import wrappers as public
from llm_core.adapters.memory import BrokenStream, InMemoryChat
from llm_core.testing import WrapperClauses

from .verbs import REQUEST, Verb, in_every_verb

TREE = Path(__file__).parents[2]
SOURCE = (TREE / "examples" / "redacted.py").read_text(encoding="utf-8")
PAGE = (TREE / "docs" / "writing-a-wrapper.md").read_text(encoding="utf-8")
EXAMPLE, TEST = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
WORD = "SwordfishAB"


class TestRedacted(WrapperClauses):
    def wrap(self, chats: Sequence[ChatPort]) -> ChatPort:
        return Redacted(chats[0], ["Zyzzyva"])


def test_the_page_shows_the_whole_example() -> None:
    assert SOURCE == EXAMPLE


def test_the_page_names_every_step() -> None:
    steps = {"begin", "call", "emit", "forward", "race", "relay", "run", "spend", "wait", "wait_for"}

    assert steps == set(re.findall(r"^\| `yield from (\w+)\(", PAGE, re.MULTILINE))
    assert steps <= set(public.__all__)


def test_the_page_names_every_member_of_the_contract() -> None:
    shown = set(re.findall(r"^\| `(\w+)", PAGE.partition("| member |")[2], re.MULTILINE))

    assert {"chat_for", "wrap", "neutral"} == {name for name in shown if callable(getattr(WrapperClauses, name))}
    claims = {"chats", "attempts_per_call", "may_answer_without_request", "begins_in_callers_thread"}
    assert claims == {name for name in shown if not callable(getattr(WrapperClauses, name))}


@pytest.mark.slow
def test_the_test_of_the_page_passes_in_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "test_redacted.py").write_text(TEST, encoding="utf-8")
    (tmp_path / "redacted.py").write_text(SOURCE, encoding="utf-8")

    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--llm-core-quick", "test_redacted.py"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert 0 == run.returncode, run.stdout


ANSWER = AssistantMessage(
    f"The word is {WORD}, {WORD[:5]}",
    reasoning=[ReasoningPart(f"I know {WORD}.")],
    tool_calls=[ToolCall(id="1", name="tell", arguments={"word": WORD})],
    invalid_tool_calls=[InvalidToolCall(id="2", name="tell", arguments_text=f'["{WORD}"', problem="cut off")],
)
HIDDEN = AssistantMessage(
    f"The word is {MASK}, {WORD[:5]}",
    reasoning=[ReasoningPart(f"I know {MASK}.")],
    tool_calls=[ToolCall(id="1", name="tell", arguments={"word": MASK})],
    invalid_tool_calls=[InvalidToolCall(id="2", name="tell", arguments_text=f'["{MASK}"', problem="cut off")],
)


@pytest.mark.parametrize("chunk_size", [1, 2, 5, 8, 1000])
@in_every_verb
def test_the_word_is_hidden_in_every_part_of_an_answer(call: Verb, chunk_size: int) -> None:
    assert HIDDEN == call(Redacted(InMemoryChat([ANSWER], chunk_size=chunk_size), [WORD])).message


@pytest.mark.parametrize("chunk_size", [1, 3, 1000])
def test_no_delta_shows_the_word(chunk_size: int) -> None:
    with Redacted(InMemoryChat([ANSWER], chunk_size=chunk_size), [WORD]).stream(REQUEST) as stream:
        events = list(stream)

    assert HIDDEN == response_from_events(events).message
    assert WORD not in repr(events)


@in_every_verb
def test_the_word_is_hidden_in_a_partial_answer(call: Verb) -> None:
    broken = BrokenStream([TextDelta("It is Sword"), TextDelta("fishAB, S")], error=StreamInterruptedError())

    with pytest.raises(StreamInterruptedError) as caught:
        call(Redacted(InMemoryChat([broken]), [WORD]))

    assert AssistantMessage(f"It is {MASK}, S") == caught.value.partial


def test_the_word_is_hidden_in_every_message_that_is_sent() -> None:
    image = ImagePart(url="https://example.org/x.png")

    def history(word: str) -> list[SystemMessage | UserMessage | AssistantMessage | ToolMessage]:
        return [
            SystemMessage(f"Never say {word}."),
            UserMessage(f"Say {word}."),
            UserMessage([TextPart(f"Say {word}."), image]),
            HIDDEN if word == MASK else ANSWER,
            ToolMessage(f"{word} is known.", tool_call_id="1"),
            ToolMessage([TextPart(word), image], tool_call_id="2", is_error=True),
        ]

    chat = InMemoryChat(["ok"])

    response = Redacted(chat, [WORD]).complete(ChatRequest(messages=history(WORD), model="m"))

    assert ChatResponse(message=AssistantMessage("ok")) == response
    assert (ChatRequest(messages=history(MASK), model="m"),) == chat.requests
