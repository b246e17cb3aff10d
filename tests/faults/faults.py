"""The one table: every fault, how it is played, and what of it is promised whatever the wire, the mode or the lane."""

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
from llm_core.testing.scenarios import Break

from . import fault_bodies
from .playing import Play, Says, Unreachable

Phase: TypeAlias = Literal["connecting", "before the head", "status", "body", "mid-stream"]
WHOLE: tuple[Mode, ...] = ("complete", "acomplete")
SHORT, LONG = 0.4, 30.0  # seconds: what is slow because it is silent, and because it is large


@attrs.frozen(kw_only=True)
class Fault:
    """What goes wrong, and what an adapter makes of it. Its `retryable` follows from its kind.

    The status and the request's name are as the dialect tells them. `told`: the modes in which the text that had
    arrived is in `partial`. `unfinished`: the answer does not end, so that whoever hangs up is the caller.
    """

    name: str
    kind: type[ChatError]
    phase: Phase
    play: Play
    retry_after: float | None = None
    timeout: float = LONG
    requests: int = 1
    told: tuple[Mode, ...] = ()
    unfinished: bool = False
    modes: tuple[Mode, ...] = EVERY

    @property
    def is_large(self) -> bool:
        """Whether it offers more bytes than anybody should take."""
        return isinstance(self.play, Says) and self.play.packets in fault_bodies.LARGE


def _status(status: int, kind: type[ChatError], name: str = "") -> Fault:
    return Fault(name=name or str(status), kind=kind, phase="status", play=Fails(status=status))


def _because(status: int, reason: Literal["context_window", "content_policy", "quota"], kind: type[ChatError]) -> Fault:
    play = Fails(status=status, reason=reason)
    return Fault(name=f"{status}, {reason.replace('_', ' ')}", kind=kind, phase="status", play=play)


def _wait(status: int, form: str, header: tuple[str, str] | None, seconds: float, kind: type[ChatError]) -> Fault:
    play = Fails(status=status, headers=(header,)) if header else Fails(status=status, retry_after=seconds)
    return Fault(name=f"{status}, a wait {form}", kind=kind, phase="status", play=play, retry_after=seconds)


def _redirect(status: int) -> Fault:
    name = f"{status} to another origin"
    return Fault(name=name, kind=InvalidRequestError, phase="status", play=Redirects(status=status))


def _connecting(name: str, kind: type[ChatError], play: Play, timeout: float = LONG) -> Fault:
    return Fault(name=name, kind=kind, phase="connecting", play=play, timeout=timeout, requests=0)


def _head(name: str, kind: type[ChatError], play: Says, timeout: float = LONG) -> Fault:
    hangs = play.then == "hold"
    return Fault(name=name, kind=kind, phase="before the head", play=play, timeout=timeout, unfinished=hangs)


def _body(name: str, kind: type[ChatError], play: Play, *modes: Mode) -> Fault:
    hangs = isinstance(play, Says) and play.then == "hold"
    return Fault(name=name, kind=kind, phase="body", play=play, unfinished=hangs, modes=modes or EVERY)


def _stream(name: str, how: Break, kind: type[ChatError], timeout: float = LONG) -> Fault:
    return Fault(
        name=name,
        kind=kind,
        phase="mid-stream",
        play=Breaks(how=how, after=8, reply=fault_bodies.ANSWER),
        timeout=timeout,
        told=STREAMS,
        unfinished=how in ("silence", "drip"),
        modes=STREAMS,
    )


def _half(name: str, how: Break, kind: type[ChatError], timeout: float = LONG) -> Fault:
    play, hangs = Breaks(how=how, reply=fault_bodies.ANSWER), how in ("silence", "drip")
    return Fault(name=name, kind=kind, phase="body", play=play, timeout=timeout, unfinished=hangs, modes=WHOLE)


def _bytes(name: str, kind: type[ChatError], play: Says) -> Fault:
    return Fault(name=name, kind=kind, phase="mid-stream", play=play, told=STREAMS)


FAULTS: tuple[Fault, ...] = (
    _connecting("refused", ConnectionFailedError, Refuses()),
    _connecting("no such host", ConnectionFailedError, Unreachable("name")),
    _connecting("nobody accepts", ChatTimeoutError, Unreachable("connecting"), SHORT),
    _connecting("a certificate that nobody trusts", CertificateError, Says(packets=fault_bodies.raw(), tls=True)),
    _connecting("no TLS where it was asked", ConnectionFailedError, Unreachable("no tls")),
    _head("silence", ChatTimeoutError, Says(packets=fault_bodies.raw(), then="hold"), SHORT),
    _head("drip", ChatTimeoutError, Says(packets=fault_bodies.dripping_head, then="hold", pause=0.05), SHORT),
    _head("reset", ConnectionFailedError, Says(packets=fault_bodies.raw(), then="reset")),
    _head("closed", ConnectionFailedError, Says(packets=fault_bodies.raw())),
    _head(
        "closed within the head", ConnectionFailedError, Says(packets=fault_bodies.raw(b"HTTP/1.1 200 OK\r\ncontent-"))
    ),
    _head("no HTTP", BadResponseError, Says(packets=fault_bodies.raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"))),
    _head("a header beyond the bound", BadResponseError, Says(packets=fault_bodies.endless_head, then="hold")),
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
    _status(429, RateLimitError, "429, no wait told"),
    _wait(429, "in the provider's form", None, 7.0, RateLimitError),
    _wait(429, "in seconds", ("retry-after", "7"), 7.0, RateLimitError),
    _wait(429, "in milliseconds", ("retry-after-ms", "1500"), 1.5, RateLimitError),
    _wait(429, "as a date, long gone", ("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT"), 0.0, RateLimitError),
    _because(429, "quota", QuotaExceededError),
    _because(400, "context_window", ContextWindowExceededError),
    _because(400, "content_policy", ContentPolicyError),
    _status(500, ServerError),
    _status(502, ServerError),
    _status(503, ServerError),
    _wait(503, "in seconds", ("retry-after", "7"), 7.0, ServerError),
    _status(504, ChatTimeoutError),
    _status(529, ServerError),
    *map(_redirect, (301, 302, 303, 307, 308)),
    _body("500 without an end", ServerError, Says(packets=fault_bodies.endless_error, then="hold")),
    _body("empty", BadResponseError, Sends(body=b"")),
    _body(
        "204",
        BadResponseError,
        Says(packets=fault_bodies.raw(b"HTTP/1.1 204 No Content\r\nx-request-id: request-1\r\n\r\n")),
    ),
    _body("HTML", BadResponseError, Sends(body=b"<html><p>Please log in.</p></html>", content_type="text/html")),
    _body("broken JSON", BadResponseError, Sends(body=b'{"id": "answer-1", "choi')),
    _body("JSON, but a list", BadResponseError, Sends(body=b"[]")),
    _body("JSON, but null", BadResponseError, Sends(body=b"null")),
    _body("JSON of 100,000 levels", BadResponseError, Says(packets=fault_bodies.nested)),
    _body("no UTF-8", BadResponseError, Says(packets=fault_bodies.no_utf8), *WHOLE),
    _body("no choices", BadResponseError, Says(packets=fault_bodies.nothing_chosen)),
    _body("an error with 200", ServerError, Says(packets=fault_bodies.error_with_200)),
    _body("gzip that nobody asked for, unpacked 96 MiB", BadResponseError, Says(packets=fault_bodies.bomb)),
    _body("beyond the bound", BadResponseError, Says(packets=fault_bodies.endless_body, then="hold"), *WHOLE),
    _body(
        "an event beyond the bound", BadResponseError, Says(packets=fault_bodies.endless_event, then="hold"), *STREAMS
    ),
    _half("cut", "cut", StreamInterruptedError),
    _half("reset", "reset", StreamInterruptedError),
    _half("silence", "silence", ChatTimeoutError, SHORT),
    _half("drip", "drip", ChatTimeoutError, SHORT),
    _half("half of it, and a clean end", "end", BadResponseError),
    attrs.evolve(_half("without a finish", "unfinished", StreamInterruptedError), told=WHOLE),
    _stream("cut", "cut", StreamInterruptedError),
    _stream("reset", "reset", StreamInterruptedError),
    _stream("a clean end without a finish", "end", StreamInterruptedError),
    _stream("an end that does not say why", "unfinished", StreamInterruptedError),
    _stream("silence", "silence", ChatTimeoutError, SHORT),
    _stream("keep-alives and no event", "drip", ChatTimeoutError, SHORT),
    _stream("broken JSON", "bad_json", BadResponseError),
    _stream("an error event", "error", ServerError),
    _bytes("cut within an event", StreamInterruptedError, Says(packets=fault_bodies.cut_in_an_event)),
    _bytes("cut within a character", StreamInterruptedError, Says(packets=fault_bodies.cut_in_a_character)),
    _bytes("broken chunks", StreamInterruptedError, Says(packets=fault_bodies.broken_chunks, pause=0.05)),
    Fault(
        name="no UTF-8",
        kind=BadResponseError,
        phase="mid-stream",
        play=Says(packets=fault_bodies.no_utf8),
        told=STREAMS,
        modes=STREAMS,
    ),
)
