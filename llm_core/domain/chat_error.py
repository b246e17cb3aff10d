"""`ChatError`, the base of all errors of a call. Its text holds safe facts only: never a key, a header or a prompt.

A plain class: exceptions made by attrs neither pickle nor keep their `args` empty.
"""

from typing import ClassVar, TypedDict

from .messages import AssistantMessage
from .usage import Usage

MAX_DETAIL = 2_000  # characters


class ErrorFacts(TypedDict, total=False):
    """The arguments of `ChatError`, which its subclasses pass on."""

    provider: str | None
    model: str | None
    host: str | None
    status_code: int | None
    request_id: str | None
    retry_after: float | None
    detail: str | None
    partial: AssistantMessage | None
    usage: Usage | None
    previous: "tuple[ChatError, ...]"


class ChatError(Exception):
    """A call that failed; the subclass is the reason, and every attribute may be None: "not reported"."""

    summary: ClassVar[str] = "the call failed"
    """What failed, as ``str`` begins."""
    retryable: bool = False
    """Whether the same call may succeed later."""

    def __init__(
        self,
        *,
        provider: str | None = None,
        model: str | None = None,
        host: str | None = None,
        status_code: int | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        detail: str | None = None,
        partial: AssistantMessage | None = None,
        usage: Usage | None = None,
        previous: tuple["ChatError", ...] = (),
    ) -> None:
        """Keep what is known; *detail* is cut to `MAX_DETAIL` characters."""
        super().__init__()
        self.provider = provider
        """The provider that was called, such as ``openai``."""
        self.model = model
        """The model that was called."""
        self.host = host
        """The host that was called, and its port if it is not the scheme's own: ``api.openai.com``."""
        self.status_code = status_code
        """The HTTP status."""
        self.request_id = request_id
        """The provider's id of the request, for its support."""
        self.retry_after = retry_after
        """Seconds that the provider wants the caller to wait before the next attempt."""
        self.detail: str | None = None if detail is None else detail[:MAX_DETAIL]
        """The provider's own text, known keys masked, for the caller's logs: in neither str, repr nor args."""
        self.partial = partial
        """What had arrived of the response."""
        self.usage = usage
        """What the provider had reported of the tokens and the price by then."""
        self.previous = previous
        """The errors of the attempts before, in their order, where a wrapper made several."""

    def __str__(self) -> str:
        """Return the summary, and the facts that are safe to log."""
        facts = ", ".join(f"{name} {value}" for name, value in self._facts() if value is not None)
        return f"{self._sentence()} ({facts})" if facts else self._sentence()

    def __repr__(self) -> str:
        """Return the class, and the facts that are safe to log."""
        facts = ", ".join(f"{name.replace(' ', '_')}={value!r}" for name, value in self._facts() if value is not None)
        return f"{type(self).__name__}({facts})"

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle and copy every attribute and the cause without ``__init__``, which a subclass may change."""
        return _new, (type(self),), {**self.__dict__, "__cause__": self.__cause__}

    def _sentence(self) -> str:
        return self.summary

    def _facts(self) -> tuple[tuple[str, object], ...]:
        return (
            ("provider", self.provider),
            ("model", self.model),
            ("host", self.host),
            ("status", self.status_code),
            ("request id", self.request_id),
            ("retry after", self.retry_after),
        )


def _new(error_class: type[ChatError]) -> ChatError:
    return error_class.__new__(error_class)
