"""The clause about memory: what remains of calls that are over."""

import gc
from collections.abc import Callable, Sequence
from typing import TypeAlias
from weakref import ref

from llm_core.domain.errors import ChatError
from llm_core.domain.messages import UserMessage
from llm_core.domain.requests import ChatRequest
from llm_core.ports.chat import ChatPort
from llm_core.testing.guards.runtime_probes import MAX_LEFT_OVER
from llm_core.testing.scenarios import Echoes, Fails

from .author_api import ContractAuthorApi
from .clause import clause
from .modes import EVERY, Mode, call_in_mode

Reference: TypeAlias = Callable[[], object]  # None once its value is gone

CALLS = 16


class MemoryClauses(ContractAuthorApi):
    """What is kept of a call."""

    @clause("share.no-memory", *EVERY)
    def test_calls_that_are_over_leave_memory(self, mode: Mode) -> None:
        """After many calls in sequence, few of their requests, answers and errors are still in memory.

        A list, a dictionary or a cache without a bound that holds each request, stream, answer or error, on the adapter
        or in a module; a callback or a finaliser that holds the call until the adapter is closed.
        """
        self.make_chat(Echoes())
        held = self.in_time(lambda: self._held(mode))
        with self.isolated():
            self.make_chat(Fails(status=500))
            held_after_failures = self.in_time(lambda: self._held(mode))

        for where, counts in (("", held), (" that failed", held_after_failures)):
            for what, count in counts.items():
                assert MAX_LEFT_OVER >= count, f"{count} of {CALLS} {what} are still in memory after calls{where}"

    def _held(self, mode: Mode) -> dict[str, int]:
        """Return how many values remain of the calls that the adapter itself gets; nothing observes them."""
        chat, requests, results = self.chat_under_test, list[Reference](), list[Reference]()
        assert chat is not None
        for number in range(CALLS):
            request = _request(number)
            requests.append(ref(request))
            self._calls.append(mode)
            results.append(_result(chat, request, mode))
            del request
        if not self.capabilities.http:
            requests.clear()  # a provider without HTTP records them
        if max(_alive(requests), _alive(results)) > MAX_LEFT_OVER:
            gc.collect()  # a call may be part of a cycle
        return {"requests": _alive(requests), "answers or errors": _alive(results)}


def _alive(references: Sequence[Reference]) -> int:
    """Return how many values remain: one that a fake returns each time counts once."""
    return len({id(value) for reference in references if (value := reference()) is not None})


def _result(chat: ChatPort, request: ChatRequest, mode: Mode) -> Reference:
    """Return a reference to the answer or the error of a call."""
    try:
        return ref(call_in_mode(chat, request, mode))
    except ChatError as error:
        return ref(error)


def _request(number: int) -> ChatRequest:
    return ChatRequest(messages=[UserMessage(f"question number {number}")])
