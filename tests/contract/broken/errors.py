"""Broken adapters that report a failure with the wrong class, fields or attached data."""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress

import attrs
import httpx

from llm_core import (
    AssistantMessage,
    BadResponseError,
    ChatError,
    ChatPort,
    ChatResponse,
    ChatTimeoutError,
    InvalidRequestError,
    RateLimitError,
    ServerError,
    from_async,
)
from llm_core.domain.provider_fault import ProviderFault
from llm_core.testing import ChatPortContract
from llm_core.testing.clauses.errors import PROMPT
from llm_core.testing.clauses.sample_requests import SIMPLE_REQUEST

from .mutating import Mutated, in_memory, over_http
from .plain_chat import PlainChat

KEY = ChatPortContract.planted_key


def _with_error_fields(chat: ChatPort, **fields: object) -> ChatPort:
    """Wrap *chat* so that *fields* are set on each error."""

    def change(error: ChatError) -> ChatError:
        error.__dict__.update(fields)
        return error

    return Mutated(chat, on_error=change)


def _with_error_class(chat: ChatPort, error_class: type[ChatError]) -> ChatPort:
    """Wrap *chat* so that every error is an *error_class*."""
    return Mutated(
        chat, on_error=lambda error: error_class(status_code=error.status_code, retry_after=error.retry_after)
    )


@in_memory("error.status", shows="no ChatError was raised: the call returned AssistantMessage(", status=500)
def returns_the_error_text_as_an_answer(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_error=lambda error: ChatResponse(message=AssistantMessage(str(error))))


@in_memory("error.status", shows="an exception of the vendor", raises=RuntimeError)
def raises_an_exception_of_another_library(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_error=lambda _: RuntimeError("an exception of the vendor"))


@in_memory("error.status", shows="class: expected AuthenticationError, got InvalidRequestError", status=401)
def raises_invalid_request_error_for_a_401(chat: ChatPort) -> ChatPort:
    return _with_error_class(chat, InvalidRequestError)


@in_memory("error.status", shows="class: expected ChatTimeoutError, got ServerError", status=504)
def raises_server_error_for_a_504(chat: ChatPort) -> ChatPort:
    return _with_error_class(chat, ServerError)


@in_memory("error.status", shows="class: expected InvalidRequestError, got RateLimitError", status=409)
def raises_rate_limit_error_for_a_409(chat: ChatPort) -> ChatPort:
    return _with_error_class(chat, RateLimitError)


@in_memory("error.status", shows=", got None")
def drops_the_status_code(chat: ChatPort) -> ChatPort:
    return _with_error_fields(chat, status_code=None)


@in_memory("error.reason", shows="Error, got InvalidRequestError", status=400)
def raises_invalid_request_error_for_every_400(chat: ChatPort) -> ChatPort:
    return _with_error_class(chat, InvalidRequestError)


@in_memory("error.reason", shows="class: expected QuotaExceededError, got RateLimitError", reason="quota")
def raises_rate_limit_error_for_an_exceeded_quota(chat: ChatPort) -> ChatPort:
    return _with_error_class(chat, RateLimitError)


@in_memory("error.retry-after", shows="retry_after: expected 7.0, got None", form="seconds")
def drops_retry_after(chat: ChatPort) -> ChatPort:
    return _with_error_fields(chat, retry_after=None)


@in_memory("error.retry-after", shows="retry_after: expected 1.5, got 1500.0", form="milliseconds")
def reads_retry_after_milliseconds_as_seconds(chat: ChatPort) -> ChatPort:
    return _with_error_fields(chat, retry_after=1500.0)


@in_memory("error.retry-after", shows="retry_after: expected 0.0, got None", form="past date")
def ignores_a_retry_after_date(chat: ChatPort) -> ChatPort:
    return _with_error_fields(chat, retry_after=None)


@in_memory("error.retry-after", shows="retry_after: expected None, got 0.0", form="none")
def reports_zero_when_retry_after_is_missing(chat: ChatPort) -> ChatPort:
    return _with_error_fields(chat, retry_after=0.0)


@in_memory("error.request-id", shows="request_id: expected 'request-1', got None")
def drops_the_request_id(chat: ChatPort) -> ChatPort:
    return _with_error_fields(chat, request_id=None)


@over_http("error.no-redirect", status=307, shows="no ChatError was raised: the call returned AssistantMessage(")
def follows_redirects(chat: PlainChat) -> ChatPort:
    return from_async(attrs.evolve(chat, new_client=lambda: httpx.AsyncClient(trust_env=False, follow_redirects=True)))


@in_memory("error.refused", shows="class: expected ConnectionFailedError, got ServerError")
def raises_server_error_for_a_refused_connection(chat: ChatPort) -> ChatPort:
    return _with_error_class(chat, ServerError)


def _retrying(chat: ChatPort, *error_classes: type[ChatError]) -> ChatPort:
    """Wrap *chat* so that it retries once after an error of *error_classes*."""

    def retry(error: ChatError) -> ChatError | ChatResponse:
        if not isinstance(error, error_classes):
            return error
        with suppress(ChatError):
            return chat.complete(SIMPLE_REQUEST)
        return error

    return Mutated(chat, on_error=retry)


@in_memory("error.one-attempt", shows="1 == 2", name="broken")
def retries_after_a_server_error(chat: ChatPort) -> ChatPort:
    return _retrying(chat, ServerError)


@in_memory("error.one-attempt", shows="1 == 2", name="html")
def retries_after_a_bad_response(chat: ChatPort) -> ChatPort:
    return _retrying(chat, BadResponseError)


@in_memory("error.silence", shows="1 == 2")
def retries_after_a_timeout(chat: ChatPort) -> ChatPort:
    return _retrying(chat, ChatTimeoutError)


@in_memory("error.nothing-hangs-on-it", shows="a text of the error holds the key or the prompt")
def has_the_key_in_its_error_message(chat: ChatPort) -> ChatPort:
    return _with_error_fields(chat, provider=f"https://provider.test/?key={KEY}")


@in_memory("error.nothing-hangs-on-it", shows="a text of the error holds the key or the prompt: 'the-prompt")
def has_the_prompt_in_its_error_message(chat: ChatPort) -> ChatPort:
    return _with_error_fields(chat, model=f"a model that received {PROMPT}")


class _Provider(str):
    """The name of a provider whose repr, and so that of an error, contains the key."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Provider(key={KEY})"


@in_memory("error.nothing-hangs-on-it", shows="a text of the error holds the key or the prompt")
def has_the_key_in_the_repr_of_its_error(chat: ChatPort) -> ChatPort:
    return _with_error_fields(chat, provider=_Provider("vendor"))


@in_memory("error.nothing-hangs-on-it", shows="Incorrect API key provided: sk-planted")
def has_the_key_in_the_detail_of_its_error(chat: ChatPort) -> ChatPort:
    return _with_error_fields(chat, detail=f"Incorrect API key provided: {KEY}")


@in_memory("error.nothing-hangs-on-it", shows="args[0]: expected nothing, got")
def has_the_prompt_in_the_args_of_its_error(chat: ChatPort) -> ChatPort:
    def set_args(error: ChatError) -> ChatError:
        error.args = (PROMPT,)
        return error

    return Mutated(chat, on_error=set_args)


def _with_cause(chat: ChatPort, cause: Callable[[], BaseException | None]) -> ChatPort:
    """Wrap *chat* so that each error has what *cause* returns as its `__cause__`."""

    def change(error: ChatError) -> ChatError:
        error.__cause__ = cause()
        return error

    return Mutated(chat, on_error=change)


@in_memory("error.nothing-hangs-on-it", shows="a text of the error holds the key or the prompt")
def has_the_key_in_the_cause_of_its_error(chat: ChatPort) -> ChatPort:
    return _with_cause(chat, lambda: ProviderFault("vendor", f"authorization: Bearer {KEY}"))


@over_http("error.nothing-hangs-on-it", shows="`__cause__` is a RuntimeError, not a ProviderFault", mode="complete")
def has_the_vendor_exception_as_the_cause_of_its_error(chat: PlainChat) -> ChatPort:
    return _with_cause(from_async(chat), lambda: RuntimeError("the vendor's"))


@over_http("error.nothing-hangs-on-it", shows="`__cause__` is a NoneType, not a ProviderFault", mode="complete")
def has_no_cause_on_its_error(chat: PlainChat) -> ChatPort:
    return _with_cause(from_async(chat), lambda: None)


@in_memory("error.nothing-hangs-on-it", shows="None != RuntimeError(")
def keeps_the_vendor_exception_as_context_of_its_error(chat: ChatPort) -> ChatPort:
    def change(error: ChatError) -> ChatError:
        error.__context__ = RuntimeError(f"the vendor's, with {KEY} in a frame of it")
        return error

    return Mutated(chat, on_error=change)


@in_memory("error.nothing-hangs-on-it", shows="a log record holds the key or the prompt ('sk-planted")
def logs_the_key(chat: ChatPort) -> ChatPort:
    def log(error: ChatError) -> ChatError:
        logging.getLogger("broken").warning("%s, with key %s", error, KEY)
        return error

    return Mutated(chat, on_error=log)


@in_memory("error.nothing-hangs-on-it", shows="cannot pickle", raises=TypeError)
def raises_an_error_that_does_not_pickle(chat: ChatPort) -> ChatPort:
    return _with_error_fields(chat, client=threading.Lock())
