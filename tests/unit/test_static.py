import subprocess
import sys

import pytest

from llm_core.adapters.memory import InMemoryChat
from llm_core.testing import assert_static
from llm_core.testing.static import Port

from .mistyped_adapters import (
    AsyncOnlyAdapter,
    CompletesToAny,
    CompletesToText,
    CoroutineAstream,
    Outer,
    RequiresAnExtraArgument,
    StreamsToAny,
    StreamsToIterator,
    SyncAcomplete,
    SyncOnlyAdapter,
)


@pytest.mark.slow
def test_the_fake_is_a_port_by_its_class_and_by_its_name() -> None:
    name = "llm_core.adapters.memory:InMemoryChat"

    assert_static(InMemoryChat, port="ManagedChatPort")
    assert_static(name)


@pytest.mark.parametrize(
    ("adapter_class", "seen"),
    [
        (CompletesToText, "Got: program.py:5: note: def complete(self, ChatRequest, /) -> str"),
        (CompletesToAny, 'Expression is of type "Any", not "ChatResponse"'),
        (StreamsToAny, 'Expression has type "Any"'),
        (StreamsToIterator, "Got: program.py:5: note: def stream(self, ChatRequest, /) -> Iterator["),
        (SyncAcomplete, "Got: program.py:5: note: def acomplete(self, ChatRequest, /) -> ChatResponse"),
        (CoroutineAstream, "Got: program.py:5: note: def astream(self, ChatRequest, /) -> Coroutine["),
        (
            RequiresAnExtraArgument,
            "Got: program.py:5: note: def acomplete(self, ChatRequest, /, patience: float) -> Coroutine[",
        ),
        (
            SyncOnlyAdapter,
            'note: "SyncOnlyAdapter" is missing following "ChatPort" protocol members: program.py:5: note: acomplete',
        ),
    ],
)
@pytest.mark.slow
def test_a_type_error_is_shown_with_mypys_message(adapter_class: type, seen: str) -> None:
    with pytest.raises(AssertionError) as caught:
        assert_static(adapter_class)

    message = " ".join(str(caught.value).split())
    assert message.startswith(
        f"{adapter_class.__module__}.{adapter_class.__qualname__} is not a ChatPort to mypy --strict"
    )
    assert seen in message


@pytest.mark.slow
def test_a_sync_or_async_port_is_accepted_as_such() -> None:
    sync, async_ = SyncOnlyAdapter, AsyncOnlyAdapter

    assert_static(sync, port="SyncChatPort")
    assert_static(async_, port="AsyncChatPort")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("adapter_class", "port"), [(SyncOnlyAdapter, "AsyncChatPort"), (AsyncOnlyAdapter, "SyncChatPort")]
)
def test_a_sync_port_is_not_an_async_port_or_vice_versa(adapter_class: type, port: Port) -> None:
    with pytest.raises(AssertionError) as caught:
        assert_static(adapter_class, port=port)

    assert f"is not a {port} to mypy" in str(caught.value)


@pytest.mark.slow
def test_an_adapter_may_be_nested_in_a_class() -> None:
    inner = Outer.Inner

    assert_static(inner)


def test_an_adapter_within_a_function_cannot_be_named() -> None:
    class Local(InMemoryChat):
        """Not importable."""

    with pytest.raises(ValueError, match="must be at the top level of a module") as caught:
        assert_static(Local)

    assert "Local" in str(caught.value)


def test_a_name_of_something_else_than_a_class_is_refused() -> None:
    function = "llm_core:response_from_events"

    with pytest.raises(ValueError, match="is not a class") as caught:
        assert_static(function)

    assert function in str(caught.value)


@pytest.mark.slow
def test_a_failure_to_run_mypy_is_a_runtime_error() -> None:
    no_pattern = "a*b"

    with pytest.raises(RuntimeError) as caught:
        assert_static(InMemoryChat, skip=[no_pattern])

    assert str(caught.value).startswith("mypy did not run: ")
    assert no_pattern in str(caught.value)


def test_a_missing_mypy_is_reported_with_its_extra() -> None:
    opening = "import sys; sys.modules['mypy'] = None; from llm_core.testing import assert_static"
    program = f"{opening}; assert_static('llm_core.adapters.memory:InMemoryChat')"
    complaint = "ModuleNotFoundError: assert_static runs mypy: pip install 'llm-core[testing]'"

    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert complaint == run.stderr.splitlines()[-1]
