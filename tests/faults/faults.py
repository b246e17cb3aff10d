"""The table of faults: how each is played, and the error that is promised for every wire, mode and lane."""

from collections.abc import Callable, Iterable
from typing import Literal, TypeAlias

import attrs

from llm_core.domain.errors import (
    AuthenticationError,
    BadResponseError,
    CertificateError,
    ChatError,
    ChatTimeoutError,
    ConnectionFailedError,
    ContentPolicyError,
    ContextWindowExceededError,
    InvalidRequestError,
    ModelNotFoundError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
)
from llm_core.testing import Breaks, Fails, Redirects, Refuses, Sends
from llm_core.testing.clauses.modes import EVERY, STREAMS, Mode
from llm_core.testing.dialects.dialect import Dialect
from llm_core.testing.scenarios import Break

from . import error_places, fault_bodies
from .raw_server import Play, RawReply, Unreachable

Phase: TypeAlias = Literal["connecting", "before the head", "status", "body", "mid-stream"]
WHOLE: tuple[Mode, ...] = ("complete", "acomplete")
SHORT, LONG = 0.4, 30.0  # timeouts in seconds: for faults that end by timeout, and for the others


@attrs.frozen(kw_only=True)
class Fault:
    """A fault and the error that an adapter must raise; `retryable` is the error class's.

    The expected status and request id are the dialect's. `partial_modes`: the modes in which `partial` has the text
    that had arrived. `unfinished`: the answer does not end, so the caller closes the connection.
    """

    name: str
    error_class: type[ChatError]
    phase: Phase
    play: Play
    retry_after: float | None = None
    timeout: float = LONG
    requests: int = 1
    partial_modes: tuple[Mode, ...] = ()
    unfinished: bool = False
    modes: tuple[Mode, ...] = EVERY

    @property
    def is_large(self) -> bool:
        """Whether it sends tens of megabytes, beyond every bound."""
        return isinstance(self.play, RawReply) and self.play.packets in fault_bodies.LARGE


def _status(status: int, error_class: type[ChatError], name: str = "") -> Fault:
    return Fault(name=name or str(status), error_class=error_class, phase="status", play=Fails(status=status))


def _with_reason(
    status: int, reason: Literal["context_window", "content_policy", "quota"], error_class: type[ChatError]
) -> Fault:
    play = Fails(status=status, reason=reason)
    return Fault(name=f"{status}, {reason.replace('_', ' ')}", error_class=error_class, phase="status", play=play)


def _wait(
    status: int, form: str, header: tuple[str, str] | None, seconds: float, error_class: type[ChatError]
) -> Fault:
    play = Fails(status=status, headers=(header,)) if header else Fails(status=status, retry_after=seconds)
    return Fault(
        name=f"{status}, a wait {form}", error_class=error_class, phase="status", play=play, retry_after=seconds
    )


def _redirect(status: int) -> Fault:
    name = f"{status} to another origin"
    return Fault(name=name, error_class=InvalidRequestError, phase="status", play=Redirects(status=status))


def _connecting(name: str, error_class: type[ChatError], play: Play, timeout: float = LONG) -> Fault:
    return Fault(name=name, error_class=error_class, phase="connecting", play=play, timeout=timeout, requests=0)


def _head(name: str, error_class: type[ChatError], play: RawReply, timeout: float = LONG) -> Fault:
    unfinished = play.then == "hold"
    return Fault(
        name=name, error_class=error_class, phase="before the head", play=play, timeout=timeout, unfinished=unfinished
    )


def _body(name: str, error_class: type[ChatError], play: Play, *modes: Mode) -> Fault:
    unfinished = isinstance(play, RawReply) and play.then == "hold"
    return Fault(
        name=name, error_class=error_class, phase="body", play=play, unfinished=unfinished, modes=modes or EVERY
    )


def _stream(name: str, how: Break, error_class: type[ChatError], timeout: float = LONG) -> Fault:
    return Fault(
        name=name,
        error_class=error_class,
        phase="mid-stream",
        play=Breaks(how=how, after=8, reply=fault_bodies.ANSWER),
        timeout=timeout,
        partial_modes=STREAMS,
        unfinished=how in ("silence", "drip"),
        modes=STREAMS,
    )


def _broken_body(name: str, how: Break, error_class: type[ChatError], timeout: float = LONG) -> Fault:
    play, unfinished = Breaks(how=how, reply=fault_bodies.ANSWER), how in ("silence", "drip")
    return Fault(
        name=name, error_class=error_class, phase="body", play=play, timeout=timeout, unfinished=unfinished, modes=WHOLE
    )


def _bytes(name: str, error_class: type[ChatError], play: RawReply) -> Fault:
    return Fault(name=name, error_class=error_class, phase="mid-stream", play=play, partial_modes=STREAMS)


def _place(name: str, packets: Callable[[Dialect, bool], Iterable[bytes]]) -> Fault:
    return attrs.evolve(_body(name, ServerError, RawReply(packets=packets)), partial_modes=EVERY)


FAULTS: tuple[Fault, ...] = (
    _connecting("refused", ConnectionFailedError, Refuses()),
    _connecting("no such host", ConnectionFailedError, Unreachable("name")),
    _connecting("connection not accepted", ChatTimeoutError, Unreachable("connecting"), SHORT),
    _connecting("untrusted certificate", CertificateError, RawReply(packets=fault_bodies.raw(), tls=True)),
    _connecting("no TLS on an https address", ConnectionFailedError, Unreachable("no tls")),
    _head("silence", ChatTimeoutError, RawReply(packets=fault_bodies.raw(), then="hold"), SHORT),
    _head("drip", ChatTimeoutError, RawReply(packets=fault_bodies.dripping_head, then="hold", pause=0.05), SHORT),
    _head("reset", ConnectionFailedError, RawReply(packets=fault_bodies.raw(), then="reset")),
    _head("closed", ConnectionFailedError, RawReply(packets=fault_bodies.raw())),
    _head(
        "closed within the head",
        ConnectionFailedError,
        RawReply(packets=fault_bodies.raw(b"HTTP/1.1 200 OK\r\ncontent-")),
    ),
    _head("not HTTP", BadResponseError, RawReply(packets=fault_bodies.raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"))),
    _head("101", BadResponseError, RawReply(packets=fault_bodies.raw(b"HTTP/1.1 101 Switching Protocols\r\n\r\n"))),
    _head("NUL in a header", BadResponseError, RawReply(packets=fault_bodies.with_header(b"x: a\0b"))),
    _head(
        "a negative content-length", BadResponseError, RawReply(packets=fault_bodies.with_header(b"content-length: -1"))
    ),
    _head(
        "two transfer codings",
        BadResponseError,
        RawReply(packets=fault_bodies.with_header(b"transfer-encoding: gzip, chunked")),
    ),
    _head("headers of 80 KiB", BadResponseError, RawReply(packets=fault_bodies.with_header(b"x: " + b"y" * 80_000))),
    _head("a header beyond the bound", BadResponseError, RawReply(packets=fault_bodies.endless_head, then="hold")),
    _status(400, InvalidRequestError),
    _status(401, AuthenticationError),
    _status(402, QuotaExceededError),
    _status(403, PermissionDeniedError),
    _status(404, ModelNotFoundError),
    _status(408, ChatTimeoutError),
    _status(409, InvalidRequestError),
    _status(413, InvalidRequestError),
    _status(418, InvalidRequestError),
    _status(422, InvalidRequestError),
    _status(429, RateLimitError, "429 without a wait"),
    _wait(429, "in the provider's form", None, 7.0, RateLimitError),
    _wait(429, "in seconds", ("retry-after", "7"), 7.0, RateLimitError),
    _wait(429, "in milliseconds", ("retry-after-ms", "1500"), 1.5, RateLimitError),
    _wait(429, "as a date in the past", ("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT"), 0.0, RateLimitError),
    _with_reason(429, "quota", QuotaExceededError),
    _with_reason(400, "context_window", ContextWindowExceededError),
    _with_reason(400, "content_policy", ContentPolicyError),
    _status(500, ServerError),
    _status(502, ServerError),
    _status(503, ServerError),
    _wait(503, "in seconds", ("retry-after", "7"), 7.0, ServerError),
    _status(504, ChatTimeoutError),
    _status(529, ServerError),
    *map(_redirect, (301, 302, 303, 307, 308)),
    _body("500 without an end", ServerError, RawReply(packets=fault_bodies.endless_error, then="hold")),
    _body("empty", BadResponseError, Sends(body=b"")),
    _body(
        "204",
        BadResponseError,
        RawReply(packets=fault_bodies.raw(b"HTTP/1.1 204 No Content\r\nx-request-id: request-1\r\n\r\n")),
    ),
    _body("HTML", BadResponseError, Sends(body=b"<html><p>Please log in.</p></html>", content_type="text/html")),
    _body("broken JSON", BadResponseError, Sends(body=b'{"id": "answer-1", "choi')),
    _body("a JSON list", BadResponseError, Sends(body=b"[]")),
    _body("JSON null", BadResponseError, Sends(body=b"null")),
    _body("JSON of 100,000 levels", BadResponseError, RawReply(packets=fault_bodies.nested)),
    _body("not UTF-8", BadResponseError, RawReply(packets=fault_bodies.not_utf8), *WHOLE),
    _body("no choices", BadResponseError, RawReply(packets=fault_bodies.no_choices)),
    _body("an error with 200", ServerError, RawReply(packets=fault_bodies.error_with_200)),
    _place("an error beside the answer", error_places.error_beside),
    _place("an error within the answer", error_places.error_within),
    _place("a finish reason that means a failure", error_places.failed_finish),
    _body("unrequested gzip, 96 MiB unpacked", BadResponseError, RawReply(packets=fault_bodies.bomb)),
    _body("429 in unrequested gzip, quota", QuotaExceededError, RawReply(packets=fault_bodies.gzipped_quota)),
    _body("unrequested br", BadResponseError, RawReply(packets=fault_bodies.unknown_encoding)),
    _body("15 MiB of empty lists", BadResponseError, RawReply(packets=fault_bodies.many_lists)),
    _body("beyond the bound", BadResponseError, RawReply(packets=fault_bodies.endless_body, then="hold"), *WHOLE),
    _body(
        "an event beyond the bound",
        BadResponseError,
        RawReply(packets=fault_bodies.endless_event, then="hold"),
        *STREAMS,
    ),
    _body("an invalid chunk size", StreamInterruptedError, RawReply(packets=fault_bodies.bad_chunk_size)),
    _body(
        "endless trailers", StreamInterruptedError, RawReply(packets=fault_bodies.endless_trailers, then="hold"), *WHOLE
    ),
    _broken_body("cut", "cut", StreamInterruptedError),
    _broken_body("reset", "reset", StreamInterruptedError),
    _broken_body("silence", "silence", ChatTimeoutError, SHORT),
    _broken_body("drip", "drip", ChatTimeoutError, SHORT),
    _broken_body("half of the body, then a clean end", "end", BadResponseError),
    attrs.evolve(_broken_body("without a finish reason", "unfinished", StreamInterruptedError), partial_modes=WHOLE),
    _stream("cut", "cut", StreamInterruptedError),
    _stream("reset", "reset", StreamInterruptedError),
    _stream("a clean end without an end event", "end", StreamInterruptedError),
    _stream("an end event without a finish reason", "unfinished", StreamInterruptedError),
    _stream("silence", "silence", ChatTimeoutError, SHORT),
    _stream("keep-alives and no event", "drip", ChatTimeoutError, SHORT),
    _stream("broken JSON", "bad_json", BadResponseError),
    _stream("an error event", "error", ServerError),
    _bytes("cut within an event", StreamInterruptedError, RawReply(packets=fault_bodies.cut_in_an_event)),
    _bytes("cut within a character", StreamInterruptedError, RawReply(packets=fault_bodies.cut_in_a_character)),
    _bytes("broken chunks", StreamInterruptedError, RawReply(packets=fault_bodies.broken_chunks, pause=0.05)),
    Fault(
        name="not UTF-8",
        error_class=BadResponseError,
        phase="mid-stream",
        play=RawReply(packets=fault_bodies.not_utf8),
        partial_modes=STREAMS,
        modes=STREAMS,
    ),
)
