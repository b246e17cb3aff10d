"""Each ordered pair of wrappers over the fake, in a quick run of the clauses that a pair may break: `make wrappers`.

What a wrapper does to requests, answers and errors is checked by the clauses about wrappers, for the pair too. The
clauses left out go through the fields of requests, answers and errors one by one: they hold for a pair as for each of
the two, over which `test_wrappers_stacked.py` runs the whole contract.
"""

import itertools
from collections.abc import Callable, Sequence

import pytest

from llm_core import ChatPort
from llm_core.adapters.memory import InMemoryChat
from llm_core.testing import Scenario, WrapperClauses
from llm_core.testing.clauses.after_use_clauses import AfterUseClauses
from llm_core.testing.clauses.aftermath_clauses import AftermathClauses
from llm_core.testing.clauses.agreement_clauses import AgreementClauses
from llm_core.testing.clauses.attempts import AttemptClauses
from llm_core.testing.clauses.closing import ClosingClauses
from llm_core.testing.clauses.concurrency_clauses import ConcurrencyClauses
from llm_core.testing.clauses.event_loop_clauses import EventLoopClauses
from llm_core.testing.clauses.other_thread_clauses import OtherThreadClauses
from llm_core.testing.clauses.quiet_clauses import QuietClauses
from llm_core.testing.clauses.streams import StreamClauses
from llm_core.testing.clauses.timing_clauses import TimingClauses

from .test_in_memory_chat import InMemoryContract
from .wrapped import WRAPPERS

pytestmark = pytest.mark.slow


class PairOverTheFake(
    WrapperClauses,
    AfterUseClauses,
    AgreementClauses,
    AttemptClauses,
    StreamClauses,
    ClosingClauses,
    ConcurrencyClauses,
    EventLoopClauses,
    TimingClauses,
    AftermathClauses,
    OtherThreadClauses,
    QuietClauses,
):
    """Arranges the fake beneath the pair."""

    capabilities = InMemoryContract.capabilities
    quick = True

    def chat_for(self, scenario: Scenario) -> InMemoryChat:
        fake = InMemoryContract()
        fake.recorder = self.recorder
        return fake.arrange(scenario)


def _pair(outer: str, inner: str) -> Callable[[Sequence[ChatPort]], ChatPort]:
    return lambda chats: WRAPPERS[outer].neutral(WRAPPERS[inner].neutral(chats[0]))


for _outer, _inner in itertools.permutations(WRAPPERS, 2):
    _name = f"Test{_outer}Over{_inner}"
    globals()[_name] = type(
        _name, (PairOverTheFake,), {"wrap": staticmethod(_pair(_outer, _inner)), "__module__": __name__}
    )
