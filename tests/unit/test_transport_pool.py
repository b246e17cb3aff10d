"""The pool of idle connections of the sync transport, in the cases that a usual call does not reach."""

import socket
from collections.abc import Iterator

import pytest

from llm_core.domain.errors import InvalidRequestError
from llm_core.transport import connection_pool
from llm_core.transport.connection_pool import ConnectionPool, IdleConnections, PooledResponse
from llm_core.transport.deadline import Deadline
from llm_core.transport.http_connection import BrokenResponseError, HTTPConnection
from llm_core.transport.open_call import OpenCall
from llm_core.transport.response_head import MAX_HEAD, MalformedResponseError
from llm_core.transport.socket_stream import SocketStream
from llm_core.wires.http_request import HTTPRequest

LONG = 10.0  # seconds
REQUEST = HTTPRequest(url="http://a.test/", headers={"x": "y"}, content=b"{}")
PLACE = (None, "http", "a.test")
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nbody"


class Connections:
    """Makes connections over pairs of sockets, whose other ends have answered already."""

    def __init__(self) -> None:
        self.answer = ANSWER
        self.made: list[HTTPConnection] = []
        self.servers: list[socket.socket] = []

    def make(self, *_: object) -> HTTPConnection:
        ours, theirs = socket.socketpair()
        theirs.sendall(self.answer)
        self.made.append(HTTPConnection(SocketStream(ours)))
        self.servers.append(theirs)
        return self.made[-1]

    def make_idle(self) -> HTTPConnection:
        connection = self.make()
        connection.send(memoryview(b"request"), Deadline(LONG))
        assert [b"body"] == list(connection.chunks(Deadline(LONG)))
        connection.rest()
        return connection


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connections]:
    made = Connections()
    monkeypatch.setattr(connection_pool, "open_connection", made.make)
    yield made
    for connection in made.made:
        connection.close()
    for server in made.servers:
        server.close()


def is_closed(connection: HTTPConnection) -> bool:
    return connection.stream.below.fileno() < 0


class Emptied(list[HTTPConnection]):
    """A list that another thread empties between a look at it and `pop`."""

    def __len__(self) -> int:
        return 2

    def pop(self, _: object = None) -> HTTPConnection:
        self.__class__ = Empty
        raise IndexError


class Empty(Emptied):
    def __len__(self) -> int:
        return 0


def test_a_connection_that_another_thread_took_or_that_expired_is_not_used(connections: Connections) -> None:
    pool, expired = ConnectionPool(None, None), connections.make_idle()
    expired._idle_until = 0.0

    pool.idle._idle[PLACE] = Emptied()
    first = pool.send(REQUEST, Deadline(LONG))
    pool.idle._idle[PLACE] = [expired]
    second = pool.send(REQUEST, Deadline(LONG))

    assert connections.made[1:] == [response._connection for response in (first, second)]
    assert is_closed(expired)


def test_an_idle_connection_that_accepts_no_byte_is_closed_and_another_is_used(connections: Connections) -> None:
    pool, stale = ConnectionPool(None, None), connections.make_idle()
    stale.stream.below.shutdown(socket.SHUT_WR)
    pool.idle._idle[PLACE] = [stale]

    response = pool.send(REQUEST, Deadline(LONG))

    assert (connections.made[1], True) == (response._connection, is_closed(stale))


@pytest.mark.parametrize(("size", "is_read"), [(MAX_HEAD, True), (MAX_HEAD + 1, False)])
def test_a_head_that_is_too_long_is_refused_and_its_connection_closed(
    connections: Connections, size: int, *, is_read: bool
) -> None:
    long = b"x" * (size - len("y: \r\n") - len("content-length: 0\r\n"))
    connections.answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\ny: %s\r\n\r\n" % long
    pool, detail = ConnectionPool(None, None), None

    try:
        assert ["content-length", "y"] == list(pool.send(REQUEST, Deadline(LONG)).headers)
    except MalformedResponseError as error:
        detail = str(error)

    expected = None if is_read else f"a head of more than {MAX_HEAD} bytes"
    assert (expected, not is_read) == (detail, is_closed(connections.made[0]))


@pytest.mark.parametrize("headers", [{"x": "a\nb"}, {"x": "a\0"}, {"x y": "a"}, {"x:": "a"}, {"": "a"}])
def test_a_header_that_cannot_be_sent_is_refused_by_name_before_a_byte_is_sent(
    connections: Connections, headers: dict[str, str]
) -> None:
    pool = ConnectionPool(None, None)
    request = HTTPRequest(url="http://a.test/", headers=headers, content=b"{}")

    with pytest.raises(InvalidRequestError) as raised:
        pool.send(request, Deadline(LONG))

    assert f"the header {next(iter(headers))!r} cannot be sent" == raised.value.detail
    assert is_closed(connections.made[0])


def answered(connection: HTTPConnection, idle: IdleConnections[HTTPConnection]) -> PooledResponse:
    return PooledResponse(200, {}, connection, PLACE, idle, Deadline(LONG, OpenCall()))


def test_the_oldest_idle_connection_is_closed_once_it_has_expired(connections: Connections) -> None:
    oldest, newest = connections.make_idle(), connections.make_idle()
    kept = [oldest]
    idle = IdleConnections({PLACE: kept})

    answered(newest, idle).close()
    assert [oldest, newest] == kept
    oldest._idle_until = 0.0
    answered(connections.make_idle(), idle).close()

    assert is_closed(oldest)
    assert 2 == len(kept)


def test_a_connection_is_closed_if_its_return_to_the_pool_is_interrupted(connections: Connections) -> None:
    class Interrupting(list[HTTPConnection]):
        def append(self, _: HTTPConnection) -> None:
            raise KeyboardInterrupt

    connection = connections.make_idle()

    with pytest.raises(KeyboardInterrupt):
        answered(connection, IdleConnections({PLACE: Interrupting()})).close()

    assert is_closed(connection)


def test_a_connection_that_returns_to_a_closed_pool_is_closed(connections: Connections) -> None:
    kept, connection = [connections.make_idle()], connections.make_idle()
    idle = IdleConnections({PLACE: kept})
    idle.close()

    answered(connection, idle).close()

    assert is_closed(connection)
    assert [] == kept


def test_an_interrupt_before_there_is_a_connection_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> HTTPConnection:
        raise KeyboardInterrupt

    monkeypatch.setattr(connection_pool, "open_connection", interrupt)

    with pytest.raises(KeyboardInterrupt):
        ConnectionPool(None, None).send(REQUEST, Deadline(LONG))


@pytest.mark.parametrize(
    ("answer", "is_reusable"),
    [
        (ANSWER, True),
        (ANSWER + b"HTTP/1.1 200 OK\r\n", False),
        (ANSWER.replace(b"1.1", b"1.0"), False),
        (ANSWER.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), False),
    ],
)
def test_a_connection_is_used_again_if_nothing_came_behind_the_response_and_it_stays_open(
    connections: Connections, answer: bytes, *, is_reusable: bool
) -> None:
    connections.answer = answer
    pool = ConnectionPool(None, None)

    response = pool.send(REQUEST, Deadline(LONG))
    assert b"body" == b"".join(response.chunks())
    response.close()

    assert (is_reusable, not is_reusable) == (bool(pool.idle._idle.get(PLACE)), is_closed(connections.made[0]))


def test_an_interrupt_while_an_idle_connection_is_checked_closes_it(
    connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: HTTPConnection) -> bool:
        raise KeyboardInterrupt

    pool, idle = ConnectionPool(None, None), connections.make_idle()
    pool.idle._idle[PLACE] = [idle]
    monkeypatch.setattr(HTTPConnection, "has_expired", property(interrupt))

    with pytest.raises(KeyboardInterrupt):
        pool.send(REQUEST, Deadline(LONG))

    assert is_closed(idle)


def test_a_response_that_came_before_the_whole_request_was_sent_is_read_and_its_connection_closed(
    connections: Connections,
) -> None:
    connection: HTTPConnection = connections.make()
    connections.servers[0].close()  # the answer waits in our socket

    head = connection.send(memoryview(b"request"), Deadline(LONG))
    response = PooledResponse(head.status, {}, connection, PLACE, IdleConnections(), Deadline(LONG))
    assert [b"body"] == list(response.chunks())
    response.close()

    assert is_closed(connection)


def test_a_connection_that_ends_before_a_response_is_broken() -> None:
    ours, theirs = socket.socketpair()
    theirs.close()
    connection = HTTPConnection(SocketStream(ours))

    with pytest.raises(BrokenResponseError, match="without a response"):
        connection.send(memoryview(b""), Deadline(LONG))

    connection.close()
