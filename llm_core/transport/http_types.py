"""The HTTP response that all transports share; its body is read once."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Protocol

KEEPALIVE = 30.0
"""Seconds that an idle connection is kept: most servers keep theirs longer."""
_FIRST_ANSWER, _FIRST_REDIRECT = 200, 300  # HTTP statuses


class HTTPResponse(Protocol):
    """A response to a sync caller; its head has been read."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers; names may be in any case."""

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it arrives."""

    def close(self) -> None:
        """Return the connection to the pool, or close it if the body was not read to its end."""


class AsyncHTTPResponse(Protocol):
    """A response to an async caller; its head has been read."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers; names may be in any case."""

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives."""

    async def aclose(self) -> None:
        """Return the connection to the pool, or close it if the body was not read to its end."""


def is_answer(status: int) -> bool:
    """Return whether *status* announces an answer: 2xx. A redirect does not."""
    return _FIRST_ANSWER <= status < _FIRST_REDIRECT
