"""The exit codes: which of them an exception leads to, and their table for ``--help``."""

from collections.abc import Mapping
from types import MappingProxyType

from llm_core.domain.errors import (
    AuthenticationError,
    BadResponseError,
    CertificateError,
    ChatError,
    ChatTimeoutError,
    ConfigurationError,
    ConnectionFailedError,
    InvalidRequestError,
    ModelNotFoundError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
)
from llm_core.typed.results import InvalidAnswerError

from .arguments import UsageError

ANSWERED, OTHER, USAGE, CREDENTIALS, QUOTA, REFUSED, TEMPORARY, BROKEN, INTERRUPTED = 0, 1, 2, 3, 4, 5, 6, 7, 130

MEANINGS: Mapping[int, str] = MappingProxyType(
    {
        ANSWERED: "an answer",
        OTHER: "any other failure",
        USAGE: "wrong usage or configuration",
        CREDENTIALS: "no key, a wrong key, or no permission",
        QUOTA: "quota or budget used up",
        REFUSED: "the request was refused",
        TEMPORARY: "temporary: rate limit, timeout, connection or server; try again",
        BROKEN: "the answer is malformed, or broke off",
        INTERRUPTED: "Ctrl-C",
    }
)
HELP = "exit codes:\n" + "\n".join(f"{code:>5}  {meaning}" for code, meaning in MEANINGS.items())

_BY_CLASS: tuple[tuple[type[BaseException], int], ...] = (  # the most specific first
    (KeyboardInterrupt, INTERRUPTED),
    (UsageError, USAGE),
    (ConfigurationError, USAGE),
    (AuthenticationError, CREDENTIALS),
    (PermissionDeniedError, CREDENTIALS),
    (QuotaExceededError, QUOTA),
    (InvalidRequestError, REFUSED),
    (ModelNotFoundError, REFUSED),
    (CertificateError, OTHER),
    (RateLimitError, TEMPORARY),
    (ChatTimeoutError, TEMPORARY),
    (ConnectionFailedError, TEMPORARY),
    (ServerError, TEMPORARY),
    (BadResponseError, BROKEN),
    (StreamInterruptedError, BROKEN),
    (InvalidAnswerError, BROKEN),
    (ChatError, OTHER),
)


def exit_code(error: BaseException) -> int:
    """Return the exit code of a command that *error* ended."""
    return next((code for error_class, code in _BY_CLASS if isinstance(error, error_class)), OTHER)
