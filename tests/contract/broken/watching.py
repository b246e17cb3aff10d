"""Broken adapters that print, log, warn, change the process, or show the key or the prompt beside the answer."""

import itertools
import logging
import os
import random
import socket
import ssl
import sys
import warnings
from collections.abc import Callable

import attrs
import httpx

from llm_core import ChatError, ChatPort, ChatRequest, from_async
from llm_core.testing import ChatPortContract
from llm_core.testing.clauses.errors import PROMPT

from .mutating import Mutated, in_memory, over_http
from .plain_chat import PlainChat
from .rewriting import rewritten

KEY = ChatPortContract.planted_key
VARIABLE = "LLM_CORE_BROKEN_ADAPTER"
_logger = logging.getLogger(__name__)
_apart = logging.getLogger(f"{__name__}.apart")
_apart.propagate = False
_apart.setLevel(logging.WARNING)


def _before_each_call(chat: ChatPort, act: Callable[[ChatRequest], object]) -> ChatPort:
    """Wrap *chat* so that *act* is called with each request."""

    def acted(request: ChatRequest) -> ChatRequest:
        act(request)
        return request

    return Mutated(chat, on_request=acted)


@in_memory("quiet.output", shows="the call wrote to stdout or stderr: 'calling the model")
def prints_in_each_call(chat: ChatPort) -> ChatPort:
    return _before_each_call(chat, lambda _: print("calling the model"))  # noqa: T201 -- the fault


@in_memory("quiet.output", shows="the call wrote to stdout or stderr: 'debug: on")
def writes_to_the_original_stderr(chat: ChatPort) -> ChatPort:
    return _before_each_call(chat, lambda _: sys.__stderr__ and sys.__stderr__.write("debug: on\n"))


@in_memory("quiet.log", shows="a log record holds the key or the prompt")
def logs_each_request_at_info(chat: ChatPort) -> ChatPort:
    return _before_each_call(chat, lambda request: _logger.info("request: %s", request))


@in_memory("quiet.log", shows="a log record holds the key or the prompt")
def logs_the_prompt_in_an_extra_field_at_debug(chat: ChatPort) -> ChatPort:
    return _before_each_call(
        chat, lambda request: _logger.debug("calling", extra={"messages": [m.content for m in request.messages]})
    )


@in_memory("quiet.log", shows="a log record holds the key or the prompt ('sk-planted")
def logs_the_key_with_a_logger_of_its_own_level(chat: ChatPort) -> ChatPort:
    return _before_each_call(chat, lambda _: _apart.debug("headers: %s", {"authorization": f"Bearer {KEY}"}))


@in_memory("quiet.log", shows="a log record holds the key or the prompt")
def logs_the_key_with_its_last_characters_masked(chat: ChatPort) -> ChatPort:
    return _before_each_call(chat, lambda _: _apart.debug("key %s****", KEY[:-4]))


@in_memory("answer.text", shows="a log record holds the key or the prompt", mode="astream")
def logs_each_prompt_whatever_the_clause(chat: ChatPort) -> ChatPort:
    return logs_each_request_at_info.in_memory(chat) if logs_each_request_at_info.in_memory else chat


@in_memory("quiet.warnings", shows="the call warned: UserWarning: the default model is used")
def warns_in_each_call(chat: ChatPort) -> ChatPort:
    return _before_each_call(chat, lambda _: warnings.warn("the default model is used", UserWarning, stacklevel=2))


@attrs.frozen
class _Cleaning(Mutated):
    """A `Mutated` that restores the process when it is closed, after the clause."""

    restore: Callable[[], object] = attrs.field(kw_only=True)

    def close(self) -> None:
        self.restore()


@in_memory("quiet.process", shows=f"the call changed os.environ['{VARIABLE}']")
def sets_an_environment_variable_in_each_call(chat: ChatPort) -> ChatPort:
    values = itertools.count()

    def set_variable(request: ChatRequest) -> ChatRequest:
        os.environ[VARIABLE] = str(next(values))
        return request

    return _Cleaning(chat, on_request=set_variable, restore=lambda: os.environ.pop(VARIABLE, None))


@in_memory("quiet.process", shows="the call changed socket.getdefaulttimeout()")
def sets_the_timeout_of_all_sockets(chat: ChatPort) -> ChatPort:
    def set_timeout(request: ChatRequest) -> ChatRequest:
        socket.setdefaulttimeout(60)
        return request

    return _Cleaning(chat, on_request=set_timeout, restore=lambda: socket.setdefaulttimeout(None))


@over_http("request.key-once", shows="the key stands in the URL and the header authorization")
def sends_the_key_in_the_url_as_well(chat: PlainChat) -> ChatPort:
    return from_async(attrs.evolve(chat, url=f"{chat.url}/{KEY}"))


@over_http("request.key-once", shows="the header x-api-key")
def sends_the_key_in_a_second_header(chat: PlainChat) -> ChatPort:
    def new_client() -> httpx.AsyncClient:
        return httpx.AsyncClient(trust_env=False, timeout=None, headers={"x-api-key": KEY})  # noqa: S113 -- as make_client

    return from_async(attrs.evolve(chat, new_client=new_client))


@over_http("request.key-once", shows="the key stands in the body and the header authorization")
def sends_the_key_in_the_body_as_well(chat: PlainChat) -> ChatPort:
    return from_async(attrs.evolve(chat, new_client=rewritten(lambda body: {**body, "user": KEY})))


@over_http("error.status", shows="the key stands in the URL and the header authorization: see request", status=500)
def sends_the_key_twice_whatever_the_clause(chat: PlainChat) -> ChatPort:
    return from_async(attrs.evolve(chat, url=f"{chat.url}/{KEY}"))


@in_memory("error.prompt-not-shown", shows=PROMPT)
def quotes_the_prompt_in_the_detail(chat: ChatPort) -> ChatPort:
    def quote(error: ChatError) -> ChatError:
        error.detail = f"the request was: {PROMPT}"
        return error

    return Mutated(chat, on_error=quote)


def _restored(chat: ChatPort, act: Callable[[ChatRequest], object], restore: Callable[[], object]) -> ChatPort:
    """Wrap *chat* so that *act* is called with each request, and what it changed is restored after the clause."""

    def acted(request: ChatRequest) -> ChatRequest:
        act(request)
        return request

    return _Cleaning(chat, on_request=acted, restore=restore)


@in_memory("quiet.process", shows="the call changed the seed of random")
def seeds_the_global_generator_with_the_seed_of_the_request(chat: ChatPort) -> ChatPort:
    return _restored(chat, lambda request: random.seed(request.settings.seed), random.seed)


@in_memory("quiet.process", shows="the call changed sys.getrecursionlimit()")
def raises_the_recursion_limit(chat: ChatPort) -> ChatPort:
    limit = sys.getrecursionlimit()
    return _restored(chat, lambda _: sys.setrecursionlimit(limit + 1), lambda: sys.setrecursionlimit(limit))


@in_memory("quiet.process", shows="the call changed warnings.filters")
def ignores_the_warnings_of_the_program(chat: ChatPort) -> ChatPort:
    filters = [*warnings.filters]

    def restore() -> None:
        warnings.filters[:] = filters  # type: ignore[index]  # a list, which the stubs show as a sequence

    return _restored(chat, lambda _: warnings.simplefilter("ignore", ImportWarning), restore)


@in_memory("quiet.process", shows="the call changed ssl._create_default_https_context")
def turns_off_the_checks_of_certificates(chat: ChatPort) -> ChatPort:
    name, context = "_create_default_https_context", vars(ssl)["_create_default_https_context"]
    unchecked = vars(ssl)["_create_unverified_context"]
    return _restored(chat, lambda _: setattr(ssl, name, unchecked), lambda: setattr(ssl, name, context))
