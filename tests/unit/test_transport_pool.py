"""The pool of idle connections of the sync transport, in the cases that a usual call does not reach."""

from typing import cast

import httpcore2
import pytest

from llm_core.domain.errors import BadResponseError
from llm_core.transport.connection_pool import ConnectionPool, PooledResponse
from llm_core.transport.deadline import Deadline
from llm_core.transport.httpcore_transport import send_with_httpcore
from llm_core.transport.open_call import OpenCall
from llm_core.transport.response_head import MAX_HEAD, head_size
from llm_core.wires.http_request import HTTPRequest

LONG = 10.0  # seconds


class FakeConnection:
    """A connection of httpcore2, of which a pool needs little."""

    def __init__(self, *, expired: bool = False) -> None:
        self.expired, self.closed = expired, False

    def has_expired(self) -> bool:
        return self.expired

    def is_available(self) -> bool:
        return not self.closed

    def is_idle(self) -> bool:
        return not self.closed

    def close(self) -> None:
        self.closed = True

    def handle_request(self, _: httpcore2.Request) -> httpcore2.Response:
        return httpcore2.Response(200)


class Emptied(list[httpcore2.ConnectionInterface]):
    """A list that another thread empties between a look at it and `pop`."""

    def __len__(self) -> int:
        return 2

    def pop(self, _: object = None) -> httpcore2.ConnectionInterface:
        self.__class__ = Empty
        raise IndexError


class Empty(Emptied):
    def __len__(self) -> int:
        return 0


def test_a_connection_that_another_thread_took_or_that_expired_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    pool, fresh, expired = ConnectionPool(None, None), FakeConnection(), FakeConnection(expired=True)
    monkeypatch.setattr(pool._factory, "create_connection", lambda _: fresh)
    request = httpcore2.Request("POST", "http://a.test/")
    place = (b"http", b"a.test", 80)

    pool._idle[place] = Emptied()
    first = pool.send(request, OpenCall())
    pool._idle[place] = cast(list[httpcore2.ConnectionInterface], [expired])
    second = pool.send(request, OpenCall())

    assert [fresh] * 2 == [cast(object, response._connection) for response in (first, second)]
    assert expired.closed


class ClosedByServer(FakeConnection):
    """An idle connection that accepts no byte."""

    def handle_request(self, _: httpcore2.Request) -> httpcore2.Response:
        raise httpcore2.ConnectionNotAvailable


def test_an_idle_connection_that_accepts_no_byte_is_closed_and_another_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    pool, fresh, stale = ConnectionPool(None, None), FakeConnection(), ClosedByServer()
    monkeypatch.setattr(pool._factory, "create_connection", lambda _: fresh)
    pool._idle[b"http", b"a.test", 80] = cast(list[httpcore2.ConnectionInterface], [stale])

    response = pool.send(httpcore2.Request("POST", "http://a.test/"), OpenCall())

    assert (fresh, True, False) == (cast(object, response._connection), stale.closed, fresh.closed)


class LongHead(FakeConnection):
    """Answers with a head of *size* bytes."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def handle_request(self, _: httpcore2.Request) -> httpcore2.Response:
        return httpcore2.Response(200, headers=[(b"x", b"y" * (self.size - head_size([(b"x", b"")])))])


@pytest.mark.parametrize(("size", "is_read"), [(MAX_HEAD, True), (MAX_HEAD + 1, False)])
def test_a_head_that_is_too_long_is_refused_and_its_connection_closed(
    monkeypatch: pytest.MonkeyPatch, size: int, *, is_read: bool
) -> None:
    pool, connection = ConnectionPool(None, None), LongHead(size)
    monkeypatch.setattr(pool._factory, "create_connection", lambda _: connection)
    request = HTTPRequest(url="http://a.test/", headers={}, content=b"{}")

    detail = None
    try:
        assert ["x"] == list(send_with_httpcore(pool, request, Deadline(LONG)).headers)
    except BadResponseError as error:
        detail = error.detail

    expected = None if is_read else f"a head of more than {MAX_HEAD} bytes"
    assert (expected, not is_read) == (detail, connection.closed)


def answered(pool: ConnectionPool, connection: FakeConnection, idle: list[FakeConnection]) -> PooledResponse:
    response = PooledResponse(
        httpcore2.Response(200, content=b"body"),
        cast(httpcore2.ConnectionInterface, connection),
        cast(list[httpcore2.ConnectionInterface], idle),
        pool,
        OpenCall(),
    )
    assert [b"body"] == list(response.chunks())
    return response


def test_the_oldest_idle_connection_is_closed_once_it_has_expired() -> None:
    pool, oldest, newest = ConnectionPool(None, None), FakeConnection(), FakeConnection()
    idle = [oldest]

    answered(pool, newest, idle).close()
    assert [oldest, newest] == idle
    oldest.expired = True
    answered(pool, FakeConnection(), idle).close()

    assert oldest.closed
    assert 2 == len(idle)


def test_a_connection_is_closed_if_its_return_to_the_pool_is_interrupted() -> None:
    class Interrupting(list[FakeConnection]):
        def append(self, _: FakeConnection) -> None:
            raise KeyboardInterrupt

    connection = FakeConnection()

    with pytest.raises(KeyboardInterrupt):
        answered(ConnectionPool(None, None), connection, Interrupting()).close()

    assert connection.closed


def test_a_connection_that_returns_to_a_closed_pool_is_closed() -> None:
    pool, connection = ConnectionPool(None, None), FakeConnection()
    pool.close()
    idle = pool._idle.setdefault((b"http", b"a.test", 80), [])

    answered(pool, connection, cast(list[FakeConnection], idle)).close()

    assert connection.closed
    assert [] == idle


def test_an_interrupt_before_there_is_a_connection_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: httpcore2.Origin) -> httpcore2.ConnectionInterface:
        raise KeyboardInterrupt

    pool = ConnectionPool(None, None)
    monkeypatch.setattr(pool._factory, "create_connection", interrupt)

    with pytest.raises(KeyboardInterrupt):
        pool.send(httpcore2.Request("POST", "http://a.test/"), OpenCall())
