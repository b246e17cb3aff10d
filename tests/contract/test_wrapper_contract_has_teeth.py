"""Each clause about wrappers passes over a correct wrapper, and fails over the broken ones declared for it."""

import gc
import itertools
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import pytest

from llm_core import ChatPort
from llm_core.testing import WrapperClauses
from llm_core.wrappers import Fallback, Hedged, Retrying

from .broken.broken_wrapper import BrokenWrapper
from .broken.passing_on import Storing
from .broken.wrapper_cases import BROKEN_WRAPPERS, WRAPPER_CLAUSES, Check
from .failure_messages import message_faults
from .neutral import Neutral

# Some broken wrappers leave streams open, which the garbage collector finds during a later test.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
]


@pytest.fixture(scope="module", autouse=True)
def _collect_leaked_objects() -> Iterator[None]:
    yield
    for _ in range(5):  # what one collection frees makes more collectable
        gc.collect()


@pytest.mark.parametrize("broken", BROKEN_WRAPPERS, ids=lambda broken: broken.name)
def test_a_clause_passes_over_a_correct_wrapper_and_fails_over_a_broken_one(broken: BrokenWrapper) -> None:
    def correct(chats: Sequence[ChatPort]) -> ChatPort:
        return _correct(broken, chats)

    passes = [_failure(broken, broken.contract(correct), values) for values in _matching(broken)]
    failures = [_failure(broken, broken.contract(broken.build), values) for values in _matching(broken)]

    assert {None} == set(passes)
    assert None not in failures
    for failure in failures:
        assert isinstance(failure, broken.raises or (AssertionError, pytest.fail.Exception))
        assert broken.shows in str(failure)
        assert [] == message_faults(failure)


def test_every_clause_catches_a_broken_wrapper() -> None:
    assert set(WRAPPER_CLAUSES) == {broken.clause for broken in BROKEN_WRAPPERS}


def test_there_are_more_than_forty_broken_wrappers() -> None:
    assert len({broken.name for broken in BROKEN_WRAPPERS}) > 40


def _correct(broken: BrokenWrapper, chats: Sequence[ChatPort]) -> ChatPort:
    """Return a wrapper that is what *broken* claims to be."""
    if broken.may_answer_without_request:
        return Storing(repr, *chats)
    if not broken.begins_in_callers_thread:
        return Hedged(chats, after=30)
    if broken.chats > 1:
        return Fallback(chats) if broken.attempts_per_call > 1 else Neutral(*chats)
    return Retrying(chats[0], attempts=broken.attempts_per_call)


def _matching(broken: BrokenWrapper) -> list[dict[str, object]]:
    found = [v for v in _variants(WRAPPER_CLAUSES[broken.clause]) if broken.parameters.items() <= v.items()]
    assert found, f"{broken.name} is declared for a variant that {broken.clause} does not have"
    return found


def _variants(check: Check) -> Iterator[dict[str, object]]:
    marks = [mark for mark in getattr(check, "pytestmark", ()) if mark.name == "parametrize"]
    names = [mark.args[0] for mark in marks]
    for values in itertools.product(*(mark.args[1] for mark in marks)):
        yield dict(zip(names, values, strict=True))


def _failure(broken: BrokenWrapper, contract: WrapperClauses, values: dict[str, object]) -> BaseException | None:
    contract._closing = ExitStack()
    try:
        with contract.isolated():
            WRAPPER_CLAUSES[broken.clause](contract, **values)
    except (Exception, pytest.fail.Exception, pytest.skip.Exception) as failure:  # noqa: BLE001 -- the test checks it
        return failure
    return None
