"""What is sent, and what comes back, whoever carries it; nobody follows a redirect, and nobody asks twice."""

from collections.abc import AsyncIterator, Iterator, Mapping
from http import HTTPStatus
from typing import Protocol

import attrs


@attrs.frozen(kw_only=True)
class HTTPRequest:
    """What is sent, by POST."""

    url: str
    headers: Mapping[str, str] = attrs.field(repr=False)
    content: bytes = attrs.field(repr=False)


class HTTPResponse(Protocol):
    """The same for threads."""

    @property
    def status(self) -> int:
        """As HTTP has it."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Names in lower case, or in any."""

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it arrives."""

    def close(self) -> None:
        """Give the connection back, or close it if the body was not read to its end."""


class AsyncHTTPResponse(Protocol):
    """What came back; the body is read from `chunks`, once."""

    @property
    def status(self) -> int:
        """As HTTP has it."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Names in any case."""

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives."""

    async def aclose(self) -> None:
        """Give the connection back, or close it if the body was not read to its end."""


def is_answer(status: int) -> bool:
    """Return whether *status* says that an answer follows: a redirect is none."""
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
