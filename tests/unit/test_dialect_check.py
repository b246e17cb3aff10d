"""`assert_dialect`: good dialects pass, and each fault is found and named by its member and case."""

import re
from collections.abc import Callable

import attrs
import pytest
from tiny_dialect import TinyDialect
from tiny_dialect import write as write_tiny

from llm_core import ChatRequest, ChatSettings, UnsupportedFeatureError, Usage, UserMessage
from llm_core.domain.parts import TextPart
from llm_core.testing import Breaks, Dialect, Fails, RecordedRequest, Replies, Scenario, assert_dialect
from llm_core.testing.dialect_check.findings import Findings
from llm_core.testing.dialects.framing import framing_problem
from llm_core.testing.dialects.openai_chat import OpenAIChat

from .openai_writer import write_openai


def test_good_dialects_pass() -> None:
    assert_dialect(TinyDialect(), write_tiny)
    assert_dialect(OpenAIChat(), write_openai)
    assert_dialect(ExcludesErrorsInStreams(), write_tiny)
    assert_dialect(OnlyStreams(), write_tiny)


class ExcludesErrorsInStreams(TinyDialect):
    def inexpressible(self, scenario: Scenario, *, streams: bool) -> str | None:
        if isinstance(scenario, Breaks) and scenario.how == "error":
            return "an error within an answer"
        return super().inexpressible(scenario, streams=streams)


class DropsTheToolChoice(OpenAIChat):
    def parse(self, request: RecordedRequest) -> ChatRequest:
        return attrs.evolve(super().parse(request), tool_choice="auto")


class ForgetsTheToolChoice(DropsTheToolChoice):
    def normalise(self, request: ChatRequest) -> ChatRequest:
        return attrs.evolve(super().normalise(request), tool_choice="auto")


class DropsTheSeed(OpenAIChat):
    def parse(self, request: RecordedRequest) -> ChatRequest:
        request_ = super().parse(request)
        return attrs.evolve(request_, settings=attrs.evolve(request_.settings, seed=None))


class ReformatsArguments(OpenAIChat):
    def parse(self, request: RecordedRequest) -> ChatRequest:
        return super().parse(attrs.evolve(request, body=request.body.replace(b" :  ", b": ")))


class KeepsNormalisingDifferently(OpenAIChat):
    def normalise(self, request: ChatRequest) -> ChatRequest:
        return attrs.evolve(super().normalise(request), model=f"{request.model}.")


class RaisesKeyError(OpenAIChat):
    def parse(self, request: RecordedRequest) -> ChatRequest:
        if request.body == b"{}":
            raise KeyError("model")
        return super().parse(request)


class AcceptsAnything(OpenAIChat):
    def parse(self, request: RecordedRequest) -> ChatRequest:
        try:
            return super().parse(request)
        except ValueError:
            return ChatRequest(model="m", messages=[UserMessage("?")])


class CannotParse(OpenAIChat):
    def parse(self, request: RecordedRequest) -> ChatRequest:
        raise ValueError(f"not today: {request.path}")


class CannotNormalise(OpenAIChat):
    def normalise(self, request: ChatRequest) -> ChatRequest:
        raise KeyError(request.model)


class CannotNormaliseWhatItRead(TinyDialect):
    def normalise(self, request: ChatRequest) -> ChatRequest:
        if request.model == "model-1" and request.settings.extra:
            raise KeyError("extra")
        return super().normalise(request)

    def parse(self, request: RecordedRequest) -> ChatRequest:
        read = super().parse(request)
        return attrs.evolve(read, settings=ChatSettings(extra={"read": True}))


class NeverStreams(OpenAIChat):
    def streams(self, request: RecordedRequest) -> bool:  # noqa: ARG002 -- it never does
        return False


class AnswersCallsItself(OpenAIChat):
    def auxiliary(self, request: RecordedRequest) -> bytes | None:  # noqa: ARG002 -- whatever the request is
        return b"{}"


class ExcludesText(OpenAIChat):
    def inexpressible(self, scenario: Scenario, *, streams: bool) -> str | None:  # noqa: ARG002 -- the same in both
        return "text" if isinstance(scenario, Replies) else None


class ExcludesWithoutAReason(OpenAIChat):
    def inexpressible(self, scenario: Scenario, *, streams: bool) -> str | None:
        return super().inexpressible(scenario, streams=streams) and ""


class ClaimsReasoning(TinyDialect):
    def inexpressible(self, scenario: Scenario, *, streams: bool) -> str | None:
        plain = attrs.evolve(scenario, reasoning="") if isinstance(scenario, Replies) else scenario
        return super().inexpressible(plain, streams=streams)


class ClaimsCalls(TinyDialect):
    def inexpressible(self, scenario: Scenario, *, streams: bool) -> str | None:
        plain = attrs.evolve(scenario, calls=()) if isinstance(scenario, Replies) else scenario
        return super().inexpressible(plain, streams=streams)

    def body(self, reply: Replies) -> bytes:
        if reply.calls:
            raise NotImplementedError("calls")
        return super().body(reply)


class HidesUsage(OpenAIChat):
    def visible(self, reply: Replies) -> Replies:
        return attrs.evolve(reply, usage=reply.usage and Usage(input_tokens=reply.usage.input_tokens))


class EndsNothing(OpenAIChat):
    def events(self, reply: Replies) -> tuple[bytes, ...]:
        return super().events(attrs.evolve(reply, usage=None))[:-2]


class HasNoEvents(TinyDialect):
    def events(self, reply: Replies) -> tuple[bytes, ...]:  # noqa: ARG002 -- whatever the reply is
        return ()


class ReturnsText(TinyDialect):
    def body(self, reply: Replies) -> bytes:
        return super().body(reply).decode()  # type: ignore[return-value]


class SendsOneDelta(TinyDialect):
    def events(self, reply: Replies) -> tuple[bytes, ...]:
        return super().events(attrs.evolve(reply, chunk_size=10_000))


class SendsNoText(TinyDialect):
    def events(self, reply: Replies) -> tuple[bytes, ...]:
        return tuple(event.replace(b"wombat", b"") for event in super().events(reply))


class SendsBareJson(TinyDialect):
    def events(self, reply: Replies) -> tuple[bytes, ...]:
        return tuple(event.removeprefix(b"data: ") for event in super().events(reply))


class WritesNoJson(TinyDialect):
    def body(self, reply: Replies) -> bytes:
        return super().body(reply)[:-1]


class LeadsWrongly(OpenAIChat):
    leading_events = 2


class SendsObjects(OpenAIChat):
    arguments_as_text = False


class AnswersAnErrorWith200(OpenAIChat):
    def status(self, failure: Fails) -> int:  # noqa: ARG002 -- whatever failed
        return 200


class NamesAStatus(OpenAIChat):
    def status(self, failure: Fails) -> int:
        return f"{failure.status}"  # type: ignore[return-value]


class HasNoErrorBody(OpenAIChat):
    def error(self, failure: Fails) -> bytes:  # noqa: ARG002 -- whatever failed
        return b""


class HidesTheReason(OpenAIChat):
    def error(self, failure: Fails) -> bytes:
        return super().error(attrs.evolve(failure, reason=None))


class ForgetsTheWait(OpenAIChat):
    def headers(self, failure: Fails) -> tuple[tuple[str, str], ...]:
        return super().headers(attrs.evolve(failure, retry_after=None))


class HasNumbersInHeaders(OpenAIChat):
    def headers(self, failure: Fails) -> tuple[tuple[str, str], ...]:
        return (("retry-after", failure.retry_after or 0),)  # type: ignore[return-value]


class HasAnUnframedError(OpenAIChat):
    def error_event(self, failure: Fails) -> bytes:
        return self.error(failure)


class BreaksNothing(OpenAIChat):
    def broken_event(self) -> bytes:
        return b"data: {}\n\n"


class KeepsAliveWithText(OpenAIChat):
    keep_alive = b"still there"


class ForgetsTheClassOfAnErrorEvent(TinyDialect):
    def inexpressible(self, scenario: Scenario, *, streams: bool) -> str | None:
        return None if isinstance(scenario, Breaks) else super().inexpressible(scenario, streams=streams)


class MakesToolsLoose(OpenAIChat):
    def parse(self, request: RecordedRequest) -> ChatRequest:
        read = super().parse(request)
        return attrs.evolve(read, tools=[attrs.evolve(tool, strict=False) for tool in read.tools])


class KeepsReasoningThatIsNotSent(OpenAIChat):
    def normalise(self, request: ChatRequest) -> ChatRequest:
        return attrs.evolve(super().normalise(request), messages=request.messages)


class OnlyStreams(TinyDialect):
    """A wire whose answers are all streams."""

    name = "only_streams"
    always_streams = True

    def body(self, reply: Replies) -> bytes:
        raise NotImplementedError("it is never called")


class AnswersAnotherQuestion(TinyDialect):
    def body(self, reply: Replies) -> bytes:
        return super().body(reply).replace(b"What", b"Who")


class DeniesThatItStreams(OnlyStreams):
    def streams(self, request: RecordedRequest) -> bool:  # noqa: ARG002 -- whatever the request is
        return False


class StreamsWithoutSayingSo(TinyDialect):
    def streams(self, request: RecordedRequest) -> bool:  # noqa: ARG002 -- whatever the request is
        return True


@pytest.mark.parametrize(
    ("dialect", "write", "finding"),
    [
        (DropsTheToolChoice, write_openai, "parse: tool choice: none: tool_choice: expected 'none', read 'auto'"),
        (ForgetsTheToolChoice, write_openai, "normalise: tool choice: none: it is removed, but the client writes it"),
        (DropsTheSeed, write_openai, "parse: seed (zero): seed: expected 0, read None"),
        (ReformatsArguments, write_openai, "parse: calls and results: the JSON text of the arguments is changed"),
        (KeepsNormalisingDifferently, write_openai, "normalise: a question: the normal form of a normal form differs"),
        (RaisesKeyError, write_openai, "parse: an empty object: expected a ValueError, raised KeyError: 'model'"),
        (AcceptsAnything, write_openai, "parse: a body that is not JSON: expected a ValueError"),
        (AcceptsAnything, write_openai, "parse: another path: expected a ValueError"),
        (CannotParse, write_openai, "parse: a question: raised ValueError: not today: /v1/chat/completions"),
        (CannotNormalise, write_openai, "normalise: a question: raised KeyError: 'model-1'"),
        (CannotNormaliseWhatItRead, write_tiny, "normalise: a question, as read: raised KeyError: 'extra'"),
        (NeverStreams, write_openai, "streams: a streamed request: expected True, got False"),
        (AnswersCallsItself, write_openai, "auxiliary: a streamed request: it answers a model call"),
        (ExcludesText, write_openai, "inexpressible: text, streamed: every provider sends this"),
        (ExcludesWithoutAReason, write_openai, "inexpressible: signed reasoning: expected a text or None"),
        (ClaimsReasoning, write_tiny, "body: reasoning: it is missing, but `visible` keeps it"),
        (ClaimsCalls, write_tiny, "body: a call: raised NotImplementedError: calls"),
        (HidesUsage, write_openai, "visible: usage.output_tokens: it is removed, but `body` writes it"),
        (EndsNothing, write_openai, "events: the end of an answer, streamed: it is there without a finish reason"),
        (HasNoEvents, write_tiny, "events: text, streamed: expected bytes, at least one"),
        (ReturnsText, write_tiny, "body: text: expected bytes, at least one"),
        (SendsOneDelta, write_tiny, "events: text in deltas of one character: it has no more events than text in one"),
        (SendsNoText, write_tiny, "events: text: no event contains the text"),
        (SendsBareJson, write_tiny, "events: text, streamed: a line of a server-sent event begins with a field"),
        (WritesNoJson, write_tiny, "body: text: the body is not JSON"),
        (LeadsWrongly, write_openai, "leading_events: text: it is 2, and 1 come first"),
        (SendsObjects, write_openai, "arguments_as_text: a call: it is False, and the text of the arguments is kept"),
        (AnswersAnErrorWith200, write_openai, "status: status 500: expected 500, got 200"),
        (NamesAStatus, write_openai, "status: status 401: '401' is not an HTTP status"),
        (HasNoErrorBody, write_openai, "error: status 400: the body is not JSON"),
        (HidesTheReason, write_openai, "error: context_window: the body does not differ without the reason"),
        (ForgetsTheWait, write_openai, "headers: a wait: neither a header nor the body has the wait"),
        (HasNumbersInHeaders, write_openai, "headers: status 400: expected pairs of texts"),
        (HasAnUnframedError, write_openai, "error_event: status 500: a server-sent event ends with an empty line"),
        (BreaksNothing, write_openai, "broken_event: an event: it is valid JSON"),
        (KeepsAliveWithText, write_openai, "keep_alive: a stream: expected a comment, an empty line or an event"),
        (ForgetsTheClassOfAnErrorEvent, write_tiny, "error_event: status 429: it is the event of status 500: exclude"),
        (MakesToolsLoose, write_openai, "parse: a strict tool: tools[0].strict: expected True, read False"),
        (
            KeepsReasoningThatIsNotSent,
            write_openai,
            "parse: an earlier answer with reasoning: messages[1].reasoning[0]:",
        ),
        (AnswersAnotherQuestion, write_tiny, "parse: an echo: the answer lacks the user's text"),
        (DeniesThatItStreams, write_tiny, "streams: a request that is not streamed: expected True, got False"),
        (
            StreamsWithoutSayingSo,
            write_tiny,
            "expected False, got True; a wire that only streams sets `always_streams`",
        ),
    ],
)
def test_a_fault_is_named_by_its_member_and_case(
    dialect: Callable[[], Dialect], write: Callable[..., RecordedRequest], finding: str
) -> None:
    with pytest.raises(AssertionError, match=re.escape(finding)):
        assert_dialect(dialect(), write)


def refuses(request: ChatRequest, *, stream: bool) -> RecordedRequest:
    raise UnsupportedFeatureError(feature=f"{request.model}, {stream}")


def fails(request: ChatRequest, *, stream: bool) -> RecordedRequest:
    raise KeyError(f"{request.model}, {stream}")


def joins_parts(request: ChatRequest, *, stream: bool) -> RecordedRequest:
    messages = [
        UserMessage([TextPart("?")]) if isinstance(message, UserMessage) else message for message in request.messages
    ]
    return write_openai(attrs.evolve(request, messages=messages), stream=stream)


@pytest.mark.parametrize(
    ("write", "finding"),
    [
        (refuses, "write: a question: every wire can carry this"),
        (fails, "write: a question: raised KeyError: 'model-1, False'"),
        (joins_parts, "parse: a question: messages[0].content: expected 'What is the weather?', read '?'"),
    ],
)
def test_a_fault_of_the_client_is_named(write: Callable[..., RecordedRequest], finding: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(finding)):
        assert_dialect(OpenAIChat(), write)


def test_a_finding_is_given_once() -> None:
    with pytest.raises(AssertionError) as failed:
        assert_dialect(CannotParse(), write_openai)

    lines = str(failed.value).splitlines()
    assert "the dialect openai_chat:" == lines[0]
    assert len(set(lines)) == len(lines)


def test_the_first_findings_about_a_member_are_shown_and_the_others_counted() -> None:
    with pytest.raises(AssertionError) as failed:
        assert_dialect(CannotParse(), write_openai)

    about_parse = [line for line in str(failed.value).splitlines() if line.startswith("  parse: ")]
    assert 9 == len(about_parse)
    assert re.fullmatch(r"  parse: \d+ more cases", about_parse[-1])


@pytest.mark.parametrize(
    ("event", "stream_type", "problem"),
    [
        (b"event: a\ndata: {}\n\n", "text/event-stream; charset=utf-8", None),
        (b"data: {}\n", "text/event-stream", "a server-sent event ends with an empty line"),
        (b"{}\n\n", "text/event-stream", "a line of a server-sent event begins with a field, such as 'data:'"),
        (b": comment\n\n", "text/event-stream", "a server-sent event has a line of data"),
        (b"{}\n", "application/x-ndjson", None),
        (b"{}\n{}\n", "application/x-ndjson", "an event is one line with its end"),
        (b"{}", "application/x-ndjson", "an event is one line with its end"),
        (b"\x00\x01", "application/vnd.amazon.eventstream", None),
    ],
)
def test_the_framing_follows_the_content_type(event: bytes, stream_type: str, problem: str | None) -> None:
    assert problem == framing_problem(event, stream_type)


def test_an_exception_becomes_a_finding() -> None:
    findings = Findings()

    assert findings.attempt("body", "text", int, "x") is None
    assert 3 == findings.attempt("body", "text", int, "3")
    assert 1 == len(findings.lines)
