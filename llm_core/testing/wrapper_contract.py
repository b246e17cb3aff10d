"""The contract of wrappers: every promise of a chat in the neutral form, and what a wrapper promises beyond."""

from .clauses.wrapper_attempt_clauses import WrapperAttemptClauses
from .clauses.wrapper_closing_clauses import WrapperClosingClauses
from .clauses.wrapper_passing_clauses import WrapperPassingClauses
from .contract import ChatPortContract


class WrapperClauses(WrapperPassingClauses, WrapperAttemptClauses, WrapperClosingClauses):
    """The clauses about wrappers alone. Subclass it and define `wrap` while you write; it takes a second."""


class WrapperContract(WrapperClauses, ChatPortContract):
    """Subclass it as ``class TestMyWrapper(WrapperContract)``, and define `chat_for` and `wrap`.

    Your wrapper's neutral form passes the contract of adapters, and your wrapper itself the clauses about wrappers.
    """
