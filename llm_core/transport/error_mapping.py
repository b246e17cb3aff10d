"""From any exception of a call to the one `ChatError` that the caller sees."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import TypeAlias

import attrs

from llm_core.domain.errors import MAX_DETAIL, ChatError, ConfigurationError
from llm_core.domain.http_errors import parse_retry_after, request_id_from
from llm_core.domain.messages import AssistantMessage
from llm_core.domain.provider_fault import ProviderFault, cause_from, detached, exception_chain
from llm_core.domain.usage import Usage
from llm_core.wires.error_payloads import detail_of, error_class_for_response, retry_delay
from llm_core.wires.error_phrases import Rule

from .masking import masked

Chain: TypeAlias = Sequence[BaseException]  # an exception and all that it came from


@attrs.frozen(kw_only=True)
class ErrorContext:
    """What every error of a call carries: provider, model and host; and the secrets that no error may contain."""

    provider: str | None
    model: str
    host: str | None = None
    """The host that is called, and its port if it is not the scheme's own."""
    secrets: tuple[str, ...] = attrs.field(default=(), repr=False)
    rules: tuple[Rule, ...] = attrs.field(default=(), repr=False)
    """Phrases of this provider's errors, and the error class that each means."""


def error_from_response(status: int, headers: Mapping[str, str], body: str, context: ErrorContext) -> ChatError:
    """Return the error for an HTTP response other than 2xx."""
    wait = parse_retry_after(headers)
    error_class = error_class_for_response(status, body, context.model.partition("/")[2], context.rules)
    return error_class(
        provider=context.provider,
        model=context.model,
        status_code=status,
        request_id=masked_request_id(headers, context),
        retry_after=retry_delay(body) if wait is None else wait,
        detail=masked(detail_of(body), context.secrets),
    )


def masked_request_id(headers: Mapping[str, str], context: ErrorContext) -> str | None:
    """Return the provider's id of the request, secrets masked; None if there is none."""
    id = request_id_from(headers)
    return None if id is None else masked(id, context.secrets)


def as_chat_error(
    error: Exception,
    context: ErrorContext,
    translate: Callable[[Chain], ChatError],
    *,
    chain: Chain | None = None,
    partial: AssistantMessage | None = None,
    usage: Usage | None = None,
) -> ChatError:
    """Return *error* if it is a `ChatError`, else what *translate* makes of its chain; completed, and detached.

    A `ProviderFault` becomes its cause. *chain* None: the causes and contexts of *error*. *partial* None: no answer had
    begun. *usage* is what it had reported.
    """
    if isinstance(error, ChatError):
        ours, cause = error, error.__cause__ or ProviderFault("llm_core", "found while decoding the answer")
    else:
        chain = tuple(exception_chain(error)) if chain is None else chain
        ours, cause = translate(chain), cause_from(chain)
    ours.provider, ours.model = ours.provider or context.provider, ours.model or context.model
    ours.host = ours.host or context.host
    ours.detail = masked(ours.detail, context.secrets)[:MAX_DETAIL] if ours.detail else None
    ours.partial, ours.usage = ours.partial or partial, ours.usage or usage
    return detached(ours, cause)


class map_errors:  # noqa: N801 -- a context manager reads as a verb; a class, since @contextmanager keeps the original exception
    """``with map_errors(to_error):`` raises ``to_error(exception)`` for an Exception; cancellation and Ctrl-C pass.

    A ConfigurationError is raised as it is.

    The error that leaves has no context, and no frame of the code that failed.
    """

    def __init__(self, to_error: Callable[[Exception], ChatError]) -> None:
        """Take what turns an exception into a `ChatError`."""
        self._to_error = to_error

    def __enter__(self) -> None:
        """Enter."""

    def __exit__(
        self, exception_class: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Raise the mapped error."""
        if not isinstance(error, Exception):
            return
        chain = tuple(exception_chain(error))
        failure = error.with_traceback(None) if isinstance(error, ConfigurationError) else self._to_error(error)
        for link in chain:
            link.__traceback__ = None  # a frame may keep a future that keeps the exception, and both the request
        try:
            raise failure
        finally:
            failure.__context__ = None  # set by `raise`: it would keep the original exception, with its values
            del failure, error, trace, chain, link
