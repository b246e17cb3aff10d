"""Turns a scenario and a request into the HTTP answer: the fake provider's decisions, without its sockets."""

from collections.abc import Callable
from typing import Literal, TypeAlias, assert_never

import attrs

from llm_core.domain.json_values import parse_arguments
from llm_core.domain.messages import UserMessage
from llm_core.domain.requests import ChatRequest
from llm_core.testing.dialects.dialect import Dialect, RecordedRequest
from llm_core.testing.dialects.sse_writer import json_bytes, reframe
from llm_core.testing.scenarios import Breaks, Echoes, Fails, HangsUp, Redirects, Refuses, Replies, Scenario, Sends

from .recorder import Recorder

# As the load balancers of OpenAI and others send it with each answer; a client that keeps it sends it back.
_COOKIE = ("set-cookie", "__session=of-an-earlier-call; Path=/; HttpOnly")

NO_FAILURE = Fails(status=500)  # its headers are those of every answer: the id of the request, and no wait

_MARKER = "text-of-a-chunk"
SURPLUS_TEXT = "This answers no request."
Ending: TypeAlias = Literal["finish", "cut", "reset", "silence", "drip", "drip head"]


@attrs.frozen(kw_only=True)
class Answer:
    """One HTTP answer after `wait` seconds: packets with `pause` seconds between them, then its `ending`.

    Without a `head` there is the ending alone.
    A silent ending, or one that sends `keep_alive` bytes, lasts `patience` seconds; then `on_give_up` is called.
    `surplus` bytes follow in the packet of the answer. With `closes` the connection then serves no other request.
    """

    wait: float = 0.0
    head: bool = True
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("content-type", "application/json"),)
    packets: tuple[bytes, ...] = ()
    pause: float = 0.0
    ending: Ending = "finish"
    keep_alive: bytes = b" "
    patience: float = 2.0
    on_give_up: Callable[[], None] = lambda: None
    surplus: bytes = b""
    closes: bool = False


def scripted_response(scenario: Scenario, dialect: Dialect, request: RecordedRequest, recorder: Recorder) -> Answer:
    """Return the answer of *scenario*; a request that the dialect cannot read gets a 400."""
    try:
        seen = dialect.parse(request)
    except ValueError as error:
        recorder.misread(str(error))
        return _failure(Fails(status=400, message=f"the fake provider cannot read this: {error}"), dialect)
    recorder.see(seen)
    answer = _answer(scenario, dialect, request, seen, recorder)
    return attrs.evolve(answer, headers=(*answer.headers, _COOKIE))


def _answer(
    scenario: Scenario, dialect: Dialect, request: RecordedRequest, seen: ChatRequest, recorder: Recorder
) -> Answer:
    match scenario:
        case Replies():
            answer = attrs.evolve(_reply(scenario, dialect, request), on_give_up=recorder.gave_up)
            return _with_end(_identified(answer, dialect), scenario, dialect, request)
        case Echoes():
            return _reply(Replies(text=_last_user_text(seen)), dialect, request)
        case Fails():
            return _failure(scenario, dialect)
        case Breaks():
            broken = attrs.evolve(_break(scenario, dialect, request), on_give_up=recorder.gave_up)
            return _identified(broken, dialect)
        case Sends():
            return _sent(scenario, recorder)
        case Redirects():
            return _redirect(scenario, dialect, request)
        case HangsUp():
            return _hang_up(scenario, recorder)
        case Refuses():
            raise AssertionError("a provider that does not listen received a request")
        case _:
            assert_never(scenario)


def _identified(answer: Answer, dialect: Dialect) -> Answer:
    """Return *answer* with the id of its request, where the provider sends one with each answer."""
    return attrs.evolve(answer, headers=(*answer.headers, *dialect.headers(NO_FAILURE)))


def _reply(reply: Replies, dialect: Dialect, request: RecordedRequest) -> Answer:
    visible = dialect.answers(reply, request)
    answer = Answer(wait=reply.wait, pause=reply.pause)
    if not dialect.streams(request):
        return attrs.evolve(answer, packets=_packets((dialect.body(visible),), reply.packet_size))
    packets = _packets(reframe(dialect.events(visible), reply.framing), reply.packet_size)
    return attrs.evolve(answer, headers=(("content-type", dialect.stream_type),), packets=packets)


def _with_end(answer: Answer, reply: Replies, dialect: Dialect, request: RecordedRequest) -> Answer:
    match reply.afterwards:
        case "keep":
            return answer
        case "close":
            return attrs.evolve(answer, closes=True)
        case "surplus":
            other = _reply(Replies(text=SURPLUS_TEXT), dialect, request)
            body = b"".join(other.packets)
            lines = ["HTTP/1.1 200 OK", *(f"{name}: {value}" for name, value in other.headers)]
            head = "\r\n".join([*lines, f"content-length: {len(body)}", "", ""])
            return attrs.evolve(answer, surplus=head.encode() + body)
        case "hold":
            return attrs.evolve(answer, ending="silence")
        case _:
            assert_never(reply.afterwards)


def _packets(chunks: tuple[bytes, ...], size: int | None) -> tuple[bytes, ...]:
    if size is None:
        return chunks
    joined = b"".join(chunks)
    return tuple(joined[start : start + size] for start in range(0, len(joined), size))


def _failure(failure: Fails, dialect: Dialect) -> Answer:
    headers = (("content-type", "application/json"), *dialect.headers(failure), *failure.headers)
    return Answer(status=dialect.status(failure), headers=headers, packets=(dialect.error(failure),))


def _break(scenario: Breaks, dialect: Dialect, request: RecordedRequest) -> Answer:
    if scenario.how == "unfinished":
        return _reply(attrs.evolve(scenario.reply, finish_reason=None), dialect, request)
    if scenario.how == "failed_finish":
        return _reply(attrs.evolve(scenario.reply, finish_reason=dialect.failed_reason), dialect, request)
    if dialect.streams(request):
        visible = dialect.events(scenario.reply)[: scenario.events_sent(dialect.leading_events)]
        answer = Answer(
            headers=(("content-type", dialect.stream_type),),
            packets=visible,
            keep_alive=dialect.keep_alive + (_blank_chunk(dialect, scenario.reply) if scenario.blank else b""),
        )
        if scenario.how == "inner_error":
            answer = attrs.evolve(answer, packets=(*visible[:-1], _with_error(visible[-1], scenario.failure, dialect)))
        extra = {"error": dialect.error_event(scenario.failure), "bad_json": dialect.broken_event()}
    else:
        body = dialect.body(scenario.reply)
        answer = Answer(packets=(body[: len(body) // 2],))
        extra = {"error": b"", "bad_json": b"}}"}
        if scenario.how == "inner_error":
            answer = Answer(packets=(_with_error(body, scenario.failure, dialect),))
        if scenario.how == "error":
            answer = Answer(packets=(dialect.error(scenario.failure),))
    if scenario.how in ("cut", "reset", "silence", "drip"):
        return attrs.evolve(answer, wait=scenario.reply.wait, ending=scenario.how, patience=scenario.patience)
    return attrs.evolve(answer, packets=(*answer.packets, extra.get(scenario.how, b"")))


def _blank_chunk(dialect: Dialect, reply: Replies) -> bytes:
    """Return a chunk of *reply* as *dialect* streams its text, without the text."""
    text = attrs.evolve(reply, text=_MARKER * 2, chunk_size=len(_MARKER))  # the last chunk may hold the end
    events = dialect.events(text)
    return next(event for event in events if _MARKER.encode() in event).replace(_MARKER.encode(), b"")


def _sent(scenario: Sends, recorder: Recorder) -> Answer:
    return Answer(
        status=scenario.status,
        headers=(("content-type", scenario.content_type),),
        packets=(scenario.body,),
        ending="silence" if scenario.stalls else "finish",
        patience=scenario.patience,
        on_give_up=recorder.gave_up,
    )


def _hang_up(scenario: HangsUp, recorder: Recorder) -> Answer:
    endings: dict[str, Ending] = {"close": "cut", "reset": "reset", "silence": "silence", "drip": "drip head"}
    return Answer(head=False, ending=endings[scenario.how], patience=scenario.patience, on_give_up=recorder.gave_up)


def _redirect(scenario: Redirects, dialect: Dialect, request: RecordedRequest) -> Answer:
    if request.path.startswith("/elsewhere"):
        return _reply(Replies(), dialect, request)
    elsewhere = f"http://localhost:{request.headers['host'].rpartition(':')[2]}/elsewhere{request.path}"
    return Answer(status=scenario.status, headers=(("location", elsewhere),))


def _last_user_text(request: ChatRequest) -> str:
    texts = [message.text for message in request.messages if isinstance(message, UserMessage)]
    return texts[-1] if texts else ""


def _with_error(answer: bytes, failure: Fails, dialect: Dialect) -> bytes:
    """Return *answer*, a body or an event, with the error of *failure* where the dialect has one beside text."""
    start, end = answer.index(b"{"), answer.rindex(b"}") + 1
    fields = parse_arguments(answer[start:end].decode())
    holder = fields
    for key in dialect.inner_error_path or ():
        found = holder[key]
        part = found[0] if isinstance(found, list) else found
        holder = part if isinstance(part, dict) else holder
    holder.update(parse_arguments(dialect.error(failure).decode()))
    return answer[:start] + json_bytes(fields) + answer[end:]
