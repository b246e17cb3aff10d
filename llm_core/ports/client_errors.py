"""What `from_events` makes of an exception of the adapter's HTTP client."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from llm_core.domain.errors import (
    BadResponseError,
    CertificateError,
    ChatError,
    ChatTimeoutError,
    ConnectionFailedError,
    StreamInterruptedError,
)
from llm_core.domain.messages import AssistantMessage
from llm_core.domain.provider_fault import ProviderFault, detached, exception_chain, has_link


class ErrorSource(Protocol):
    """An adapter, as far as its errors are concerned."""

    @property
    def transport_errors(self) -> tuple[type[Exception], ...]:
        """The exceptions of the HTTP client where the connection fails."""


def chat_error_of(chat: ErrorSource, error: Exception, partial: AssistantMessage | None) -> ChatError:
    """Return the error of a call of *chat* that *error* ended; *partial* None: nothing had arrived."""
    ours = _classify(chat, error, has_begun=partial is not None)
    ours.partial = partial
    return detached(ours, _cause(error, package=type(chat).__module__.partition(".")[0]))


def _classify(chat: ErrorSource, error: Exception, *, has_begun: bool) -> ChatError:
    if isinstance(error, ChatError):
        return error
    if isinstance(error, chat.transport_errors):
        failed = CertificateError() if _is_certificate_error(error) else ConnectionFailedError()
        return StreamInterruptedError() if has_begun else failed
    return ChatTimeoutError() if isinstance(error, TimeoutError) else BadResponseError()


def _is_certificate_error(error: Exception) -> bool:
    import ssl

    return has_link(exception_chain(error), ssl.SSLCertVerificationError)


def _cause(error: Exception, *, package: str) -> ProviderFault:
    """Return where *error* came from: the type of the first error of its chain, and the line of *package* in it."""
    import traceback

    *_, first = exception_chain(error)
    frames = [
        f"{Path(frame.f_code.co_filename).name}:{line} in {frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(error.__traceback__)
        if str(frame.f_globals.get("__name__")).partition(".")[0] == package
    ]
    return ProviderFault(f"{type(first).__module__}.{type(first).__qualname__}", frames[-1] if frames else "")
