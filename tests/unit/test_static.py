import subprocess
import sys

import pytest

from llm_core.adapters.memory import InMemoryChat
from llm_core.testing import assert_static
from llm_core.testing.static import Port

from .mistyped_adapters import (
    AnswersAnything,
    AnswersInWords,
    AsksForMore,
    AwaitsTheStream,
    BlocksWhereOthersAwait,
    OneColour,
    OtherColour,
    Outer,
    StreamsAnything,
    StreamsByIterator,
)


@pytest.mark.slow
def test_the_fake_is_a_port_by_its_class_and_by_its_name() -> None:
    name = "llm_core.adapters.memory:InMemoryChat"

    assert_static(InMemoryChat, port="ManagedChatPort")
    assert_static(name)


@pytest.mark.parametrize(
    ("kind", "seen"),
    [
        (AnswersInWords, "Got: program.py:5: note: def complete(self, ChatRequest, /) -> str"),
        (AnswersAnything, 'Expression is of type "Any", not "ChatResponse"'),
        (StreamsAnything, 'Expression has type "Any"'),
        (StreamsByIterator, "Got: program.py:5: note: def stream(self, ChatRequest, /) -> Iterator["),
        (BlocksWhereOthersAwait, "Got: program.py:5: note: def acomplete(self, ChatRequest, /) -> ChatResponse"),
        (AwaitsTheStream, "Got: program.py:5: note: def astream(self, ChatRequest, /) -> Coroutine["),
        (AsksForMore, "Got: program.py:5: note: def acomplete(self, ChatRequest, /, patience: float) -> Coroutine["),
        (
            OneColour,
            'note: "OneColour" is missing following "ChatPort" protocol members: program.py:5: note: acomplete',
        ),
    ],
)
@pytest.mark.slow
def test_what_is_no_port_is_shown_in_the_words_of_mypy(kind: type, seen: str) -> None:
    with pytest.raises(AssertionError) as caught:
        assert_static(kind)

    said = " ".join(str(caught.value).split())
    assert said.startswith(f"{kind.__module__}.{kind.__qualname__} is no ChatPort to mypy --strict")
    assert seen in said


@pytest.mark.slow
def test_half_a_port_is_a_port_of_its_colour() -> None:
    blocking, awaiting = OneColour, OtherColour

    assert_static(blocking, port="SyncChatPort")
    assert_static(awaiting, port="AsyncChatPort")


@pytest.mark.parametrize(("kind", "port"), [(OneColour, "AsyncChatPort"), (OtherColour, "SyncChatPort")])
@pytest.mark.slow
def test_half_a_port_is_no_port_of_the_other_colour(kind: type, port: Port) -> None:
    with pytest.raises(AssertionError) as caught:
        assert_static(kind, port=port)

    assert f"is no {port} to mypy" in str(caught.value)


@pytest.mark.slow
def test_an_adapter_may_stand_within_a_class() -> None:
    inner = Outer.Inner

    assert_static(inner)


def test_an_adapter_within_a_function_cannot_be_named() -> None:
    class Local(InMemoryChat):
        """Seen by nobody else."""

    with pytest.raises(ValueError, match="must stand at the top of a module") as caught:
        assert_static(Local)

    assert "Local" in str(caught.value)


def test_a_name_that_is_no_class_is_refused() -> None:
    function = "llm_core:fold"

    with pytest.raises(ValueError, match="is no class") as caught:
        assert_static(function)

    assert function in str(caught.value)


def test_mypy_that_does_not_run_is_no_verdict() -> None:
    no_pattern = "a*b"

    with pytest.raises(RuntimeError) as caught:
        assert_static(InMemoryChat, skip=[no_pattern])

    assert str(caught.value).startswith("mypy did not run: ")
    assert no_pattern in str(caught.value)


def test_a_missing_mypy_is_told_with_the_way_to_get_it() -> None:
    opening = "import sys; sys.modules['mypy'] = None; from llm_core.testing import assert_static"
    program = f"{opening}; assert_static('llm_core.adapters.memory:InMemoryChat')"
    complaint = "ModuleNotFoundError: assert_static runs mypy: pip install 'llm-core[testing]'"

    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert complaint == run.stderr.splitlines()[-1]
