"""Each wrapper keeps the clauses about wrappers; `test_wrappers_whole.py` has the rest of the contract."""

from collections.abc import Sequence

from llm_core import ChatPort
from llm_core.testing import Scenario, WrapperClauses
from llm_core.testing.clauses.attempts import AttemptClauses

from .broken.passing_on import Storing
from .neutral import Neutral
from .test_in_memory_chat import InMemoryContract
from .wrapped import WRAPPERS, declared


class TestNeutral(WrapperClauses):
    def wrap(self, chats: Sequence[ChatPort]) -> ChatPort:
        return Neutral(*chats)


TestRetrying = declared(WRAPPERS["Retrying"], (WrapperClauses,))
TestFallback = declared(WRAPPERS["Fallback"], (WrapperClauses,))
TestHedged = declared(WRAPPERS["Hedged"], (WrapperClauses,))
TestLimited = declared(WRAPPERS["Limited"], (WrapperClauses,))
TestBudget = declared(WRAPPERS["Budget"], (WrapperClauses,))
TestLogged = declared(WRAPPERS["Logged"], (WrapperClauses,))
TestTraced = declared(WRAPPERS["Traced"], (WrapperClauses,))
TestRecorded = declared(WRAPPERS["Recorded"], (WrapperClauses,))
TestCached = declared(WRAPPERS["Cached"], (WrapperClauses,))


class TestAttemptsOfAStore(AttemptClauses):
    """A chat that stores answers is asked distinct requests where each of them must reach the provider."""

    capabilities = InMemoryContract.capabilities
    may_answer_without_request = True

    def arrange(self, scenario: Scenario) -> ChatPort:
        fake = InMemoryContract()
        fake.recorder = self.recorder
        return Storing(repr, fake.arrange(scenario))
