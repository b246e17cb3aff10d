"""How the property clauses run: skipped examples, what counts as agreement, and what a failure shows."""

import importlib
from contextlib import ExitStack

import pytest
from hypothesis.strategies import booleans, integers

from llm_core import ChatPort, ServerError
from llm_core.adapters.memory import InMemoryChat
from llm_core.testing import Capabilities, ChatPortContract, Scenario
from llm_core.testing.dialects.dialect import NotExpressibleError

PRICE = 23456789012345678901234567890123


class Refusing(ChatPortContract):
    capabilities = Capabilities(tools=False)
    examples = 1

    def __init__(self) -> None:
        self._closing = ExitStack()

    def arrange(self, scenario: Scenario) -> ChatPort:
        return InMemoryChat(lambda _: ServerError(detail=str(scenario)))


def test_an_example_that_the_wire_cannot_express_is_skipped() -> None:
    suite, tried = ChatPortContract(), list[bool]()
    suite._closing = ExitStack()

    def check(value: bool) -> None:
        tried.append(value)
        if value:
            raise NotExpressibleError

    suite.for_every(booleans(), check)

    assert {True, False} == set(tried)


def test_the_drawn_values_do_not_depend_on_the_loaded_modules(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hypothesis draws constants of the author's modules: a seed would draw others beside other tests."""
    folder = tmp_path_factory.mktemp("author")
    (folder / "prices_of_an_author.py").write_text(f"PRICE = {PRICE}\n")
    monkeypatch.syspath_prepend(folder)
    importlib.import_module("prices_of_an_author")
    suite, numbers = ChatPortContract(), list[int]()
    suite._closing, suite.examples = ExitStack(), 200

    suite.for_every(integers(10**30, 10**40), numbers.append)

    assert PRICE not in numbers


def test_modes_that_fail_alike_do_not_agree_with_what_was_sent() -> None:
    suite = Refusing()

    with pytest.raises(ServerError), suite.isolated():
        suite.test_sync_and_async_agree("complete")


def test_a_stream_that_fails_never_agrees() -> None:
    suite = Refusing()

    with pytest.raises(ServerError) as caught, suite.isolated():
        suite.test_every_stream_equals_the_complete_answer("stream")

    notes = caught.value.__notes__
    assert any(note.startswith("promise law.stream-equals-complete: ") for note in notes)


def test_histories_have_no_calls_where_tools_are_not_claimed() -> None:
    suite = Refusing()

    with pytest.raises(ServerError) as caught, suite.isolated():
        suite.test_every_request_arrives_whole("complete")

    assert "ToolMessage" not in "".join(caught.value.__notes__)
