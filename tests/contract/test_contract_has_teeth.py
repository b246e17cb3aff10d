"""Each clause passes over a correct adapter, and fails over the broken adapters that are declared for it."""

import gc
import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

import pytest

from llm_core import ChatPort, ChatRequest, ToolMessage, UnsupportedFeatureError, from_async
from llm_core.testing import Capabilities, ChatPortContract, Scenario

from .broken import claims
from .broken.cases import BROKEN, CLAUSES, Check
from .broken.mutating import Broken, Mutated
from .broken.plain_chat import PlainChat
from .failure_messages import message_faults
from .test_in_memory_chat import InMemoryContract

# Some broken adapters leak connections and event loops, which the garbage collector finds during a later test.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("always::UserWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module", autouse=True)
def _collect_leaked_objects() -> Iterator[None]:
    yield
    for _ in range(5):  # what one collection frees makes more collectable
        gc.collect()


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)
def test_a_clause_passes_over_a_correct_adapter_and_fails_over_a_broken_one(broken: Broken) -> None:
    correct = _failures(broken, _contract(broken, correct=True))
    failures = _failures(broken, _contract(broken, correct=False))

    assert failures
    assert {None} == set(correct)
    for failure in failures:
        assert isinstance(failure, broken.raises or (AssertionError, pytest.fail.Exception))
        assert any(text in str(failure) for text in _in_either_order(broken.shows))
        assert [] == message_faults(failure)


@pytest.mark.parametrize(
    "name",
    ["request.together", "request.nothing-sticks", "request.settings", "request.unchanged", "request.result-media"],
)
def test_a_clause_passes_over_an_adapter_that_refuses_combinations_of_features(name: str) -> None:
    contract = _InMemory(_refusing_combinations, InMemoryContract.capabilities)

    failures = [_failure(CLAUSES[name], contract, values) for values in _parameters(CLAUSES[name])]

    assert {None} == set(failures)


def _refusing_combinations(chat: ChatPort) -> ChatPort:
    def refuse(request: ChatRequest) -> ChatRequest:
        settings = request.settings
        if (request.tools and request.output) or (settings.temperature and settings.top_p) or len(settings.stop) > 2:
            raise UnsupportedFeatureError(feature="this request")
        if any(isinstance(one, ToolMessage) and not isinstance(one.content, str) for one in request.messages):
            raise UnsupportedFeatureError(feature="this request")
        return request

    return Mutated(chat, on_request=refuse)


def test_every_clause_catches_a_broken_adapter() -> None:
    assert set(CLAUSES) == {broken.clause for broken in BROKEN}


def _in_either_order(text: str) -> Iterator[str]:
    """Yield *text*, and for a comparison also the one with its sides exchanged: a clause may use either order."""
    yield text
    for sign in (" == ", " != ", " is "):
        left, _, right = text.partition(sign)
        yield f"{right}{sign}{left}" if right else text


def _contract(broken: Broken, *, correct: bool) -> ChatPortContract:
    if broken.over_http is not None:
        return _OverHttp(from_async if correct else broken.over_http)
    refuse = claims.refusing(broken.claims) if broken.claims else _unchanged
    mutate = broken.in_memory or _unchanged
    return _InMemory(refuse if correct else mutate, broken.claims or InMemoryContract.capabilities)


def _unchanged(chat: ChatPort) -> ChatPort:
    return chat


class _InMemory(ChatPortContract):
    deadline = 5.0  # seconds; in memory no clause takes longer

    def __init__(self, build: Callable[[ChatPort], ChatPort], capabilities: Capabilities) -> None:
        self.build = build
        self.capabilities = capabilities

    def arrange(self, scenario: Scenario) -> ChatPort:
        fake = InMemoryContract()
        fake.recorder = self.recorder
        return self.build(fake.arrange(scenario))


class _OverHttp(ChatPortContract):
    deadline = 8.0  # seconds; no clause takes longer unless it hangs
    capabilities = Capabilities(request_ids_of_answers=True)

    def __init__(self, build: Callable[[PlainChat], ChatPort]) -> None:
        self.build = build

    def arrange(self, scenario: Scenario) -> ChatPort:
        return self.build(PlainChat(self.fake_provider(scenario).url, self.planted_key))


def _failures(broken: Broken, contract: ChatPortContract) -> list[BaseException | None]:
    """Return what the clause raised for each of its parameter sets that match those of *broken*; None for a pass."""
    check = CLAUSES[broken.clause]
    matching = [values for values in _parameters(check) if broken.parameters.items() <= values.items()]
    return [_failure(check, contract, values) for values in matching]


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
    except (Exception, pytest.fail.Exception, pytest.skip.Exception) as failure:  # noqa: BLE001 -- the test checks its class and message
        return failure
    return None
