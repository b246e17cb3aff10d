"""Every fault is one of our kinds, told from one attempt, and nothing foreign or secret hangs on it."""

import copy
import pickle
import traceback

import pytest

from llm_core.domain.errors import ChatError, ProviderFault, RateLimitError
from llm_core.domain.messages import UserMessage
from llm_core.domain.requests import ChatRequest

from .arranging import Arranging
from .asking import ASK, SHORT_PATIENCE
from .modes import EVERY, Mode, ask, clause
from .promises import KINDS, promised_error
from .scenarios import Breaks, Fails, Redirects, Refuses, Scenario, Sends

PROMPT = "the-prompt-that-nobody-may-log"
WAITS = {
    "seconds": (("retry-after", "7"), 7.0),
    "milliseconds": (("retry-after-ms", "1500"), 1.5),
}
FAULTS: dict[str, Fails | Breaks | Sends | Redirects | Refuses] = {
    "bad key": Fails(status=401),
    "too many": Fails(status=429),
    "broken": Fails(status=500),
    "cut": Breaks(how="cut"),
    "bad json": Breaks(how="bad_json"),
    "html": Sends(body=b"<html>", content_type="text/html"),
    "redirect": Redirects(),
    "refused": Refuses(),
}


class ErrorClauses(Arranging):
    """What goes wrong."""

    def fault(self, scenario: Scenario, mode: Mode, request: ChatRequest = ASK) -> ChatError:
        """Return the error that *scenario* makes."""
        with pytest.raises(ChatError) as caught:
            ask(self.given(scenario), request, mode)
        return caught.value

    @clause("error.status", *EVERY)
    @pytest.mark.parametrize("status", sorted(KINDS))
    def test_each_status_has_its_kind(self, mode: Mode, status: int) -> None:
        """The kind follows the true HTTP status, which is told; it was asked once."""
        error = self.fault(Fails(status=status), mode)

        assert (KINDS[status], status) == (type(error), error.status_code)
        assert 1 == self.recorder.count

    @clause("error.reason", *EVERY)
    @pytest.mark.parametrize(("status", "reason"), [(400, "context_window"), (400, "content_policy"), (429, "quota")])
    def test_reasons_have_kinds_of_their_own(self, mode: Mode, status: int, reason: str) -> None:
        """A prompt that is too long or blocked, and a quota that is used up, are told apart from other refusals."""
        failure = _because(status, reason)

        error = self.fault(failure, mode)

        assert promised_error(failure) is type(error)

    @clause("error.retry-after", *EVERY)
    @pytest.mark.parametrize("form", sorted(WAITS))
    def test_the_wait_is_told_in_seconds(self, mode: Mode, form: str) -> None:
        """`retry_after` is the provider's, from seconds or milliseconds."""
        header, seconds = WAITS[form]

        error = self.fault(Fails(status=429, headers=(header,)), mode)

        assert (RateLimitError, seconds, True) == (type(error), error.retry_after, error.retryable)

    @clause("error.request-id", *EVERY)
    def test_the_request_id_is_told(self, mode: Mode) -> None:
        """What the provider calls the request, for a word with its support."""
        error = self.fault(Fails(status=500), mode)

        assert error.request_id == "request-1"

    @clause("error.no-redirect", *EVERY)
    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    def test_no_redirect_is_followed(self, mode: Mode, status: int) -> None:
        """Neither the key nor the prompt goes to where somebody else says."""
        error = self.fault(Redirects(status=status), mode)

        assert promised_error(Redirects()) is type(error)
        assert 1 == self.recorder.count

    @clause("error.refused", *EVERY)
    def test_a_refused_connection_is_told_as_such(self, mode: Mode) -> None:
        """Nobody listens: a ConnectionFailedError, worth another try."""
        error = self.fault(Refuses(), mode)

        assert (promised_error(Refuses()), True) == (type(error), error.retryable)

    @clause("error.silence", *EVERY)
    def test_a_silent_provider_cannot_hold_a_caller(self, mode: Mode) -> None:
        """Not a byte within `timeout` seconds is a ChatTimeoutError."""
        silent = Breaks(how="silence", after=0)

        error = self.fault(silent, mode, SHORT_PATIENCE)

        assert promised_error(silent) is type(error)

    @clause("error.one-attempt", *EVERY)
    @pytest.mark.parametrize("name", sorted(set(FAULTS) - {"refused"}))
    def test_one_call_is_one_attempt(self, mode: Mode, name: str) -> None:
        """Whatever fails, the far side saw one request: retrying is somebody else's decision."""
        self.fault(FAULTS[name], mode)

        assert 1 == self.recorder.count

    @clause("error.nothing-hangs-on-it", *EVERY)
    @pytest.mark.parametrize("name", sorted(FAULTS))
    def test_nothing_foreign_or_secret_hangs_on_an_error(self, mode: Mode, name: str) -> None:
        """The cause is a ProviderFault, there is no context, it pickles; no key or prompt is in any text of it."""
        error = self.fault(FAULTS[name], mode, ChatRequest(messages=[UserMessage(PROMPT)]))

        assert isinstance(error.__cause__, ProviderFault) or not self.capabilities.http
        assert (None, ()) == (error.__context__, error.args)
        assert None is getattr(error.__cause__, "__context__", None)
        texts = (*_texts(error), *_texts(pickle.loads(pickle.dumps(error))), *_texts(copy.copy(error)))  # noqa: S301 -- our own
        assert not [text for text in texts if self.planted_key in text or PROMPT in text]
        assert self.planted_key not in (error.detail or "")


def _texts(error: ChatError) -> list[str]:
    shown = traceback.format_exception(error)
    return [str(error), repr(error), repr(error.__cause__), str(error.__cause__), "".join(shown)]


def _because(status: int, reason: str) -> Fails:
    match reason:
        case "context_window" | "content_policy":
            return Fails(status=status, reason=reason)
        case _:
            return Fails(status=status, reason="quota")
