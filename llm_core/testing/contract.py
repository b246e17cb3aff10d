"""The contract: every promise of `ChatPort`, as clauses over a far side that the suite controls."""

from .answer_clauses import AnswerClauses
from .closing_clauses import ClosingClauses
from .error_clauses import ErrorClauses
from .law_clauses import LawClauses
from .request_clauses import RequestClauses
from .sharing_clauses import SharingClauses
from .stream_clauses import StreamClauses


class ChatPortContract(
    RequestClauses, AnswerClauses, StreamClauses, ClosingClauses, ErrorClauses, SharingClauses, LawClauses
):
    """Subclass it as ``class TestMyChat(ChatPortContract)`` and define `arrange`; pytest does the rest.

    A promise that your adapter cannot keep: override its test with ``@pytest.mark.xfail(strict=True, reason="...")``.
    """
