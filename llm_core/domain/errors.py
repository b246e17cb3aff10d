"""The errors of a call, each a reason. Their text holds safe facts only: never a key, a header or a prompt."""

from typing import Unpack

from .chat_error import MAX_DETAIL, ChatError, ErrorFacts

__all__ = [
    "MAX_DETAIL",
    "AuthenticationError",
    "BadResponseError",
    "BudgetExceededError",
    "CertificateError",
    "ChatError",
    "ChatTimeoutError",
    "ConfigurationError",
    "ConnectionFailedError",
    "ContentPolicyError",
    "ContextWindowExceededError",
    "InvalidRequestError",
    "ModelNotFoundError",
    "PermissionDeniedError",
    "QuotaExceededError",
    "RateLimitError",
    "RecordingMissingError",
    "ServerError",
    "StreamInterruptedError",
    "UnsupportedFeatureError",
]

_NOT_FOUND = 404  # HTTP status


class AuthenticationError(ChatError):
    """HTTP 401, no key is set, or the provider's words for a bad or expired key."""

    summary = "the provider does not accept the key, or none was given"


class PermissionDeniedError(ChatError):
    """HTTP 403."""

    summary = "the key may not do this"


class ModelNotFoundError(ChatError):
    """HTTP 404 of a model, or an unknown model or provider prefix."""

    summary = "no such model"


class InvalidRequestError(ChatError):
    """HTTP 400, 409, 413, 422, any other 4xx, or 3xx: the same request will fail again.

    A 404 that names no model is one too: the address is wrong, and ``str`` says so.
    """

    summary = "the provider refused the request"

    def _sentence(self) -> str:
        if self.status_code == _NOT_FOUND:
            return f"not found at {self.host or 'this address'}, check api_base"
        return super()._sentence()


class ContextWindowExceededError(InvalidRequestError):
    """The prompt does not fit into the model's context window."""

    summary = "the prompt is longer than the model's context window"


class ContentPolicyError(InvalidRequestError):
    """A safety filter refused or blocked the prompt."""

    summary = "the prompt was blocked by the provider's content policy"


class UnsupportedFeatureError(InvalidRequestError):
    """The adapter refused the request before sending: this model or adapter cannot do what it needs."""

    summary = "this model or adapter cannot do that; nothing was sent"

    def __init__(self, *, feature: str | None = None, **facts: Unpack[ErrorFacts]) -> None:
        """*feature* names the part of the request: ``settings.seed``, ``messages[2]: image by url``."""
        super().__init__(**facts)
        self.feature = feature
        """The part of the request that is not supported."""

    def _facts(self) -> tuple[tuple[str, object], ...]:
        return (("feature", self.feature), *super()._facts())


class RecordingMissingError(ChatError):
    """No recording on the tape answers the request; nothing was sent."""

    summary = "no recording answers this request; nothing was sent"

    def __init__(self, *, differs_at: str | None = None, **facts: Unpack[ErrorFacts]) -> None:
        """*differs_at* is a path such as ``messages[2].content``; *detail* shows the two values there."""
        super().__init__(**facts)
        self.differs_at = differs_at
        """The first path at which the request differs from the nearest recording."""

    def _facts(self) -> tuple[tuple[str, object], ...]:
        return (("differs at", self.differs_at), *super()._facts())


class RateLimitError(ChatError):
    """HTTP 429: call again after `retry_after` seconds, if given."""

    summary = "too many requests"
    retryable = True


class QuotaExceededError(ChatError):
    """HTTP 429, 402, 403 or 400 that waiting does not cure: no credit, a billing or spend limit."""

    summary = "the account's quota is used up"


class BudgetExceededError(QuotaExceededError):
    """The caller's own budget is spent, or cannot be kept, since the price is not known: nothing was sent."""

    summary = "the budget is spent, or a price is not known; nothing was sent"


class ChatTimeoutError(ChatError):
    """No response within the timeout; HTTP 408 and 504."""

    summary = "no answer in time"
    retryable = True


class ConnectionFailedError(ChatError):
    """The connection was refused or reset, or the host was not found, before a response began."""

    summary = "the provider could not be reached"
    retryable = True


class CertificateError(ConnectionFailedError):
    """The provider's certificate is not trusted: the same call will fail again."""

    summary = "the provider's certificate is not trusted"
    retryable = False


class ServerError(ChatError):
    """HTTP 500, 502, 503, 529, any other 5xx, or an "overloaded" error in a stream."""

    summary = "the provider failed"
    retryable = True


class BadResponseError(ChatError):
    """HTTP 2xx with a body that is no answer: HTML, empty, no choices, broken JSON, beyond a size bound.

    Not `retryable` where the answer is whole, but holds what no field of a `ChatResponse` carries, such as audio alone.
    """

    summary = "the provider's answer could not be read"
    retryable: bool = True

    def __init__(self, *, retryable: bool = True, **facts: Unpack[ErrorFacts]) -> None:
        """*retryable*: whether the same call may succeed later."""
        super().__init__(**facts)
        self.retryable = retryable


class StreamInterruptedError(ChatError):
    """The response broke off: the connection was closed, or the stream ended without a finish reason."""

    summary = "the answer broke off"
    retryable = True


class ConfigurationError(ValueError):
    """A bad or missing setting; the message names the variable, and never shows a secret."""
