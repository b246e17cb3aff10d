"""The contract: every promise of `ChatPort`, as clauses over a far side that the suite controls."""

from .clauses.answers import AnswerClauses
from .clauses.attempts import AttemptClauses
from .clauses.closing import ClosingClauses
from .clauses.faults import FaultClauses
from .clauses.histories import HistoryClauses
from .clauses.law_clauses import LawClauses
from .clauses.requests import RequestClauses
from .clauses.settings import SettingClauses
from .clauses.sharing import SharingClauses
from .clauses.streams import StreamClauses
from .clauses.waiting import WaitingClauses


class ChatPortContract(
    RequestClauses,
    SettingClauses,
    HistoryClauses,
    AnswerClauses,
    AttemptClauses,
    StreamClauses,
    ClosingClauses,
    FaultClauses,
    SharingClauses,
    WaitingClauses,
    LawClauses,
):
    """Subclass it as ``class TestMyChat(ChatPortContract)`` and define `arrange`; pytest does the rest.

    A promise that your adapter cannot keep: override its test with ``@pytest.mark.xfail(strict=True, reason="...")``.
    """
