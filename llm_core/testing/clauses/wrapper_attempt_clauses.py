"""Clauses about the attempts that a wrapper makes: how many, what they cost, and what becomes of their errors."""

import attrs
import pytest

from llm_core.domain.errors import ChatError, QuotaExceededError, ServerError, StreamInterruptedError
from llm_core.domain.messages import AssistantMessage
from llm_core.domain.usage import Usage
from llm_core.ports.chat import ChatPort
from llm_core.testing.dialects.dialect import NotExpressibleError
from llm_core.testing.probe_chat import Plays, ProbeChat

from .clause import clause
from .field_comparison import require_same, require_unchanged
from .modes import EVERY, STREAMS, Mode, call_in_mode, events
from .wrapper_api import ANSWER, WrapperAuthorApi, distinct_request, fields_of

_SPENT = Usage(input_tokens=100, output_tokens=10)


def _failure(number: int = 0) -> ChatError:
    return ServerError(request_id=f"attempt-{number}", retry_after=0.0, usage=_SPENT)


class WrapperAttemptClauses(WrapperAuthorApi):
    """What a call of a wrapper costs."""

    @clause("wrapper.attempts", *EVERY)
    def test_a_call_makes_as_many_attempts_as_declared(self, mode: Mode) -> None:
        """If each call beneath fails with a retryable error, there are `attempts_per_call` of them.

        A wrapper that tries more often than it declares, or never tries again although it declares it.
        """
        chat, probes = self.wrapped(_failure())

        with pytest.raises(ServerError):
            call_in_mode(chat, distinct_request(1), mode)

        calls = sum(len(probe.calls) for probe in probes)
        assert self.attempts_per_call == calls, f"{calls} attempts, and {self.attempts_per_call} are declared"

    @clause("wrapper.previous", *EVERY)
    def test_the_last_error_lists_those_before(self, mode: Mode) -> None:
        """When all attempts fail, the last error is raised; `previous` lists the others, in their order.

        A wrapper that raises the first error, one of its own, or forgets those before.
        """
        chat, probes = self._failing(self.attempts_per_call)

        with pytest.raises(ServerError) as caught:
            call_in_mode(chat, distinct_request(1), mode)

        raised = [error.request_id for error in (*caught.value.previous, caught.value)]
        require_same(
            "the attempts, in `previous` and the error",
            [f"attempt-{number}" for number in range(self.attempts_per_call)],
            raised,
        )
        assert _SPENT == caught.value.usage, "the last error's usage is that of its own attempt"
        require_same("calls beneath", self.attempts_per_call, sum(len(probe.calls) for probe in probes))

    @clause("wrapper.usage-of-attempts", *EVERY)
    def test_what_failed_attempts_had_cost_is_in_the_usage_once(self, mode: Mode) -> None:
        """The response's usage holds what failed attempts reported, once, and the response is else unchanged.

        A wrapper that drops the usage of a failed attempt, or counts that of a stream twice: in its events and in its
        end.
        """
        if self.attempts_per_call == 1:
            raise NotExpressibleError("the wrapper makes one attempt")
        chat, _ = self._failing(1)

        response = call_in_mode(chat, distinct_request(1), mode)

        expected = attrs.evolve(ANSWER, usage=Usage(input_tokens=107, output_tokens=15))
        require_unchanged("the response", fields_of(expected), fields_of(response))

    @clause("wrapper.no-attempt-after-an-event", *STREAMS)
    def test_a_stream_that_has_begun_is_not_begun_again(self, mode: Mode) -> None:
        """A stream that breaks off after its first event raises, with `partial`; no other attempt follows.

        A wrapper that calls again after a delta was passed on: the caller would see two beginnings.
        """
        error = StreamInterruptedError(partial=AssistantMessage("A ra"), retry_after=0.0)
        chat, probes = self.wrapped(Plays(response=ANSWER, error=error, after=4), ANSWER)

        with pytest.raises(StreamInterruptedError) as caught:
            events(chat, distinct_request(1), mode)

        require_same("partial", AssistantMessage("A ra"), caught.value.partial)
        require_same("calls beneath", 1, sum(len(probe.calls) for probe in probes))

    @clause("wrapper.stream-usage")
    def test_a_stream_that_is_left_early_reports_its_usage(self) -> None:
        """`usage` of a stream is what the chat beneath has reported, also after an early close.

        A wrapper's stream without usage: whoever pays counts what an abandoned answer had cost.
        """
        chat, _ = self.wrapped(ANSWER)

        with chat.stream(distinct_request(1)) as stream:
            next(stream)

        require_same("usage", ANSWER.usage, stream.usage)

    @clause("wrapper.quota", *EVERY)
    def test_one_chat_is_not_called_again_after_a_quota_error(self, mode: Mode) -> None:
        """A quota that is used up is not tried again at the same chat.

        A wrapper that retries every 429: use `ChatError.retryable`.
        """
        chat, probes = self.wrapped(QuotaExceededError(status_code=429))

        with pytest.raises(QuotaExceededError):
            call_in_mode(chat, distinct_request(1), mode)

        calls = max(len(probe.calls) for probe in probes)
        assert 1 == calls, f"one chat was called {calls} times"

    def _failing(self, failures: int) -> tuple[ChatPort, list[ProbeChat]]:
        """Return the wrapper over chats whose first *failures* attempts, counted over all of them in turn, fail."""
        each = -(-self.attempts_per_call // self.chats)  # attempts of each chat, one after another
        probes: list[ProbeChat] = []
        for first in range(0, self.chats * each, each):
            failing = [_failure(number) for number in range(first, min(first + each, failures))]
            probes.append(ProbeChat(*failing, ANSWER))
        return self.wrap(probes), probes
