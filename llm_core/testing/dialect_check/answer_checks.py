"""Checks the answers of a dialect: every answer that it claims to express, whole and as a stream."""

import json

import attrs

from llm_core.testing.dialects.framing import framing_problem, is_json
from llm_core.testing.scenarios import Echoes, Replies

from .played import Played
from .scenario_cases import ANSWERS, CALLING, FIELDS, PLAIN

_MARK = "wombat"  # a text that no frame contains


def check_answers(played: Played) -> None:
    """Check `body`, `events`, `visible`, and the properties that describe them."""
    for name, reply in ANSWERS.items():
        if not played.excludes(name, reply):
            played.findings.attempt("visible", name, played.dialect.visible, reply)
            _check_chunks(played, name, played.chunks(name, reply))
    for name, (one, other) in FIELDS.items():
        if not (played.excludes(name, one) or played.excludes(name, other)):
            _check_field(played, name, one, other)
    _check_end(played)
    _check_echo(played)
    _check_argument_text(played)
    if played.streams:
        _check_deltas(played)


def _check_chunks(played: Played, name: str, chunks: tuple[bytes, ...]) -> None:
    for chunk in chunks:
        problem = None if is_json(chunk) else "the body is not JSON"
        if played.streams:
            problem = framing_problem(chunk, played.dialect.stream_type)
        if problem:
            played.findings.add(played.member, played.case(name), f"{problem}: {chunk[:80]!r}")
            return


def _check_field(played: Played, name: str, one: Replies, other: Replies) -> None:
    """Compare two answers that differ in a field: `visible` must keep what the wire carries, and nothing else."""
    case = played.case(name)
    visible = [played.findings.attempt("visible", case, played.dialect.visible, reply) for reply in (one, other)]
    is_visible = visible[0] != visible[1]
    is_carried = played.chunks(name, one) != played.chunks(name, other)
    played.findings.expect(
        played.member, case, "it is missing, but `visible` keeps it", holds=is_carried or not is_visible
    )
    played.findings.expect(
        "visible", case, f"it is removed, but `{played.member}` writes it", holds=is_visible or not is_carried
    )


def _check_end(played: Played) -> None:
    endless = attrs.evolve(PLAIN, finish_reason=None)
    if not played.excludes("no finish reason", endless):
        differs = played.chunks("no finish reason", endless) != played.chunks("text", PLAIN)
        played.findings.expect(
            played.member,
            played.case("the end of an answer"),
            "it is there without a finish reason",
            holds=differs,
        )


def _check_echo(played: Played) -> None:
    sent = played.sent("an echo", Echoes())
    played.findings.expect("parse", played.case("an echo"), "the answer lacks the user's text", holds=b"What" in sent)


def _check_argument_text(played: Played) -> None:
    claimed = played.dialect.arguments_as_text
    if (played.streams and not claimed) or played.excludes("a call", CALLING):
        return  # a wire with objects may stream their text
    text = b"".join(played.chunks("a call", attrs.evolve(CALLING, chunk_size=99))).decode(errors="replace")
    [call] = CALLING.calls
    is_kept = json.dumps(call.arguments_text)[1:-1] in text
    problem = f"it is {claimed}, and the text of the arguments is {'kept' if is_kept else 'changed'}"
    played.findings.expect("arguments_as_text", played.case("a call"), problem, holds=is_kept is claimed)


def _check_deltas(played: Played) -> None:
    reply = attrs.evolve(PLAIN, text=_MARK)
    events = played.chunks("text", attrs.evolve(reply, chunk_size=99))
    first = next((index for index, event in enumerate(events) if _MARK.encode() in event), None)
    if first is None:
        played.findings.add("events", "text", "no event contains the text")
        return
    leading = played.dialect.leading_events
    played.findings.expect("leading_events", "text", f"it is {leading}, and {first} come first", holds=first == leading)
    more = played.chunks("text", attrs.evolve(reply, chunk_size=1))
    played.findings.expect(
        "events",
        "text in deltas of one character",
        "it has no more events than text in one delta",
        holds=len(more) == len(events) + len(_MARK) - 1,
    )
