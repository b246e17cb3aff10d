"""Each wrapper keeps the clauses about wrappers; `test_wrappers_whole.py` has the rest of the contract."""

from collections.abc import Sequence

from llm_core import ChatPort
from llm_core.testing import WrapperClauses

from .neutral import Neutral
from .wrapped import WRAPPERS, declared


class TestNeutral(WrapperClauses):
    def wrap(self, chats: Sequence[ChatPort]) -> ChatPort:
        return Neutral(*chats)


TestRetrying = declared(WRAPPERS["Retrying"], (WrapperClauses,))
TestFallback = declared(WRAPPERS["Fallback"], (WrapperClauses,))
TestHedged = declared(WRAPPERS["Hedged"], (WrapperClauses,))
TestLimited = declared(WRAPPERS["Limited"], (WrapperClauses,))
TestBudget = declared(WRAPPERS["Budget"], (WrapperClauses,))
