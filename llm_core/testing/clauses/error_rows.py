"""The clause about the fields of an error, for every row of the table of faults."""

import attrs
import pytest

from llm_core.domain.settings import ChatSettings
from llm_core.domain.usage import Usage
from llm_core.testing.scenarios import Breaks, HangsUp

from .clause import clause
from .error_comparison import ErrorComparison
from .error_table import ERROR_ROWS, TOKENS, ErrorRow
from .field_comparison import require_equal
from .modes import EVERY, STREAMS, Mode
from .sample_requests import SIMPLE_REQUEST

_SHORT = attrs.evolve(SIMPLE_REQUEST, settings=ChatSettings(timeout=0.25))
_MAY_LOSE_USAGE = ("reset", "inner_error", "failed_finish")  # the error comes with, or before, the usage
_SILENT = ("silence", "drip")


class ErrorRowClauses(ErrorComparison):
    """What each field of an error holds."""

    @clause("error.fields", *EVERY)
    @pytest.mark.parametrize("row", ERROR_ROWS)
    def test_every_field_of_an_error_is_what_its_row_states(self, mode: Mode, row: str) -> None:
        """An error's class, retryable, wait, status, request id, provider, model, partial and usage are what was sent.

        `llm_core.testing.clauses.error_table` has the row of this fault: a field that the provider did not send is
        None. The code that makes this error, or completes it with `provider`, `model`, `partial` and `usage`.
        """
        self.require_row(ERROR_ROWS[row], mode)

    def require_row(self, row: ErrorRow, mode: Mode) -> None:
        """Raise AssertionError, which names the fields, unless the adapter's error is the one that *row* states."""
        is_silent = isinstance(row.fault, Breaks | HangsUp) and row.fault.how in _SILENT
        error = self.error_from(row.fault, mode, _SHORT if is_silent else SIMPLE_REQUEST)

        if isinstance(row.fault, Breaks):
            seen = (error.usage or Usage()).input_tokens
            tokens = self._tokens(row, row.fault, mode, seen)
            require_equal("the error", {"usage.input_tokens": tokens}, {"usage.input_tokens": seen})

    def _tokens(self, row: ErrorRow, fault: Breaks, mode: Mode, seen: int | None) -> int | None:
        """Return the tokens that `usage` must have: those that were sent; *seen* where they may be lost."""
        if not self.capabilities.http or mode not in STREAMS or fault.how in _MAY_LOSE_USAGE:
            return seen if seen is None else row.tokens
        return row.tokens if self._is_reported(fault) else None

    def _is_reported(self, fault: Breaks) -> bool:
        """Return whether the provider reports the input tokens in the events before the break."""
        reply = attrs.evolve(fault.reply, finish_reason=None) if fault.how == "unfinished" else fault.reply
        events = list(self._dialect.events(self._dialect.visible(reply)))
        sent = events if fault.how == "unfinished" else events[: fault.events_sent(self._dialect.leading_events)]
        return str(TOKENS).encode() in b"".join(sent)
