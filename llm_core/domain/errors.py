"""What can go wrong, by kind. An error tells who and what, never a key, a header or a prompt.

Plain classes: exceptions made by attrs neither pickle nor keep their `args` empty.
"""

from collections.abc import Callable
from typing import ClassVar

from .messages import AssistantMessage

MAX_DETAIL = 2_000  # characters


class ChatError(Exception):
    """A call that failed; the kind is the class.

    `status_code` is HTTP's, `retry_after` in seconds, `request_id` the provider's. `detail` is what the provider said,
    known keys masked, for a caller's own logs: it stands in neither str, repr nor args. `partial` is what had arrived.
    """

    summary: ClassVar[str] = "the call failed"
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        *,
        provider: str | None = None,
        model: str | None = None,
        status_code: int | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        detail: str | None = None,
        partial: AssistantMessage | None = None,
    ) -> None:
        """All optional: None is "not told"."""
        super().__init__()
        self.provider = provider
        self.model = model
        self.status_code = status_code
        self.request_id = request_id
        self.retry_after = retry_after
        self.detail = None if detail is None else detail[:MAX_DETAIL]
        self.partial = partial

    def __str__(self) -> str:
        """Say what failed in a sentence of our own."""
        facts = ", ".join(f"{name} {value}" for name, value in self._facts() if value is not None)
        return f"{self.summary} ({facts})" if facts else self.summary

    def __repr__(self) -> str:
        """Show the kind and the safe facts."""
        facts = ", ".join(f"{name.replace(' ', '_')}={value!r}" for name, value in self._facts() if value is not None)
        return f"{type(self).__name__}({facts})"

    def __reduce__(
        self,
    ) -> tuple[Callable[[type["ChatError"]], "ChatError"], tuple[type["ChatError"]], dict[str, object]]:
        """Pickle and copy with every field, the cause included; a kind of a caller's own may want arguments."""
        return _new, (type(self),), {**self.__dict__, "__cause__": self.__cause__}

    def _facts(self) -> tuple[tuple[str, object], ...]:
        return (
            ("provider", self.provider),
            ("model", self.model),
            ("status", self.status_code),
            ("request id", self.request_id),
            ("retry after", self.retry_after),
        )


def _new(kind: type[ChatError]) -> ChatError:
    return kind.__new__(kind)


class AuthenticationError(ChatError):
    """401, or no key at all."""

    sentence = "the provider does not accept the key, or none was given"


class PermissionDeniedError(ChatError):
    """403."""

    sentence = "the key may not do this"


class ModelNotFoundError(ChatError):
    """404, an unknown model or provider prefix."""

    sentence = "no such model"


class InvalidRequestError(ChatError):
    """400, 409, 413, 422, any other 4xx, and 3xx: sending it again will not help."""

    sentence = "the provider refused the request"


class ContextWindowExceededError(InvalidRequestError):
    """The prompt does not fit."""

    sentence = "the prompt is longer than the model's context window"


class ContentPolicyError(InvalidRequestError):
    """The prompt was refused or blocked by a safety filter."""

    sentence = "the prompt was blocked by the provider's content policy"


class UnsupportedFeatureError(InvalidRequestError):
    """Refused before sending: this model or adapter cannot do it."""

    sentence = "this model or adapter cannot do that; nothing was sent"

    def __init__(
        self,
        *,
        feature: str | None = None,
        provider: str | None = None,
        model: str | None = None,
        status_code: int | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        detail: str | None = None,
        partial: AssistantMessage | None = None,
    ) -> None:
        """Name the *feature* as the request names it: ``settings.seed``, ``messages[2]: image by url``."""
        super().__init__(
            provider=provider,
            model=model,
            status_code=status_code,
            request_id=request_id,
            retry_after=retry_after,
            detail=detail,
            partial=partial,
        )
        self.feature = feature

    def _facts(self) -> tuple[tuple[str, object], ...]:
        return (("feature", self.feature), *super()._facts())


class RateLimitError(ChatError):
    """429: ask again after `retry_after` seconds, if told."""

    sentence = "too many requests"
    retryable = True


class QuotaExceededError(ChatError):
    """429 or 402 that waiting won't cure: no credit, a billing limit."""

    sentence = "the account's quota is used up"


class ChatTimeoutError(ChatError):
    """No answer within the timeout; 408 and 504."""

    sentence = "no answer in time"
    retryable = True


class ConnectionFailedError(ChatError):
    """Refused, reset, or no such host, before an answer began."""

    sentence = "the provider could not be reached"
    retryable = True


class CertificateError(ConnectionFailedError):
    """The provider's certificate is not to be trusted: trying again will not help."""

    sentence = "the provider's certificate is not trusted"
    retryable = False


class ServerError(ChatError):
    """500, 502, 503, 529, any other 5xx, and "overloaded"."""

    sentence = "the provider failed"
    retryable = True


class BadResponseError(ChatError):
    """A 2xx that is no answer: HTML, an empty body, no choices, broken JSON, beyond a size bound."""

    sentence = "the provider's answer could not be read"
    retryable = True


class StreamInterruptedError(ChatError):
    """The answer broke off: the connection was cut, or it ended without a finish."""

    sentence = "the answer broke off"
    retryable = True


class ConfigurationError(ValueError):
    """A bad or missing setting. It names the variable, and never a secret's value."""
