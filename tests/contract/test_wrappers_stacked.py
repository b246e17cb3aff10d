"""Each wrapper keeps the contract over the fake and HTTP, each ordered pair the quick one: `make wrappers`."""

import itertools
from collections.abc import Callable, Sequence

import pytest

from llm_core import ChatPort

from .test_wrappers_whole import OverHTTP, OverTheFake, _import  # noqa: F401 -- a fixture of this module too
from .wrapped import WRAPPERS, declared

pytestmark = pytest.mark.slow

TestRetryingOverTheFake = declared(WRAPPERS["Retrying"], (OverTheFake,))
TestFallbackOverTheFake = declared(WRAPPERS["Fallback"], (OverTheFake,))
TestHedgedOverTheFake = declared(WRAPPERS["Hedged"], (OverTheFake,))
TestLimitedOverTheFake = declared(WRAPPERS["Limited"], (OverTheFake,))
TestBudgetOverTheFake = declared(WRAPPERS["Budget"], (OverTheFake,))
TestLoggedOverTheFake = declared(WRAPPERS["Logged"], (OverTheFake,))
TestTracedOverTheFake = declared(WRAPPERS["Traced"], (OverTheFake,))
TestRecordedOverTheFake = declared(WRAPPERS["Recorded"], (OverTheFake,))
TestCachedOverTheFake = declared(WRAPPERS["Cached"], (OverTheFake,))
TestRetryingOverHTTP = declared(WRAPPERS["Retrying"], (OverHTTP,))
TestFallbackOverHTTP = declared(WRAPPERS["Fallback"], (OverHTTP,))
TestHedgedOverHTTP = declared(WRAPPERS["Hedged"], (OverHTTP,))
TestLimitedOverHTTP = declared(WRAPPERS["Limited"], (OverHTTP,))
TestBudgetOverHTTP = declared(WRAPPERS["Budget"], (OverHTTP,))
TestLoggedOverHTTP = declared(WRAPPERS["Logged"], (OverHTTP,))
TestTracedOverHTTP = declared(WRAPPERS["Traced"], (OverHTTP,))
TestRecordedOverHTTP = declared(WRAPPERS["Recorded"], (OverHTTP,))
TestCachedOverHTTP = declared(WRAPPERS["Cached"], (OverHTTP,))


def _pair(outer: str, inner: str) -> Callable[[Sequence[ChatPort]], ChatPort]:
    return lambda chats: WRAPPERS[outer].neutral(WRAPPERS[inner].neutral(chats[0]))


for _outer, _inner in itertools.permutations(WRAPPERS, 2):
    _name = f"Test{_outer}Over{_inner}"
    globals()[_name] = type(
        _name, (OverTheFake,), {"quick": True, "wrap": staticmethod(_pair(_outer, _inner)), "__module__": __name__}
    )
