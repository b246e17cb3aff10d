"""Each wrapper keeps the whole contract over the fake and over HTTP: `make wrappers`."""

import pytest

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
