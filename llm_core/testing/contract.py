"""The contract: every promise of `ChatPort` as clauses, run against a fake provider that the suite controls."""

from .clauses.after_use_clauses import AfterUseClauses
from .clauses.aftermath_clauses import AftermathClauses
from .clauses.agreement_clauses import AgreementClauses
from .clauses.answers import AnswerClauses
from .clauses.arrival_clauses import ArrivalClauses
from .clauses.attempts import AttemptClauses
from .clauses.closing import ClosingClauses
from .clauses.concurrency_clauses import ConcurrencyClauses
from .clauses.connection_clauses import ConnectionClauses
from .clauses.default_timeout_clauses import DefaultTimeoutClauses
from .clauses.error_hygiene_clauses import ErrorHygieneClauses
from .clauses.event_loop_clauses import EventLoopClauses
from .clauses.histories import HistoryClauses
from .clauses.managed_clauses import ManagedClauses
from .clauses.memory_clauses import MemoryClauses
from .clauses.other_thread_clauses import OtherThreadClauses
from .clauses.partial_usage_clauses import PartialUsageClauses
from .clauses.property_clauses import PropertyClauses
from .clauses.quiet_clauses import QuietClauses
from .clauses.requests import RequestClauses
from .clauses.reuse_clauses import ReuseClauses
from .clauses.settings import SettingClauses
from .clauses.streams import StreamClauses
from .clauses.timing_clauses import TimingClauses


class ChatPortContract(
    AfterUseClauses,  # first, since pytest runs the clauses of the last base first
    RequestClauses,
    SettingClauses,
    ReuseClauses,
    HistoryClauses,
    AnswerClauses,
    AgreementClauses,
    AttemptClauses,
    StreamClauses,
    ClosingClauses,
    PartialUsageClauses,
    ErrorHygieneClauses,
    ConcurrencyClauses,
    MemoryClauses,
    ConnectionClauses,
    EventLoopClauses,
    ArrivalClauses,
    TimingClauses,
    DefaultTimeoutClauses,
    AftermathClauses,
    ManagedClauses,
    OtherThreadClauses,
    QuietClauses,
    PropertyClauses,
):
    """Subclass it as ``class TestMyChat(ChatPortContract)`` and define `arrange`; pytest collects the clauses.

    Declare a promise that your adapter cannot keep in `xfails`, with a reason; it becomes a strict xfail.
    """
