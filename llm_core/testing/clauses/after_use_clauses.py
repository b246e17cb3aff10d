"""The clause about closing the adapter after each use of it, as the suite itself does after every clause."""

from contextlib import suppress

from llm_core.testing.dialects.dialect import NotExpressibleError
from llm_core.testing.guards.adapter_closing import close_adapter
from llm_core.testing.scenarios import Fails, Replies

from .author_api import ContractAuthorApi
from .clause import clause
from .field_comparison import counted
from .modes import EVERY, call_in_mode
from .sample_requests import SIMPLE_REQUEST
from .surroundings import AFTER_USE


class AfterUseClauses(ContractAuthorApi):
    """How an adapter is closed after its use: pytest runs it after the other clauses, whose failures it reports."""

    @clause(AFTER_USE)
    def test_an_adapter_is_closed_after_its_use(self) -> None:
        """`aclose` and then `close` raise nothing, whatever the adapter was used for before, and in no other clause.

        `close` and `aclose` of the adapter: the suite calls both after each clause, where the adapter has them. What
        was closed already, or never opened, is closed. adapter.close has the other promises about closing.
        """
        failures = [*self.closing_failures()]
        for scenario in (Replies(), Fails(status=500)):
            chat = self.make_chat(scenario)
            adapter = self.chat_under_test
            if adapter is None or not (hasattr(adapter, "close") or hasattr(adapter, "aclose")):
                raise NotExpressibleError("the adapter has neither `close` nor `aclose`")
            for mode in EVERY:
                with suppress(Exception):  # what a call raises is for other clauses to judge
                    call_in_mode(chat, SIMPLE_REQUEST, mode)
            self.forget(chat)
            try:
                close_adapter(adapter)
            except Exception as error:  # noqa: BLE001 -- whatever the adapter raises is the failure
                failures.append(f"{type(error).__name__}: {error} (after calls in all modes)")

        problem = f"closing the adapter failed after {counted(len(failures), 'use')} in this run; the first ones:"
        assert not failures, "\n".join([problem, *failures[:3]])
