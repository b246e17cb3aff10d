"""Clauses about errors: each is one of our classes, after one attempt, without a secret or third-party object."""

import copy
import pickle
import threading
import time
import traceback
from email.utils import formatdate
from typing import Literal

import attrs
import pytest

from llm_core.domain.errors import ChatError, ConnectionFailedError
from llm_core.domain.messages import UserMessage
from llm_core.domain.provider_fault import ProviderFault
from llm_core.domain.requests import ChatRequest
from llm_core.ports.chat import ChatPort
from llm_core.testing.expectations import ERROR_CLASSES
from llm_core.testing.guards.secrets import longest_in, traces
from llm_core.testing.scenarios import Breaks, Fails, HangsUp, Redirects, Refuses, Replies, Sends

from .clause import clause
from .error_comparison import ErrorComparison, Failing
from .modes import EVERY, Mode, call_in_mode
from .sample_requests import REQUEST_WITH_SHORT_TIMEOUT, SIMPLE_REQUEST

PROMPT = "the-prompt-that-must-not-be-logged"
SECONDS_TO_DATE = 1_200  # seconds
COMES_BACK = 0.4  # seconds until a provider that refused connections listens
ROUNDS = 3  # a call that is late in one of them may have waited for the processor
WAITS: dict[str, tuple[tuple[tuple[str, str], ...], float | None]] = {
    "own": ((), 7.0),  # the provider's own form
    "seconds": ((("retry-after", "7"),), 7.0),
    "milliseconds": ((("retry-after-ms", "1500"),), 1.5),
    "past date": ((("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT"),), 0.0),
    "none": ((("x-other", "7"),), None),
}
FAULTS: dict[str, Fails | Breaks | Sends | Redirects | Refuses | HangsUp] = {
    "bad key": Fails(status=401),
    "too many": Fails(status=429),
    "broken": Fails(status=500),
    "cut": Breaks(how="cut"),
    "bad json": Breaks(how="bad_json"),
    "html": Sends(body=b"<html>", content_type="text/html"),
    "redirect": Redirects(),
    "refused": Refuses(),
    "hung up": HangsUp(),
    "reset": HangsUp(how="reset"),
}


class ErrorClauses(ErrorComparison):
    """What goes wrong."""

    @clause("error.status", *EVERY)
    @pytest.mark.parametrize("status", sorted(ERROR_CLASSES))
    def test_each_status_has_its_error_class(self, mode: Mode, status: int) -> None:
        """The error class follows the provider's HTTP status, its fields hold what was sent, and one request was sent.

        The table from status to class, and the origin of the status: a library between may report one of its own, or
        retry. `detail` holds the provider's words.
        """
        self.error_from(Fails(status=status), mode)

        assert 1 == self.recorder.count, self.counted()

    @clause("error.reason", *EVERY)
    @pytest.mark.parametrize(("status", "reason"), [(400, "context_window"), (400, "content_policy"), (429, "quota")])
    def test_reasons_have_error_classes_of_their_own(self, mode: Mode, status: int, reason: str) -> None:
        """A prompt that is too long or blocked, and an exhausted quota, have error classes of their own.

        What the adapter reads of the error's body beside the status: the provider's error code, then its message. The
        other fields are those of any error with that status, and none of these errors is retryable.
        """
        self.error_from(_failure_for(status, reason), mode)

    @clause("error.retry-after", *EVERY)
    @pytest.mark.parametrize("status", [429, 503])
    @pytest.mark.parametrize("form", sorted(WAITS))
    def test_retry_after_is_in_seconds(self, mode: Mode, form: str, status: int) -> None:
        """`retry_after` is in seconds, read from the provider's own form, seconds, milliseconds or a date; or None.

        The code that reads the headers of a 429 or 503; some providers have their own form, also in the body. A missing
        value is None, not 0. The adapter does not wait and retry by itself, however short the time.
        """
        header, seconds = WAITS[form]
        failure = Fails(status=status, headers=header) if header else Fails(status=status, retry_after=seconds)

        self.error_from(failure, mode)

        assert 1 == self.recorder.count, self.counted()

    @clause("error.retry-after-date", *EVERY)
    def test_a_date_becomes_the_seconds_until_then(self, mode: Mode) -> None:
        """A `Retry-After` date in the future becomes the seconds until then.

        The code that parses an HTTP date: it is in GMT, whatever the machine's time zone; subtract the current time.
        """
        date = formatdate(time.time() + SECONDS_TO_DATE, usegmt=True)

        error = self.error_from(Fails(status=429, headers=(("retry-after", date),)), mode)

        assert error.retry_after is not None, "the date of the header retry-after was not read"
        assert SECONDS_TO_DATE - 300 < error.retry_after < SECONDS_TO_DATE + 5, "not the seconds until the date"

    @clause("error.request-id", *EVERY)
    def test_the_request_id_is_the_providers(self, mode: Mode) -> None:
        """`request_id` is the provider's id of the request, for its support; None if it sends none.

        The code that reads the headers or the body of an error: the provider's own name for the request id.
        """
        self.error_from(Fails(status=500), mode)

    @clause("error.who")
    def test_an_error_names_the_provider_and_the_model_that_was_called(self) -> None:
        """An error names provider, host, and the model of its request, else of the adapter; alike in all modes.

        The code that completes an error with `provider`, `model` and `host`: the model of this request, not that of the
        adapter or of an earlier call. An adapter that knows none of them leaves them None, in every mode.
        """
        chat, other = self.make_chat(Fails(status=500)), attrs.evolve(SIMPLE_REQUEST, model=self.other_model)

        named = {mode: [_names(chat, request, mode) for request in (other, SIMPLE_REQUEST)] for mode in EVERY}

        [(provider, of_request, host), (provider_without, of_adapter, host_without)] = named["complete"]
        assert dict.fromkeys(EVERY, named["complete"]) == named, "provider, model and host differ between the modes"
        assert (provider, host) == (provider_without, host_without), "provider or host differ with the request's model"
        assert of_request in (None, self.other_model, self.other_model.rpartition("/")[2]), (
            f"the error of a request for the model {self.other_model!r} names another: {of_request!r}"
        )
        assert (of_request is None) == (of_adapter is None), (
            f"the model is named for one request alone: {of_request!r}, and {of_adapter!r} without a model of its own"
        )
        assert of_adapter is None or of_adapter != of_request, f"the model of the earlier request: {of_adapter}"
        assert self.provider in (None, provider), f"`provider` of the contract is {self.provider!r}, not {provider!r}"
        assert self.model in (None, of_adapter), f"`model` of the contract is {self.model!r}, not {of_adapter!r}"

    @clause("error.no-redirect", *EVERY)
    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    def test_no_redirect_is_followed(self, mode: Mode, status: int) -> None:
        """No redirect is followed: neither the key nor the prompt goes to another address.

        The HTTP client's option to follow redirects: turn it off. A 3xx is then an InvalidRequestError.
        """
        self.error_from(Redirects(status=status), mode)

        assert 1 == self.recorder.count, self.counted()

    @clause("error.refused", *EVERY)
    def test_a_refused_connection_is_a_connection_error(self, mode: Mode) -> None:
        """A refused connection is a ConnectionFailedError, and retryable.

        The code that catches the client's connection errors: around the sending, in streams too.
        """
        self.error_from(Refuses(), mode)

    @clause("error.silence", *EVERY)
    def test_a_silent_provider_is_a_timeout(self, mode: Mode) -> None:
        """No byte within `timeout` seconds is a ChatTimeoutError, at that time, and closes the connection.

        The timeout that reaches the HTTP client: the request's, else the adapter's own, else 120; in streams too. A
        library between may wait longer, or retry. Code that only stops waiting leaves the request running.
        """
        silent, began = Breaks(how="silence", after=0, patience=5), time.monotonic()

        self.error_from(silent, mode, REQUEST_WITH_SHORT_TIMEOUT)

        waited = time.monotonic() - began
        assert 0.36 < waited < 3 or not self.capabilities.http, f"a timeout of 0.4 seconds came after {waited:.2f}"
        assert 1 == self.recorder.count, self.counted()
        assert not self.capabilities.cancels_promptly or self.recorder.all_freed(), "the connection is still open"

    @clause("error.one-attempt", *EVERY)
    @pytest.mark.parametrize("name", sorted(set(FAULTS) - {"refused"}))
    def test_one_call_is_one_attempt(self, mode: Mode, name: str) -> None:
        """Whatever fails, the provider receives one request: the caller decides about retries.

        The retry option of the client or SDK: turn it off (`max_retries=0`; the default is often 2).
        """
        self.error_from(FAULTS[name], mode)

        assert 1 == self.recorder.count, self.counted()

    @clause("error.one-attempt-later", *EVERY)
    @pytest.mark.parametrize("how", ["close", "reset"])
    def test_a_request_that_was_received_is_not_sent_again(self, mode: Mode, how: Literal["close", "reset"]) -> None:
        """A connection that ends after the request has arrived, and before the answer, is an error after one attempt.

        A client that sends a request again on a fresh connection, where it had used the old one before: the provider
        may have done the work already. Only a request of which no byte was sent may go out again.
        """
        chat = self.make_chat(Replies())
        call_in_mode(chat, SIMPLE_REQUEST, mode)
        self.switch(HangsUp(how=how))

        with pytest.raises(ConnectionFailedError):
            call_in_mode(chat, SIMPLE_REQUEST, mode)

        assert 2 == self.recorder.count, f"{self.counted()}, of which the second one fails"

    @clause("error.refused-at-once", *EVERY)
    def test_a_refused_connection_is_not_tried_again(self, mode: Mode) -> None:
        """A refused connection is an error at once: the adapter does not wait for the provider to come back.

        The retry option of the HTTP client's transport, which connects again after a pause: turn it off.
        """
        answered = [self._is_answered_later(mode)]
        while answered[-1] and len(answered) < ROUNDS:
            answered.append(self._is_answered_later(mode))

        assert not answered[-1], f"a provider that refused connections was tried again after {COMES_BACK} seconds"

    def _is_answered_later(self, mode: Mode) -> bool:
        """Return whether a call is answered by a provider that listens again later. A busy machine may be that slow."""
        with self.isolated():
            chat = self.make_chat(Refuses())
            back = threading.Timer(COMES_BACK, self.let_play, [Replies()])
            back.start()
            try:
                call_in_mode(chat, SIMPLE_REQUEST, mode)
            except ConnectionFailedError:
                return False
            finally:
                back.cancel()
                back.join()
            return True

    @clause("error.nothing-hangs-on-it", *EVERY)
    @pytest.mark.parametrize("name", sorted(FAULTS))
    def test_an_error_holds_no_secret_and_no_third_party_object(self, mode: Mode, name: str) -> None:
        """The cause is a ProviderFault, the context None; the error pickles, and none of its texts holds key or prompt.

        Raise outside of `except`, from a `ProviderFault` with masked text; inside it, Python sets the client's error as
        the context.
        """
        error = self.error_from(self._quoting_secrets(name), mode, ChatRequest(messages=[UserMessage(PROMPT)]))

        is_fault = isinstance(error.__cause__, ProviderFault) or not self.capabilities.http
        assert is_fault, f"`__cause__` is a {type(error.__cause__).__name__}, not a ProviderFault"
        assert (None, ()) == (error.__context__, error.args), "`__context__` and `args` of an error are empty"
        assert None is getattr(error.__cause__, "__context__", None), "`__context__` of the cause is None"
        texts = (*error_texts(error), *error_texts(pickle.loads(pickle.dumps(error))), *error_texts(copy.copy(error)))  # noqa: S301 -- our own
        secrets = (PROMPT, *traces(self.planted_key))
        shown = max((secret for text in texts for secret in secrets if secret in text), key=len, default="")
        assert not shown, f"a text of the error holds the key or the prompt: {shown!r}"
        found = longest_in(error.detail or "", traces(self.planted_key))
        assert not found, f"`detail` holds the key: {error.detail!r}"

    def _quoting_secrets(self, name: str) -> Failing:
        """Return the fault; a provider that sends a message over HTTP quotes the key and the prompt in it."""
        message = f"Incorrect API key provided: {self.planted_key}. You said: {PROMPT}"
        match FAULTS[name]:
            case fault if not self.capabilities.http:
                return fault
            case Fails() as failure:
                return attrs.evolve(failure, message=message)
            case Sends() as page:
                return attrs.evolve(page, body=f"<html>{message}".encode())
            case other:
                return other


def error_texts(error: ChatError) -> list[str]:
    """Return every text of *error* that Python shows: a program prints and logs them."""
    formatted = traceback.format_exception(error)
    return [str(error), repr(error), repr(error.__cause__), str(error.__cause__), "".join(formatted)]


def _names(chat: ChatPort, request: ChatRequest, mode: Mode) -> tuple[str | None, str | None, str | None]:
    with pytest.raises(ChatError) as caught:
        call_in_mode(chat, request, mode)
    return caught.value.provider, caught.value.model, caught.value.host


def _failure_for(status: int, reason: str) -> Fails:
    match reason:
        case "context_window" | "content_policy":
            return Fails(status=status, reason=reason)
        case _:
            return Fails(status=status, reason="quota")
