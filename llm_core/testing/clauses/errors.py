"""Every fault is one of our kinds, told from one attempt, and nothing foreign or secret hangs on it."""

import copy
import logging
import pickle
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate

import attrs
import pytest

from llm_core.domain.errors import ChatError
from llm_core.domain.messages import UserMessage
from llm_core.domain.provider_fault import ProviderFault
from llm_core.domain.requests import ChatRequest
from llm_core.testing.expectations import ERROR_CLASSES, expected_error
from llm_core.testing.scenarios import Breaks, Fails, Redirects, Refuses, Scenario, Sends

from .author_api import ContractAuthorApi
from .clause import clause
from .modes import EVERY, Mode, call_in_mode
from .sample_requests import SIMPLE_REQUEST, REQUEST_WITH_SHORT_TIMEOUT

PROMPT = "the-prompt-that-nobody-may-log"
SOON = 1_200  # seconds
WAITS: dict[str, tuple[tuple[tuple[str, str], ...], float | None]] = {
    "own": ((), 7.0),  # in the provider's own form
    "seconds": ((("retry-after", "7"),), 7.0),
    "milliseconds": ((("retry-after-ms", "1500"),), 1.5),
    "past date": ((("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT"),), 0.0),
    "not told": ((("x-other", "7"),), None),
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


class ErrorClauses(ContractAuthorApi):
    """What goes wrong."""

    def fault(self, scenario: Scenario, mode: Mode, request: ChatRequest = SIMPLE_REQUEST) -> ChatError:
        """Return the error that *scenario* makes."""
        with pytest.raises(ChatError) as caught:
            call_in_mode(self.make_chat(scenario), request, mode)
        return caught.value

    @clause("error.status", *EVERY)
    @pytest.mark.parametrize("status", sorted(ERROR_CLASSES))
    def test_each_status_has_its_kind(self, mode: Mode, status: int) -> None:
        """The kind follows the true HTTP status, which is told; it was asked once.

        The table from status to kind, and whose status it is: a library between may report one of its own, or try
        again.
        """
        error = self.fault(Fails(status=status), mode)

        assert (ERROR_CLASSES[status], status) == (type(error), error.status_code)
        assert 1 == self.recorder.count

    @clause("error.reason", *EVERY)
    @pytest.mark.parametrize(("status", "reason"), [(400, "context_window"), (400, "content_policy"), (429, "quota")])
    def test_reasons_have_kinds_of_their_own(self, mode: Mode, status: int, reason: str) -> None:
        """A prompt that is too long or blocked, and a quota that is used up, are told apart from other refusals.

        What of the error's body is read beside the status: the provider's code for it, then its words.
        """
        failure = _failure_for(status, reason)

        error = self.fault(failure, mode)

        assert type(expected_error(failure)) is type(error)

    @clause("error.retry-after", *EVERY)
    @pytest.mark.parametrize("status", [429, 503])
    @pytest.mark.parametrize("form", sorted(WAITS))
    def test_the_wait_is_told_in_seconds(self, mode: Mode, form: str, status: int) -> None:
        """`retry_after` is the provider's, in its own form, seconds, milliseconds or a date; None where none is told.

        Where the headers of a 429 or a 503 are read; the provider may have a form of its own, also in the body. What is
        not told is None, not 0. Whoever waits and asks again is not the adapter, however short the wait.
        """
        header, seconds = WAITS[form]
        failure = Fails(status=status, headers=header) if header else Fails(status=status, retry_after=seconds)

        error = self.fault(failure, mode)

        assert (ERROR_CLASSES[status], seconds, True) == (type(error), error.retry_after, error.retryable)
        assert 1 == self.recorder.count

    @clause("error.retry-after-date", *EVERY)
    def test_the_wait_until_a_date_is_told_in_seconds(self, mode: Mode) -> None:
        """A date that is to come is told as the seconds until then.

        How an HTTP date is read: it is in GMT, whatever the machine's own time zone, and what counts is its distance.
        """
        date = formatdate(time.time() + SOON, usegmt=True)

        error = self.fault(Fails(status=429, headers=(("retry-after", date),)), mode)

        assert error.retry_after is not None
        assert SOON - 300 < error.retry_after < SOON + 5, "not the seconds until the date"

    @clause("error.request-id", *EVERY)
    def test_the_request_id_is_told(self, mode: Mode) -> None:
        """What the provider calls the request, for a word with its support; None where it does not.

        Where the headers of an error are read, or its body: the provider's own name for the request id.
        """
        failure = Fails(status=500)

        error = self.fault(failure, mode)

        assert self.expected_request_id(failure) == error.request_id

    @clause("error.no-redirect", *EVERY)
    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    def test_no_redirect_is_followed(self, mode: Mode, status: int) -> None:
        """Neither the key nor the prompt goes to where somebody else says.

        The HTTP client's option to follow redirects: off. A 3xx is then an InvalidRequestError.
        """
        error = self.fault(Redirects(status=status), mode)

        assert type(expected_error(Redirects())) is type(error)
        assert 1 == self.recorder.count

    @clause("error.refused", *EVERY)
    def test_a_refused_connection_is_told_as_such(self, mode: Mode) -> None:
        """Nobody listens: a ConnectionFailedError, worth another try.

        Where the client's connection errors are caught: around the sending, in streams too.
        """
        error = self.fault(Refuses(), mode)

        assert (type(expected_error(Refuses())), True) == (type(error), error.retryable)

    @clause("error.silence", *EVERY)
    def test_a_silent_provider_cannot_hold_a_caller(self, mode: Mode) -> None:
        """Not a byte within `timeout` seconds is a ChatTimeoutError: then, not long before or after; and it hangs up.

        The timeout that reaches the HTTP client: the request's, then the adapter's own, then 120; in streams too. A
        library between may wait longer, or try again. Who only stops listening leaves the request running.
        """
        silent, began = Breaks(how="silence", after=0, patience=5), time.monotonic()

        error = self.fault(silent, mode, REQUEST_WITH_SHORT_TIMEOUT)

        waited = time.monotonic() - began
        assert type(expected_error(silent)) is type(error)
        assert 0.3 < waited < 3 or not self.capabilities.http
        assert 1 == self.recorder.count
        assert not self.capabilities.cancels_promptly or self.recorder.all_freed(), "the connection is still open"

    @clause("error.one-attempt", *EVERY)
    @pytest.mark.parametrize("name", sorted(set(FAULTS) - {"refused"}))
    def test_one_call_is_one_attempt(self, mode: Mode, name: str) -> None:
        """Whatever fails, the fake provider saw one request: retrying is somebody else's decision.

        The option of the client or SDK to retry: off (`max_retries=0`, often 2 by default).
        """
        self.fault(FAULTS[name], mode)

        assert 1 == self.recorder.count

    @clause("error.nothing-hangs-on-it", *EVERY)
    @pytest.mark.parametrize("name", sorted(FAULTS))
    def test_nothing_foreign_or_secret_hangs_on_an_error(self, mode: Mode, name: str) -> None:
        """The cause is a ProviderFault, there is no context, it pickles; no key or prompt is in any text of it.

        Raise outside of `except`, from a `ProviderFault` of masked text; inside, Python hangs the client's error on
        ours. Log neither headers nor bodies.
        """
        with _log() as records:
            error = self.fault(self._quoting_secrets(name), mode, ChatRequest(messages=[UserMessage(PROMPT)]))

        assert type(expected_error(FAULTS[name])) is type(error)
        assert isinstance(error.__cause__, ProviderFault) or not self.capabilities.http
        assert (None, ()) == (error.__context__, error.args)
        assert None is getattr(error.__cause__, "__context__", None)
        texts = (*_texts(error), *_texts(pickle.loads(pickle.dumps(error))), *_texts(copy.copy(error)))  # noqa: S301 -- our own
        assert not [text for text in (*texts, *records) if self.planted_key in text or PROMPT in text]
        assert self.planted_key not in (error.detail or "")

    def _quoting_secrets(self, name: str) -> Scenario:
        """Return the fault; a provider that finds words quotes the key and the prompt."""
        words = f"Incorrect API key provided: {self.planted_key}. You said: {PROMPT}"
        match FAULTS[name]:
            case Fails() as failure:
                return attrs.evolve(failure, message=words)
            case Sends() as page:
                return attrs.evolve(page, body=f"<html>{words}".encode())
            case other:
                return other


class _Listener(logging.Handler):
    def __init__(self, records: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(logging.Formatter().format(record))


@contextmanager
def _log() -> Iterator[list[str]]:
    """Collect what is logged from the level up that is shown when nobody has configured anything."""
    records: list[str] = []
    listener = _Listener(records)
    logging.getLogger().addHandler(listener)
    try:
        yield records
    finally:
        logging.getLogger().removeHandler(listener)


def _texts(error: ChatError) -> list[str]:
    shown = traceback.format_exception(error)
    return [str(error), repr(error), repr(error.__cause__), str(error.__cause__), "".join(shown)]


def _failure_for(status: int, reason: str) -> Fails:
    match reason:
        case "context_window" | "content_policy":
            return Fails(status=status, reason=reason)
        case _:
            return Fails(status=status, reason="quota")
