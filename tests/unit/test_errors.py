import copy
import pickle
import traceback
from collections.abc import Callable

import pytest

from llm_core import (
    AssistantMessage,
    AuthenticationError,
    BadResponseError,
    BudgetExceededError,
    CertificateError,
    ChatError,
    ChatTimeoutError,
    ConfigurationError,
    ConnectionFailedError,
    ContentPolicyError,
    ContextWindowExceededError,
    InvalidRequestError,
    ModelNotFoundError,
    PermissionDeniedError,
    ProviderFault,
    QuotaExceededError,
    RateLimitError,
    RecordingMissingError,
    ServerError,
    StreamInterruptedError,
    UnsupportedFeatureError,
    Usage,
)

RETRYABLE = {
    ChatError: False,
    AuthenticationError: False,
    PermissionDeniedError: False,
    ModelNotFoundError: False,
    InvalidRequestError: False,
    ContextWindowExceededError: False,
    ContentPolicyError: False,
    UnsupportedFeatureError: False,
    RateLimitError: True,
    QuotaExceededError: False,
    BudgetExceededError: False,
    RecordingMissingError: False,
    ChatTimeoutError: True,
    ConnectionFailedError: True,
    CertificateError: False,
    ServerError: True,
    BadResponseError: True,
    StreamInterruptedError: True,
}
SUMMARIES = {
    ChatError: "the call failed",
    AuthenticationError: "the provider does not accept the key, or none was given",
    PermissionDeniedError: "the key may not do this",
    ModelNotFoundError: "no such model",
    InvalidRequestError: "the provider refused the request",
    ContextWindowExceededError: "the prompt is longer than the model's context window",
    ContentPolicyError: "the prompt was blocked by the provider's content policy",
    UnsupportedFeatureError: "this model or adapter cannot do that; nothing was sent",
    RateLimitError: "too many requests",
    QuotaExceededError: "the account's quota is used up",
    BudgetExceededError: "the budget is spent, or a price is not known; nothing was sent",
    RecordingMissingError: "no recording answers this request; nothing was sent",
    ChatTimeoutError: "no answer in time",
    ConnectionFailedError: "the provider could not be reached",
    CertificateError: "the provider's certificate is not trusted",
    ServerError: "the provider failed",
    BadResponseError: "the provider's answer could not be read",
    StreamInterruptedError: "the answer broke off",
}
ERROR_CLASSES = sorted(RETRYABLE, key=lambda class_: class_.__name__)
FACTS = ("provider", "model", "host", "status_code", "request_id", "retry_after", "detail", "partial", "usage")


def _with_every_attribute(class_: type[ChatError]) -> ChatError:
    error = class_(
        provider="acme",
        model="m",
        host="acme.test:8080",
        status_code=418,
        request_id="req-7",
        retry_after=2.5,
        detail="the provider's own text",
        partial=AssistantMessage("half an ans"),
        usage=Usage(input_tokens=3),
    )
    error.__cause__ = ProviderFault("VendorError", "raised while sending")
    return error


def _pickled(error: ChatError) -> ChatError:
    seen = pickle.loads(pickle.dumps(error))  # noqa: S301 -- our own bytes
    assert isinstance(seen, ChatError)
    return seen


class NoFundsError(ChatError):
    """A subclass that a caller defines."""

    def __init__(self, account: str) -> None:
        super().__init__(provider="acme")
        self.account = account


COPIES = pytest.mark.parametrize("copied", [_pickled, copy.copy, copy.deepcopy])
EVERY_CLASS = pytest.mark.parametrize("class_", ERROR_CLASSES)


def test_the_table_holds_every_error_class() -> None:
    found, waiting = {ChatError}, [ChatError]

    while waiting:
        classes = [
            class_ for class_ in waiting.pop().__subclasses__() if class_.__module__ == RateLimitError.__module__
        ]
        found.update(classes)
        waiting += classes

    assert set(RETRYABLE) == found


@COPIES
def test_a_subclass_of_a_caller_may_require_arguments(copied: Callable[[ChatError], ChatError]) -> None:
    error = NoFundsError("7")

    seen = copied(error)

    assert isinstance(seen, NoFundsError)
    assert ("7", "acme", ()) == (seen.account, seen.provider, seen.args)


@EVERY_CLASS
def test_every_class_is_retryable_or_not(class_: type[ChatError]) -> None:
    error = class_()

    seen = error.retryable

    assert RETRYABLE[class_] == seen


@EVERY_CLASS
def test_every_attribute_is_optional_and_none_by_default(class_: type[ChatError]) -> None:
    error = class_()

    facts = [getattr(error, name) for name in FACTS]

    assert [None] * len(FACTS) == facts
    assert SUMMARIES[class_] == str(error)
    assert f"{class_.__name__}()" == repr(error)


@EVERY_CLASS
def test_attributes_are_given_by_keyword_and_args_stay_empty(class_: type[ChatError]) -> None:
    error = _with_every_attribute(class_)

    seen = error.args

    assert () == seen
    with pytest.raises(TypeError, match="positional"):
        class_("slow down")  # type: ignore[call-arg]  # -- what mypy refuses, Python refuses too


@COPIES
@EVERY_CLASS
def test_a_copy_has_every_attribute_and_the_cause(
    class_: type[ChatError], copied: Callable[[ChatError], ChatError]
) -> None:
    error = _with_every_attribute(class_)

    seen = copied(error)

    assert type(error) is type(seen)
    assert error is not seen
    assert vars(error) == vars(seen)
    assert isinstance(seen.__cause__, ProviderFault)
    assert ("VendorError", "raised while sending") == (seen.__cause__.vendor_type, seen.__cause__.text)
    assert () == seen.args
    assert None is seen.__context__


@EVERY_CLASS
def test_the_detail_is_in_neither_str_repr_nor_args(class_: type[ChatError]) -> None:
    error = _with_every_attribute(class_)

    shown = [str(error), repr(error), *map(str, error.args), *traceback.format_exception(error)]

    assert "the provider's own text" == error.detail
    assert not [text for text in shown if "own text" in text or "half an ans" in text]


def test_the_text_is_the_summary_and_the_safe_facts() -> None:
    error = RateLimitError(provider="acme", model="acme-1", status_code=429, request_id="req-7", retry_after=2.5)

    shown = str(error), repr(error)

    assert (
        "too many requests (provider acme, model acme-1, status 429, request id req-7, retry after 2.5)",
        "RateLimitError(provider='acme', model='acme-1', status=429, request_id='req-7', retry_after=2.5)",
    ) == shown


def test_a_wait_of_zero_seconds_is_shown() -> None:
    error = RateLimitError(retry_after=0.0)

    shown = str(error)

    assert "too many requests (retry after 0.0)" == shown


def test_an_unsupported_feature_is_named_first() -> None:
    error = UnsupportedFeatureError(feature="settings.seed", provider="acme")

    shown = str(error)

    assert "this model or adapter cannot do that; nothing was sent (feature settings.seed, provider acme)" == shown
    assert "settings.seed" == error.feature


@pytest.mark.parametrize(("length", "kept"), [(2_000, 2_000), (2_001, 2_000), (0, 0)])
def test_a_detail_is_bounded(length: int, kept: int) -> None:
    error = ServerError(detail="x" * length)

    seen = error.detail

    assert "x" * kept == seen


def test_a_copy_keeps_the_notes_and_no_cause_where_there_was_none() -> None:
    error = ServerError(status_code=503)
    error.add_note("third attempt")

    seen = copy.copy(error)

    assert ["third attempt"] == seen.__notes__
    assert None is seen.__cause__


def test_a_deep_copy_shares_nothing_that_can_change() -> None:
    error = _with_every_attribute(ServerError)

    seen = copy.deepcopy(error)

    assert error.__cause__ is not seen.__cause__


def test_a_copy_does_not_change_when_the_original_does() -> None:
    error = _with_every_attribute(ServerError)
    seen = copy.copy(error)

    error.provider = "another"

    assert "acme" == seen.provider


@pytest.mark.parametrize(("text", "shown"), [("while sending", "VendorError: while sending"), ("", "VendorError")])
def test_a_fault_shows_the_type_and_the_text(text: str, shown: str) -> None:
    fault = ProviderFault("VendorError", text)

    seen = str(fault)

    assert shown == seen
    assert shown == str(pickle.loads(pickle.dumps(fault)))  # noqa: S301 -- our own bytes


def test_a_fault_shows_both_in_its_arguments() -> None:
    fault = ProviderFault("VendorError", "while sending")

    seen = fault.args

    assert ("VendorError", "while sending") == seen


def test_an_unsupported_feature_keeps_the_facts_of_every_error() -> None:
    error = UnsupportedFeatureError(feature="settings.seed", provider="acme", model="m-1", detail="no seed")

    seen = error.provider, error.model, error.detail

    assert ("acme", "m-1", "no seed") == seen


def test_errors_are_caught_by_their_base_class() -> None:
    families = {InvalidRequestError: 3, ConnectionFailedError: 1}

    seen = {family: len(family.__subclasses__()) for family in families}

    assert families == seen
    assert not issubclass(ConfigurationError, ChatError)
    assert issubclass(ConfigurationError, ValueError)
    assert not issubclass(ProviderFault, ChatError)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("not found at acme.test, check api_base (host acme.test, status 404)", {"host": "acme.test"}),
        ("not found at this address, check api_base (status 404)", {}),
    ],
)
def test_a_404_that_names_no_model_says_what_to_check(text: str, error: dict[str, str]) -> None:
    assert text == str(InvalidRequestError(status_code=404, **error))  # type: ignore[arg-type]  # a table of str fields


def test_a_404_of_a_model_says_so() -> None:
    assert "no such model (host acme.test, status 404)" == str(ModelNotFoundError(status_code=404, host="acme.test"))


@COPIES
def test_a_copy_has_the_previous_errors(copied: Callable[[ChatError], ChatError]) -> None:
    error = ServerError(previous=(RateLimitError(request_id="req-6"),))

    assert ["req-6"] == [previous.request_id for previous in copied(error).previous]
