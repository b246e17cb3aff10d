"""Malformed answers: sync and async callers read or refuse the same ones, and none that httpx refuses."""

from collections.abc import Iterator
from itertools import pairwise

import h11
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_core import ChatRequest, ChatSettings, UserMessage
from llm_core.adapters.direct import DirectChat
from llm_core.domain.errors import ChatError
from llm_core.testing.clauses.modes import EVERY, STREAMS, Mode, call_in_mode
from llm_core.testing.dialects.openai_chat import OpenAIChat
from llm_core.transport.response_head import MalformedResponseError, head_size
from llm_core.transport.response_parser import ResponseParser

from .fault_bodies import ANSWER
from .malformed_answers import ANSWERS, Answer
from .raw_server import RawReply, RawServer

REQUEST = ChatRequest(messages=[UserMessage("Well?")], settings=ChatSettings(timeout=10.0))
DIALECT = OpenAIChat()


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    """Import what the first call imports."""
    with RawServer(RawReply(packets=ANSWERS[0].packets), DIALECT) as server:
        for mode in EVERY:
            seen(server, mode)


def seen(server: RawServer, mode: Mode) -> tuple[type[ChatError] | None, bool]:
    """Return the error class, None for an answer, and whether the error has text of the answer."""
    with DirectChat("openai/x", api_key="k", api_base=f"{server.url}/v1") as chat:
        try:
            assert ANSWER.text == call_in_mode(chat, REQUEST, mode).text
        except ChatError as error:
            return type(error), bool(error.partial and error.partial.content)
    return None, False


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False) as client:
        yield client


def is_read_by_httpx(server: RawServer, client: httpx.Client) -> bool:
    try:
        client.post(server.url, content=b"{}")
    except httpx.TransportError:
        return False
    return True


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer.name)
def test_sync_and_async_callers_read_the_same_answers_and_none_that_httpx_refuses(
    answer: Answer, client: httpx.Client
) -> None:
    with RawServer(RawReply(packets=answer.packets), DIALECT) as server:
        outcomes = {mode: seen(server, mode) for mode in EVERY}
        is_read = is_read_by_httpx(server, client)

    expected = {mode: answer.streamed if mode in STREAMS else answer.whole for mode in EVERY}
    assert expected == {mode: error_class for mode, (error_class, _) in outcomes.items()}
    assert outcomes["stream"] == outcomes["astream"]
    assert is_read or answer.whole is not None


SEPARATORS = (b"\r\n", b"\n", b"\r", b" ", b"\t", b"\0", b":", b";", b",", b"\x0b", b"0", b"f", b"-")
LINES = (
    *(b"\r\n\r\n", b"0\r\n\r\n", b"content-length: 3\r\n", b"transfer-encoding: chunked\r\n"),
    *(b"connection: close\r\n", b"HTTP/1.1 100 C\r\n\r\n"),
)
SEEDS = [
    data for answer in ANSWERS for stream in (False,) if len(data := b"".join(answer.packets(DIALECT, stream))) < 3_000
]


@st.composite
def packets(draw: st.DrawFn) -> list[bytes]:
    """Draw an answer of the table, with fragments in odd places, cut into packets."""
    data = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(data)))
        data = data[:place] + draw(st.sampled_from(SEPARATORS + LINES)) + data[place + draw(st.integers(0, 3)) :]
    cuts = [0, *sorted(draw(st.lists(st.integers(0, len(data)), max_size=4))), len(data)]
    return [piece for start, end in pairwise(cuts) if (piece := data[start:end])]


@given(packets())
def test_our_parser_reads_what_h11_reads(pieces: list[bytes]) -> None:
    assert read_by_h11(pieces) == read_by_us(pieces)


Reading = tuple[str, int, bytes]


def read_by_us(pieces: list[bytes]) -> Reading:
    parser, body = ResponseParser(), b""
    try:
        for piece in pieces:
            body += b"" if parser.done else parser.feed(piece)
    except MalformedResponseError:
        return "refused", 0, b""
    parser.feed_eof()
    if parser.head is None:
        return "no head", 0, b""
    return "broken" if parser.failure else "read", parser.head.status, body


def read_by_h11(pieces: list[bytes]) -> Reading:
    connection, status, body = h11.Connection(h11.CLIENT, max_incomplete_event_size=100 * 1024), 0, b""
    connection.send(h11.Request(method="POST", target="/", headers=[("host", "a"), ("content-length", "0")]))
    connection.send(h11.EndOfMessage())
    try:
        for piece in [*pieces, b""]:
            if not piece and connection.their_state is h11.SEND_RESPONSE:
                return "no head", 0, b""
            if connection.their_state in (h11.DONE, h11.MUST_CLOSE, h11.CLOSED):
                break
            connection.receive_data(piece)
            while not isinstance(event := connection.next_event(), type | h11.EndOfMessage | h11.ConnectionClosed):
                status = event.status_code if isinstance(event, h11.Response) else status
                body += bytes(event.data) if isinstance(event, h11.Data) else b""
    except h11.RemoteProtocolError:
        return ("broken", status, body) if status else ("refused", 0, b"")
    return "read", status, body


@pytest.mark.parametrize(("size", "is_read"), [(65_536, True), (65_537, False)])
def test_the_bound_of_a_head_counts_names_and_values(size: int, *, is_read: bool) -> None:
    name, value = b"x", b"y" * (size - head_size([(b"x", b"")]))
    parser = ResponseParser()

    try:
        parser.feed(b"HTTP/1.1 204 No\r\n" + name + b": " + value + b"\r\n\r\n")
    except MalformedResponseError:
        assert not is_read

    assert is_read is (parser.head is not None)


@pytest.mark.parametrize(
    "start", [b"HTTP/1.1 200 OK\r\nx: ", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0;"]
)
def test_a_line_without_an_end_is_refused_at_100_kib(start: bytes) -> None:
    parser, problem = ResponseParser(), ""

    try:
        parser.feed(start)
        for _ in range(110):
            parser.feed(b"y" * 1_000)
            problem = parser.failure
    except MalformedResponseError as error:
        problem = str(error)

    assert problem.startswith("more than 102400 bytes")
