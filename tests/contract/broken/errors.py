"""Broken in what it says of a failure."""

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

from .mutating import Bent, in_memory, over_http
from .plain_chat import PlainChat

KEY = ChatPortContract.planted_key


def _fails(chat: ChatPort, **facts: object) -> ChatPort:
    """Return *chat*, with other *facts* on its errors."""

    def change(error: ChatError) -> ChatError:
        error.__dict__.update(facts)
        return error

    return Bent(chat, fails=change)


def _as(chat: ChatPort, kind: type[ChatError]) -> ChatPort:
    """Return *chat*, all of whose errors are of one kind."""
    return Bent(chat, fails=lambda error: kind(status_code=error.status_code, retry_after=error.retry_after))


@in_memory("error.status", shows="DID NOT RAISE ChatError", status=500)
def answers_with_the_words_of_an_error(chat: ChatPort) -> ChatPort:
    return Bent(chat, fails=lambda error: ChatResponse(message=AssistantMessage(str(error))))


@in_memory("error.status", shows="the vendor's own words", escapes=RuntimeError)
def lets_a_foreign_exception_out(chat: ChatPort) -> ChatPort:
    return Bent(chat, fails=lambda _: RuntimeError("the vendor's own words"))


@in_memory(
    "error.status", shows="AuthenticationError'> != <class 'llm_core.domain.errors.InvalidRequestError'>", status=401
)
def takes_a_bad_key_for_a_bad_request(chat: ChatPort) -> ChatPort:
    return _as(chat, InvalidRequestError)


@in_memory("error.status", shows="ChatTimeoutError'> != <class 'llm_core.domain.errors.ServerError'>", status=504)
def takes_a_gateway_timeout_for_a_server_error(chat: ChatPort) -> ChatPort:
    return _as(chat, ServerError)


@in_memory("error.status", shows="InvalidRequestError'> != <class 'llm_core.domain.errors.RateLimitError'>", status=409)
def takes_a_conflict_for_a_rate_limit(chat: ChatPort) -> ChatPort:
    return _as(chat, RateLimitError)


@in_memory("error.status", shows="!= None")
def forgets_the_status(chat: ChatPort) -> ChatPort:
    return _fails(chat, status_code=None)


@in_memory("error.reason", shows="is <class 'llm_core.domain.errors.InvalidRequestError'>", status=400)
def takes_every_400_for_a_bad_request(chat: ChatPort) -> ChatPort:
    return _as(chat, InvalidRequestError)


@in_memory(
    "error.reason", shows="QuotaExceededError'> is <class 'llm_core.domain.errors.RateLimitError'>", reason="quota"
)
def takes_a_used_up_quota_for_a_rate_limit(chat: ChatPort) -> ChatPort:
    return _as(chat, RateLimitError)


@in_memory("error.retry-after", shows="7.0 != None", form="seconds")
def forgets_how_long_to_wait(chat: ChatPort) -> ChatPort:
    return _fails(chat, retry_after=None)


@in_memory("error.retry-after", shows="1.5 != 1500.0", form="milliseconds")
def takes_milliseconds_for_seconds(chat: ChatPort) -> ChatPort:
    return _fails(chat, retry_after=1500.0)


@in_memory("error.retry-after", shows="0.0 != None", form="past date")
def cannot_read_a_date(chat: ChatPort) -> ChatPort:
    return _fails(chat, retry_after=None)


@in_memory("error.retry-after", shows="None != 0.0", form="not told")
def waits_for_nothing_where_no_wait_was_told(chat: ChatPort) -> ChatPort:
    return _fails(chat, retry_after=0.0)


@in_memory("error.request-id", shows="None == 'request-1'")
def forgets_the_request_id(chat: ChatPort) -> ChatPort:
    return _fails(chat, request_id=None)


@over_http("error.no-redirect", status=307, shows="DID NOT RAISE ChatError")
def follows_redirects(chat: PlainChat) -> ChatPort:
    return from_async(attrs.evolve(chat, client=lambda: httpx.AsyncClient(trust_env=False, follow_redirects=True)))


@in_memory("error.refused", shows="ConnectionFailedError'> != <class 'llm_core.domain.errors.ServerError'>")
def takes_a_refused_connection_for_a_server_error(chat: ChatPort) -> ChatPort:
    return _as(chat, ServerError)


def _asks_again(chat: ChatPort, *kinds: type[ChatError]) -> ChatPort:
    """Return *chat*, which asks once more where an error is one of *kinds*."""

    def again(error: ChatError) -> ChatError | ChatResponse:
        if not isinstance(error, kinds):
            return error
        with suppress(ChatError):
            return chat.complete(SIMPLE_REQUEST)
        return error

    return Bent(chat, fails=again)


@in_memory("error.one-attempt", shows="1 == 2", name="broken")
def asks_again_after_a_server_error(chat: ChatPort) -> ChatPort:
    return _asks_again(chat, ServerError)


@in_memory("error.one-attempt", shows="1 == 2", name="html")
def asks_again_after_a_bad_response(chat: ChatPort) -> ChatPort:
    return _asks_again(chat, BadResponseError)


@in_memory("error.silence", shows="1 == 2")
def asks_again_after_a_timeout(chat: ChatPort) -> ChatPort:
    return _asks_again(chat, ChatTimeoutError)


@in_memory("error.nothing-hangs-on-it", shows="?key=sk-planted")
def tells_the_key_in_its_sentence(chat: ChatPort) -> ChatPort:
    return _fails(chat, provider=f"https://provider.test/?key={KEY}")


@in_memory("error.nothing-hangs-on-it", shows="was asked the-prompt-that-must-not")
def tells_the_prompt_in_its_sentence(chat: ChatPort) -> ChatPort:
    return _fails(chat, model=f"a model that was asked {PROMPT}")


class _ShownError(ServerError):
    """Shows all that it has."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(key={KEY})"


@in_memory("error.nothing-hangs-on-it", shows="_ShownError(key=sk-planted")
def tells_the_key_in_its_repr(chat: ChatPort) -> ChatPort:
    return _as(chat, _ShownError)


@in_memory("error.nothing-hangs-on-it", shows="Incorrect API key provided: sk-planted")
def tells_the_key_in_its_detail(chat: ChatPort) -> ChatPort:
    return _fails(chat, detail=f"Incorrect API key provided: {KEY}")


@in_memory("error.nothing-hangs-on-it", shows="At index 1 diff: () != ('the-prompt-that-must-not-be-logged',)")
def tells_the_prompt_in_its_args(chat: ChatPort) -> ChatPort:
    def tell(error: ChatError) -> ChatError:
        error.args = (PROMPT,)
        return error

    return Bent(chat, fails=tell)


def _caused(chat: ChatPort, cause: Callable[[], BaseException | None]) -> ChatPort:
    def change(error: ChatError) -> ChatError:
        error.__cause__ = cause()
        return error

    return Bent(chat, fails=change)


@in_memory("error.nothing-hangs-on-it", shows="authorization: Bearer sk-p")
def tells_the_key_in_its_cause(chat: ChatPort) -> ChatPort:
    return _caused(chat, lambda: ProviderFault("vendor", f"authorization: Bearer {KEY}"))


@over_http(
    "error.nothing-hangs-on-it", shows='isinstance(RuntimeError("the vendor\'s"), ProviderFault)', mode="complete"
)
def hangs_the_vendors_exception_on_its_error(chat: PlainChat) -> ChatPort:
    return _caused(from_async(chat), lambda: RuntimeError("the vendor's"))


@over_http("error.nothing-hangs-on-it", shows="isinstance(None, ProviderFault)", mode="complete")
def tells_no_cause(chat: PlainChat) -> ChatPort:
    return _caused(from_async(chat), lambda: None)


@in_memory("error.nothing-hangs-on-it", shows="None != RuntimeError(")
def raises_where_it_has_caught(chat: ChatPort) -> ChatPort:
    def change(error: ChatError) -> ChatError:
        error.__context__ = RuntimeError(f"the vendor's, with {KEY} in a frame of it")
        return error

    return Bent(chat, fails=change)


@in_memory("error.nothing-hangs-on-it", shows=", with key sk-planted")
def logs_the_key(chat: ChatPort) -> ChatPort:
    def log(error: ChatError) -> ChatError:
        logging.getLogger("broken").warning("%s, with key %s", error, KEY)
        return error

    return Bent(chat, fails=log)


@in_memory("error.nothing-hangs-on-it", shows="cannot pickle", escapes=TypeError)
def has_an_error_that_does_not_pickle(chat: ChatPort) -> ChatPort:
    return _fails(chat, client=threading.Lock())
