"""Checks how a dialect reads requests: what a client writes must be read as the client's request."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Protocol

import attrs

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.messages import AssistantMessage
from llm_core.domain.requests import ChatRequest
from llm_core.domain.settings import ChatSettings
from llm_core.testing.dialects.dialect import Dialect, RecordedRequest, inexpressible

from .findings import Findings
from .request_cases import PLAIN, RequestCase, request_cases

_UNREADABLE = {"a body that is not JSON": b"{", "a body that is an array": b"[]", "an empty object": b"{}"}
_SHOWN = 160  # characters of a value in a finding


class RequestWriter(Protocol):
    """Writes a request as a client of the wire sends it."""

    def __call__(self, request: ChatRequest, /, *, stream: bool) -> RecordedRequest:
        """Return the HTTP request for *request*. UnsupportedFeatureError for what the wire has no field for."""


def check_requests(dialect: Dialect, write: RequestWriter, findings: Findings) -> None:
    """Check `parse`, `normalise`, `streams` and `auxiliary`."""
    for case in request_cases():
        excluded = findings.attempt("inexpressible", case.name, inexpressible, dialect, case.answer, streams=True)
        if excluded is not None:
            continue
        sent = _written(write, case.request, case, findings)
        if sent is not None:
            _check_reading(dialect, case, sent, findings)
            before = _written(write, case.without, case, findings)
            differs = before is not None and before.body != sent.body
            _check_normal_form(dialect, case, findings, differs=differs)
    for stream in (False, True):
        plain = findings.attempt("write", PLAIN.name, write, PLAIN.request, stream=stream)
        if plain is not None:
            _check_recognised(dialect, plain, findings, stream=stream)


def _written(
    write: RequestWriter, request: ChatRequest, case: RequestCase, findings: Findings
) -> RecordedRequest | None:
    try:
        return write(request, stream=False)
    except UnsupportedFeatureError:
        findings.expect("write", case.name, "every wire can carry this", holds=case.optional)
    except Exception as error:  # noqa: BLE001 -- the author's code may raise anything
        findings.add("write", case.name, f"raised {type(error).__name__}: {error}")
    return None


def _check_reading(dialect: Dialect, case: RequestCase, sent: RecordedRequest, findings: Findings) -> None:
    read = findings.attempt("parse", case.name, dialect.parse, sent)
    expected = findings.attempt("normalise", case.name, dialect.normalise, case.request)
    if read is None or expected is None:
        return
    seen = findings.attempt("normalise", f"{case.name}, as read", dialect.normalise, read)
    if seen is None:
        return
    seen = _without_defaults(seen, case.request, dialect.required_settings)
    expected, seen = _without_problems(expected), _without_problems(seen)
    for problem in _differences(expected, seen):
        findings.add("parse", case.name, problem)
    if expected == seen and dialect.arguments_as_text:
        findings.expect(
            "parse", case.name, "the JSON text of the arguments is changed", holds=_texts(expected) == _texts(seen)
        )


def _check_normal_form(dialect: Dialect, case: RequestCase, findings: Findings, *, differs: bool) -> None:
    normal = findings.attempt("normalise", case.name, dialect.normalise, case.request)
    without = findings.attempt("normalise", case.name, dialect.normalise, case.without)
    if normal is not None:
        findings.expect(
            "normalise", case.name, "it is removed, but the client writes it", holds=normal != without or not differs
        )
        twice = findings.attempt("normalise", case.name, dialect.normalise, normal)
        findings.expect("normalise", case.name, "the normal form of a normal form differs", holds=normal == twice)


def _check_recognised(dialect: Dialect, plain: RecordedRequest, findings: Findings, *, stream: bool) -> None:
    case = "a streamed request" if stream else "a request that is not streamed"
    streams = findings.attempt("streams", case, dialect.streams, plain)
    expected = stream or dialect.always_streams
    advice = "; a wire that only streams sets `always_streams`" if streams is True else ""
    findings.expect("streams", case, f"expected {expected}, got {streams}{advice}", holds=streams is expected)
    auxiliary = findings.attempt("auxiliary", case, dialect.auxiliary, plain)
    findings.expect("auxiliary", case, "it answers a model call", holds=auxiliary is None)
    unreadable = {name: attrs.evolve(plain, body=body) for name, body in _UNREADABLE.items()}
    for name, request in {**unreadable, "another path": attrs.evolve(plain, path="/elsewhere")}.items():
        try:
            dialect.parse(request)
        except ValueError:
            continue
        except Exception as error:  # noqa: BLE001 -- the author's code may raise anything
            findings.add("parse", name, f"expected a ValueError, raised {type(error).__name__}: {error}")
        else:
            findings.add("parse", name, "expected a ValueError")


def _without_defaults(seen: ChatRequest, sent: ChatRequest, required: frozenset[str]) -> ChatRequest:
    """Return *seen* without the required settings that *sent* does not set: the client supplied them."""
    supplied = {name for name in required if getattr(sent.settings, name) is None}
    kept = attrs.asdict(seen.settings, filter=lambda field, _: field.name not in supplied)
    return attrs.evolve(seen, settings=ChatSettings(**kept))


def _without_problems(request: ChatRequest) -> ChatRequest:
    """Return *request* without the problems of its invalid calls, which are texts for people."""
    messages = [
        attrs.evolve(
            message, invalid_tool_calls=[attrs.evolve(call, problem="") for call in message.invalid_tool_calls]
        )
        if isinstance(message, AssistantMessage)
        else message
        for message in request.messages
    ]
    return attrs.evolve(request, messages=messages)


def _differences(expected: ChatRequest, seen: ChatRequest) -> Iterator[str]:
    for field in attrs.fields(ChatRequest):
        if field.name != "settings":
            yield from _difference(field.name, getattr(expected, field.name), getattr(seen, field.name))
    for field in attrs.fields(ChatSettings):
        yield from _difference(field.name, getattr(expected.settings, field.name), getattr(seen.settings, field.name))


def _difference(name: str, expected: object, seen: object) -> Iterator[str]:
    """Yield what differs in a field; of several items, and of a value with fields, each that differs."""
    class_: type[object] = type(expected)
    if isinstance(expected, tuple) and isinstance(seen, tuple):
        pairs = enumerate(zip_longest(expected, seen))
        for index, (one, other) in pairs:
            yield from _difference(f"{name}[{index}]", one, other)
    elif isinstance(seen, class_) and attrs.has(class_):
        for field in attrs.fields(class_):
            if field.eq:
                yield from _difference(f"{name}.{field.name}", getattr(expected, field.name), getattr(seen, field.name))
    elif expected != seen:
        yield f"{name}: expected {_short(expected)}, read {_short(seen)}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _texts(request: ChatRequest) -> list[str]:
    answers = [message for message in request.messages if isinstance(message, AssistantMessage)]
    return [call.arguments_json for message in answers for call in message.tool_calls]
