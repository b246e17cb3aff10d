"""A dialect of an author's own: what it must define, its defaults, and how the contract takes it."""

import json
from http.client import HTTPConnection

import pytest
from tiny_dialect import TinyDialect, write

from llm_core import ChatPort, ChatRequest, ChatSettings, UserMessage
from llm_core.testing import Dialect, Fails, FakeProvider, NotExpressibleError, RecordedRequest, Replies, Scenario
from llm_core.testing.clauses.author_api import ContractAuthorApi
from llm_core.testing.clauses.field_comparison import texts_in
from llm_core.testing.dialects.answer_documents import answer_documents
from llm_core.testing.dialects.registry import as_dialect

PLAIN = ChatRequest(model="m", messages=[UserMessage("Hi.")], settings=ChatSettings(timeout=3))


class LeastDialect(Dialect):
    """Only what a dialect must define."""

    name = "least"

    def parse(self, request: RecordedRequest) -> ChatRequest:
        return ChatRequest(model="m", messages=[UserMessage(request.body.decode())])

    def body(self, reply: Replies) -> bytes:
        return json.dumps({"text": reply.text}).encode()

    def events(self, reply: Replies) -> tuple[bytes, ...]:
        return (b"data: " + self.body(reply) + b"\n\n",)

    def error(self, failure: Fails) -> bytes:
        return json.dumps({"problem": failure.message}).encode()


class TestAnAuthorsOwnDialect(ContractAuthorApi):
    def test_it_is_accepted_in_place_of_a_name(self) -> None:
        provider = self.fake_provider(Replies(), dialect=TinyDialect())

        assert provider.url.startswith("http://127.0.0.1:")
        assert ChatSettings() == self.expected_request(PLAIN).settings

    def test_what_it_cannot_express_is_skipped_with_its_name(self) -> None:
        with pytest.raises(NotExpressibleError, match=r"^tiny cannot express: an answer without text"):
            self.fake_provider(Replies(text=None), dialect=TinyDialect())

    def arrange(self, scenario: Scenario) -> ChatPort:
        raise AssertionError(f"no clause is checked: {scenario}")


class OnlyStreams(TinyDialect):
    """A wire whose answers are all streams, which never break off whole."""

    always_streams = True

    def body(self, reply: Replies) -> bytes:
        raise NotImplementedError("it is never called")

    def inexpressible(self, scenario: Scenario, *, streams: bool) -> str | None:
        return super().inexpressible(scenario, streams=streams) if streams else "an answer that is not a stream"


class TestADialectThatOnlyStreams(ContractAuthorApi):
    def test_its_scenarios_are_those_of_streams_in_every_mode(self) -> None:
        provider = self.fake_provider(Replies(text="Hello."), dialect=OnlyStreams())
        body = write(PLAIN, stream=False).body
        caller = HTTPConnection(provider.url.removeprefix("http://"))

        caller.request("POST", "/ask", body=body)

        with caller.getresponse() as answer:
            assert "text/event-stream" == answer.headers["content-type"]
            assert answer.read().startswith(b'data: {"text": "Hell"}\n\n')
        caller.close()

    def test_the_finish_reason_of_an_answer_is_read_in_its_events(self) -> None:
        documents = answer_documents(OnlyStreams(), Replies(text="A long answer.", finish_reason="enough"))

        assert [{"text": "A long answer."}, "enough"] == [documents[0], *texts_in(documents[1]) - {"answer-1"}]

    def arrange(self, scenario: Scenario) -> ChatPort:
        raise AssertionError(f"no clause is checked: {scenario}")


def test_a_name_is_looked_up_and_an_instance_is_kept() -> None:
    mine = LeastDialect()

    assert mine is as_dialect(mine)
    assert "gemini" == as_dialect("gemini").name
    with FakeProvider(Replies(), mine) as provider:
        assert provider.url


def test_what_a_dialect_must_define_is_required_when_it_is_created() -> None:
    class Unfinished(Dialect):
        name = "unfinished"

    with pytest.raises(TypeError, match=r"abstract methods '?body'?, '?error'?, '?events'?, '?parse'?"):
        Unfinished()  # type: ignore[abstract]


def test_the_defaults_fit_a_wire_with_json_and_server_sent_events() -> None:
    dialect, sent = LeastDialect(), write(PLAIN, stream=True)
    waits = Fails(status=429, retry_after=7.0)

    assert ("text/event-stream", b": keep-alive\n\n", 0) == (
        dialect.stream_type,
        dialect.keep_alive,
        dialect.leading_events,
    )
    assert dialect.arguments_as_text
    assert frozenset() == dialect.required_settings
    assert ChatSettings() == dialect.normalise(PLAIN).settings
    assert dialect.auxiliary(sent) is None
    assert [True, False] == [dialect.streams(sent), dialect.streams(write(PLAIN, stream=False))]
    assert dialect.inexpressible(Replies(), streams=True) is None
    assert Replies() == dialect.visible(Replies()) == dialect.answers(Replies(), sent)
    assert (429, (("retry-after", "7"),)) == (dialect.status(waits), dialect.headers(waits))
    assert () == dialect.headers(Fails(status=500))
    assert b'data: {"problem": "it went wrong"}\n\n' == dialect.error_event(waits)
    with pytest.raises(json.JSONDecodeError):
        json.loads(dialect.broken_event().removeprefix(b"data: "))
