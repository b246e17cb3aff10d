"""Checks the errors of a dialect, and the answers that break off."""

from typing import get_args

from llm_core.testing.dialects.framing import framing_problem, is_json, payload
from llm_core.testing.scenarios import Break, Breaks, Fails

from .played import Played
from .scenario_cases import FAILURES

_STATUSES = range(200, 600)
_SERVER_ERROR = 500  # and above: the class is the same
_MESSAGE = "the disk is full"


def check_failures(played: Played) -> None:
    """Check `status`, `headers`, `error`, `error_event`, `broken_event` and `keep_alive`."""
    for name, failure in FAILURES.items():
        if not played.excludes(name, failure):
            _check_failure(played, name, failure)
    for how in get_args(Break):
        name, scenario = f"a break: {how}", Breaks(how=how)
        if not played.excludes(name, scenario):
            played.sent(name, scenario)
    if played.streams:
        _check_break(played)
        _check_events(played)


def _check_failure(played: Played, name: str, failure: Fails) -> None:
    dialect, findings = played.dialect, played.findings
    status = findings.attempt("status", name, dialect.status, failure)
    if failure.reason is None:
        findings.expect("status", name, f"expected {failure.status}, got {status}", holds=status == failure.status)
    findings.expect("status", name, f"{status!r} is not an HTTP status", holds=status in _STATUSES)
    _check_error(played, name, failure)
    headers = findings.attempt("headers", name, dialect.headers, failure) or ()
    if failure.retry_after is not None:
        plain = Fails(status=failure.status)
        differs = headers != dialect.headers(plain) or dialect.error(failure) != dialect.error(plain)
        findings.expect("headers", name, "neither a header nor the body has the wait", holds=differs)
    are_text = all(isinstance(text, str) for header in headers for text in header)
    findings.expect("headers", name, "expected pairs of texts", holds=are_text)


def _check_error(played: Played, name: str, failure: Fails) -> None:
    dialect, findings = played.dialect, played.findings
    body = findings.attempt("error", name, dialect.error, failure) or b""
    findings.expect("error", name, f"the body is not JSON: {body[:80]!r}", holds=is_json(body))
    if failure.reason:
        plain = findings.attempt("error", name, dialect.error, Fails(status=failure.status))
        findings.expect("error", name, "the body does not differ without the reason", holds=body != plain)
    else:
        findings.expect("error", name, "the body lacks the message", holds=failure.message.encode() in body)


def _check_break(played: Played) -> None:
    scenario = Breaks(how="cut")
    count, sent = len(played.chunks("a break", scenario.reply)), scenario.events_sent(played.dialect.leading_events)
    played.findings.expect(
        "events",
        "a break",
        f"the answer has {count} events, so that none is missing after {sent}",
        holds=count > sent,
    )


def _check_events(played: Played) -> None:
    dialect, findings = played.dialect, played.findings
    failure = Fails(status=500, message=_MESSAGE)
    if not played.excludes("an error within a stream", Breaks(how="error", failure=failure)):
        event = findings.attempt("error_event", "status 500", dialect.error_event, failure) or b""
        problem = framing_problem(event, dialect.stream_type)
        findings.expect("error_event", "status 500", f"{problem}: {event[:80]!r}", holds=problem is None)
    _check_classes(played)
    broken = findings.attempt("broken_event", "an event", dialect.broken_event) or b""
    problem = framing_problem(broken, dialect.stream_type)
    findings.expect("broken_event", "an event", f"{problem}: {broken[:80]!r}", holds=problem is None)
    findings.expect("broken_event", "an event", "it is valid JSON", holds=not is_json(payload(broken)))
    kept = dialect.keep_alive
    is_kept = _is_empty(kept) or framing_problem(kept, dialect.stream_type) is None
    findings.expect("keep_alive", "a stream", "expected a comment, an empty line or an event", holds=is_kept)


def _check_classes(played: Played) -> None:
    """Check that an event shows which error it is: within a stream there is no status."""
    dialect, findings = played.dialect, played.findings
    for name, failure in FAILURES.items():
        plain = Fails(status=500, message=failure.message)
        if failure.status < _SERVER_ERROR and not played.excludes(name, Breaks(how="error", failure=failure)):
            event = findings.attempt("error_event", name, dialect.error_event, failure)
            findings.expect(
                "error_event",
                name,
                "it is the event of status 500: exclude it by `inexpressible`, or write what tells them apart",
                holds=event != findings.attempt("error_event", "status 500", dialect.error_event, plain),
            )


def _is_empty(kept: bytes) -> bool:
    return all(line.startswith(b":") or not line.strip() for line in kept.split(b"\n"))
