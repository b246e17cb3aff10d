"""The report names the author's own class, whatever wraps it, its version, and that it refused a request."""

import sys
from collections.abc import AsyncGenerator
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import cast

import attrs
import pytest

from llm_core import ChatPort, ChatRequest, StreamEvent, UnsupportedFeatureError, from_events
from llm_core.adapters.memory import InMemoryChat
from llm_core.testing import ChatPortContract, Scenario
from llm_core.testing.report import provenance
from llm_core.testing.report.observations import ended, observed
from llm_core.testing.report.provenance import adapter_name, version_of
from llm_core.testing.report.results import Outcome
from llm_core.wrappers import Retrying


@attrs.frozen
class Source:
    """A source of `from_events` that yields nothing."""

    provider: str = "made-up"
    model: str = "m"
    transport_errors: tuple[type[Exception], ...] = ()

    async def events(self, _: ChatRequest, /) -> AsyncGenerator[StreamEvent, None]:
        for event in tuple[StreamEvent, ...]():
            yield event


def test_the_name_of_a_chat_from_events_is_that_of_its_source() -> None:
    chat = from_events(Source())

    assert [f"{__name__}.Source"] * 2 == [adapter_name(chat), adapter_name(Retrying(chat))]


@pytest.fixture
def _quick_distributions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading the packages of all installed distributions takes seconds."""
    monkeypatch.setattr(provenance, "packages_distributions", lambda: {"attr": ["attrs"], "attrs": ["attrs"]})


@pytest.mark.usefixtures("_quick_distributions")
def test_the_version_is_that_of_the_distribution_that_owns_the_package() -> None:
    names = ["attr.validators", "attrs", "llm_core_of_nobody.chat"]

    seen = [version_of(name) for name in names]

    assert [f"attrs {version('attrs')}", f"attrs {version('attrs')}", ""] == seen


@pytest.mark.usefixtures("_quick_distributions")
@pytest.mark.parametrize(("expected", "own"), [("attr 9.1", "9.1"), ("", None)])
def test_a_package_with_the_name_of_anothers_has_its_own_version(
    expected: str, own: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = ModuleType("attr")
    vars(package).update(__file__=str(tmp_path / "attr" / "__init__.py"), __version__=own)
    monkeypatch.setitem(sys.modules, "attr", package)

    seen = version_of("attr.chat")

    assert expected == seen


class Refusing(ChatPortContract):
    chat_under_test = InMemoryChat.echo()
    was_refused = True

    def arrange(self, scenario: Scenario) -> ChatPort:
        raise UnsupportedFeatureError(feature=str(scenario))


@attrs.frozen
class Item:
    """The part of pytest's item that the report reads."""

    instance: ChatPortContract


def test_a_refusal_that_passed_is_reported_as_refused() -> None:
    item = cast("pytest.Function", Item(Refusing()))
    call = pytest.CallInfo[None].from_call(lambda: None, "call")
    passed = pytest.TestReport("test_it", ("", None, ""), {}, "passed", None, "call")

    facts = observed(item, call)

    assert {"adapter": "llm_core.adapters.memory.chat.InMemoryChat", "refused": "yes"} == facts
    assert (Outcome.REFUSED, "") == ended(passed, facts)
