"""The contract: every promise of `ChatPort` as clauses, run against a fake provider that the suite controls."""

from .clauses.answers import AnswerClauses
from .clauses.arrival_clauses import ArrivalClauses
from .clauses.attempts import AttemptClauses
from .clauses.closing import ClosingClauses
from .clauses.concurrency_clauses import ConcurrencyClauses
from .clauses.error_hygiene_clauses import ErrorHygieneClauses
from .clauses.event_loop_clauses import EventLoopClauses
from .clauses.histories import HistoryClauses
from .clauses.property_clauses import PropertyClauses
from .clauses.requests import RequestClauses
from .clauses.settings import SettingClauses
from .clauses.streams import StreamClauses


class ChatPortContract(
    RequestClauses,
    SettingClauses,
    HistoryClauses,
    AnswerClauses,
    AttemptClauses,
    StreamClauses,
    ClosingClauses,
    ErrorHygieneClauses,
    ConcurrencyClauses,
    EventLoopClauses,
    ArrivalClauses,
    PropertyClauses,
):
    """Subclass it as ``class TestMyChat(ChatPortContract)`` and define `arrange`; pytest collects the clauses.

    Declare a promise that your adapter cannot keep in `xfails`, with a reason; it becomes a strict xfail.
    """
