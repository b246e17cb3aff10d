"""Each clause is kept by an honest adapter, and catches the broken ones that are named for it."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

import pytest

from llm_core import ChatPort, ChatRequest, UnsupportedFeatureError, from_async
from llm_core.testing import Capabilities, ChatPortContract, Scenario

from .broken import claims
from .broken.cases import BROKEN, CLAUSES, Check
from .broken.mutating import Bent, Broken
from .broken.plain_chat import PlainChat
from .test_in_memory_chat import TestInMemoryChat as InMemoryContract

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)
def test_a_clause_is_kept_by_an_honest_adapter_and_catches_a_broken_one(broken: Broken) -> None:
    kept = _failures(broken, _arranged(broken, honest=True))
    caught = _failures(broken, _arranged(broken, honest=False))

    assert caught
    assert {None} == set(kept)
    for failure in caught:
        assert isinstance(failure, broken.escapes or (AssertionError, pytest.fail.Exception))
        assert any(words in str(failure) for words in _either_way(broken.shows))


@pytest.mark.parametrize("name", ["request.together", "request.nothing-sticks", "request.settings"])
def test_a_clause_is_kept_by_one_who_refuses_much_at_once(name: str) -> None:
    contract = _InMemory(_refusing_much, InMemoryContract.capabilities)

    failures = [_failure(CLAUSES[name], contract, values) for values in _parameters(CLAUSES[name])]

    assert {None} == set(failures)


def _refusing_much(chat: ChatPort) -> ChatPort:
    def refuse(request: ChatRequest) -> ChatRequest:
        settings = request.settings
        if (request.tools and request.output) or (settings.temperature and settings.top_p) or len(settings.stop) > 2:
            raise UnsupportedFeatureError
        return request

    return Bent(chat, asks=refuse)


def test_every_clause_catches_somebody() -> None:
    assert set(CLAUSES) == {broken.clause for broken in BROKEN}


def _either_way(words: str) -> Iterator[str]:
    """Yield *words*, and for a comparison also the other way round: which side is the expected one is all the same."""
    yield words
    for sign in (" == ", " != ", " is "):
        left, _, right = words.partition(sign)
        yield f"{right}{sign}{left}" if right else words


def _arranged(broken: Broken, *, honest: bool) -> ChatPortContract:
    if broken.over_http is not None:
        return _OverHttp(from_async if honest else broken.over_http)
    refuses = claims.refusing(broken.claims) if broken.claims else _as_it_is
    breaks_it = broken.in_memory or _as_it_is
    return _InMemory(refuses if honest else breaks_it, broken.claims or InMemoryContract.capabilities)


def _as_it_is(chat: ChatPort) -> ChatPort:
    return chat


class _InMemory(ChatPortContract):
    deadline = 5.0  # in memory nothing takes long

    def __init__(self, made: Callable[[ChatPort], ChatPort], claimed: Capabilities) -> None:
        self.made = made
        self.capabilities = claimed

    def arrange(self, scenario: Scenario) -> ChatPort:
        fake = InMemoryContract()
        fake.recorder = self.recorder
        return self.made(fake.arrange(scenario))


class _OverHttp(ChatPortContract):
    def __init__(self, made: Callable[[PlainChat], ChatPort]) -> None:
        self.made = made

    def arrange(self, scenario: Scenario) -> ChatPort:
        return self.made(PlainChat(self.fake_provider(scenario).url, self.planted_key))


def _failures(broken: Broken, contract: ChatPortContract) -> list[BaseException | None]:
    """Return what the clause raised for each of its parameters that were given."""
    check = CLAUSES[broken.clause]
    chosen = [values for values in _parameters(check) if broken.given.items() <= values.items()]
    return [_failure(check, contract, values) for values in chosen]


def _parameters(check: Check) -> Iterator[dict[str, object]]:
    marks = [mark for mark in getattr(check, "pytestmark", ()) if mark.name == "parametrize"]
    for chosen in itertools.product(*(_choices(*mark.args) for mark in marks)):
        yield {name: value for choice in chosen for name, value in choice.items()}


def _choices(names: str | tuple[str, ...], choices: Sequence[object]) -> list[dict[str, object]]:
    if isinstance(names, str):
        return [{names: value} for value in choices]
    return [dict(zip(names, values, strict=True)) for values in choices if isinstance(values, tuple)]


def _failure(check: Check, contract: ChatPortContract, values: dict[str, object]) -> BaseException | None:
    contract._closing = ExitStack()
    try:
        with contract.isolated():
            check(contract, **values)
    except (Exception, pytest.fail.Exception, pytest.skip.Exception) as failure:  # noqa: BLE001 -- the test looks at what it is
        return failure
    return None
