"""Tests of an async connection: a response byte by byte, a lost connection, the check of idle ones."""

import asyncio
import select
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext, suppress
from typing import TypeVar

import pytest

from llm_core.transport import async_connection
from llm_core.transport.async_connection import AsyncConnection, _readable_check
from llm_core.transport.http_connection import BrokenResponseError
from llm_core.transport.open_call import AbortedError
from llm_core.transport.response_head import MalformedResponseError
from llm_core.transport.response_parser import ResponseParser

HEAD = b"HTTP/1.1 200 OK\r\nx: y\r\ntransfer-encoding: chunked\r\n\r\n"
CHUNKED = HEAD + b"5;a=b\r\nHello\r\n7\r\n, world\r\n0\r\nx: y\r\nz: a\r\n\r\n"
REQUEST = memoryview(b"request")
Seen = TypeVar("Seen")


def test_a_response_that_arrives_byte_by_byte_is_read() -> None:
    parser = ResponseParser()

    body = b"".join(parser.feed(CHUNKED[place : place + 1]) for place in range(len(CHUNKED)))

    assert (b"Hello, world", True, "", False) == (body, parser.done, parser.failure, parser.surplus)


@pytest.mark.parametrize(("sent", "surplus"), [(b"", False), (b"\r\n", True), (b"HTTP/1.1 200 OK\r\n", True)])
def test_bytes_behind_a_response_are_surplus(sent: bytes, *, surplus: bool) -> None:
    parser = ResponseParser()

    parser.feed(CHUNKED + sent)

    assert (True, surplus) == (parser.done, parser.surplus)


@pytest.mark.parametrize(("count", "is_refused"), [(999, False), (1001, True)])
def test_a_flood_of_interim_responses_is_malformed(count: int, *, is_refused: bool) -> None:
    parser = ResponseParser()

    with pytest.raises(MalformedResponseError, match="interim") if is_refused else nullcontext():
        parser.feed(b"HTTP/1.1 100 Continue\r\n\r\n" * count + CHUNKED)

    assert parser.done is not is_refused


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[AsyncConnection, socket.socket]]:
    """A connection, and the socket of its server."""
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.settimeout(10)
        _, connection = await asyncio.get_running_loop().create_connection(AsyncConnection, sock=ours)
        try:
            yield connection, theirs
        finally:
            connection.close()
            await asyncio.sleep(0)


def with_connection(work: Callable[[AsyncConnection, socket.socket], Awaitable[Seen]]) -> Seen:
    async def run() -> Seen:
        async with asyncio.timeout(10), connected() as (connection, server):
            return await work(connection, server)

    return asyncio.run(run())


async def read(connection: AsyncConnection) -> tuple[int, bytes]:
    head = await connection.send(REQUEST)
    return head.status, b"".join([data async for data in connection])


def test_a_response_that_a_server_sends_before_the_request_is_read() -> None:
    async def work(connection: AsyncConnection, server: socket.socket) -> tuple[int, bytes]:
        server.sendall(CHUNKED)
        await asyncio.sleep(0.01)
        return await read(connection)

    assert (200, b"Hello, world") == with_connection(work)


def test_a_response_that_a_server_sends_before_the_request_is_read_though_the_server_then_closes() -> None:
    async def work(connection: AsyncConnection, server: socket.socket) -> tuple[int, bytes]:
        server.sendall(b"HTTP/1.1 413 Too Large\r\n\r\nbody")
        server.close()
        await asyncio.sleep(0.01)
        return await read(connection)

    assert (413, b"body") == with_connection(work)


def test_a_response_whose_head_arrives_in_two_packets_is_read() -> None:
    async def work(connection: AsyncConnection, server: socket.socket) -> tuple[int, bytes, bytes]:
        reading = asyncio.create_task(read(connection))
        await asyncio.sleep(0.01)
        server.sendall(CHUNKED[:10])
        await asyncio.sleep(0.01)
        server.sendall(CHUNKED[10:])
        return *(await reading), server.recv(100)

    assert (200, b"Hello, world", b"request") == with_connection(work)


BODY = b"5\r\nHello\r\n"


@pytest.mark.parametrize(
    ("is_reusable", "sent"),
    [(True, BODY + b"0\r\n\r\n"), (False, BODY + b"0\r\n\r\nHTTP/1.1 200 OK\r\n"), (False, BODY + b"no size\r\n")],
    ids=["whole", "bytes behind it", "malformed"],
)
def test_a_connection_is_reusable_unless_a_response_is_malformed_or_bytes_follow_it(
    sent: bytes, *, is_reusable: bool
) -> None:
    async def work(connection: AsyncConnection, server: socket.socket) -> list[bool]:
        seen = [connection.is_reusable]
        server.sendall(HEAD + sent)
        with suppress(BrokenResponseError):
            await read(connection)
        return [*seen, connection.is_reusable]

    assert [False, is_reusable] == with_connection(work)


@pytest.mark.parametrize("ending", ["unread body", "unsent request"])
def test_a_connection_with_a_rest_to_read_or_to_send_is_not_reusable(ending: str) -> None:
    async def work(connection: AsyncConnection, server: socket.socket) -> bool:
        server.sendall(CHUNKED)
        if ending == "unread body":
            await connection.send(REQUEST)
        else:
            await connection.send(memoryview(bytes(2**24)))
            assert [b"Hello, world"] == [data async for data in connection]
        return connection.is_reusable

    assert not with_connection(work)


def test_a_malformed_head_is_refused() -> None:
    async def work(connection: AsyncConnection, server: socket.socket) -> str:
        server.sendall(b"ICY 200 OK\r\n\r\n")
        with pytest.raises(MalformedResponseError) as caught:
            await read(connection)
        return str(caught.value)

    assert "a malformed status line" == with_connection(work)


def test_a_malformed_chunk_is_the_failure_of_the_body_behind_the_data_before_it() -> None:
    async def work(connection: AsyncConnection, server: socket.socket) -> tuple[bytes, str]:
        server.sendall(HEAD + b"5\r\nHello\r\nx\r\n")
        await connection.send(REQUEST)
        first = await anext(connection)
        with pytest.raises(BrokenResponseError) as caught:
            await anext(connection)
        return first, str(caught.value)

    assert (b"Hello", "a chunk with a malformed size") == with_connection(work)


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (b"", "the server closed the connection without a response"),
        (HEAD[:20], "the server closed the connection without a response"),
        (HEAD + BODY, "the connection was closed within the body"),
    ],
)
def test_a_connection_that_the_server_closes_before_the_end_of_a_response_is_broken(sent: bytes, message: str) -> None:
    async def work(connection: AsyncConnection, server: socket.socket) -> str:
        server.sendall(sent)
        server.shutdown(socket.SHUT_WR)
        with pytest.raises(BrokenResponseError) as caught:
            await read(connection)
        return str(caught.value)

    assert message == with_connection(work)


def test_a_body_without_a_length_ends_with_the_connection() -> None:
    async def work(connection: AsyncConnection, server: socket.socket) -> tuple[int, bytes]:
        reading = asyncio.create_task(read(connection))
        server.sendall(b"HTTP/1.1 200 OK\r\n\r\nbody")
        await asyncio.sleep(0.01)
        server.shutdown(socket.SHUT_WR)
        return await reading

    assert (200, b"body") == with_connection(work)


@pytest.mark.parametrize("within_body", [False, True])
def test_what_ended_a_connection_is_raised_behind_what_arrived(*, within_body: bool) -> None:
    async def work(connection: AsyncConnection, server: socket.socket) -> list[object]:
        seen: list[object] = []
        server.sendall(HEAD + BODY if within_body else b"HTTP")
        reading = asyncio.create_task(connection.send(REQUEST))
        await asyncio.sleep(0.01)
        connection.connection_lost(ConnectionResetError("reset"))
        if within_body:
            await reading
            seen.append(await anext(connection))
        with pytest.raises(ConnectionResetError, match="reset"):
            await (anext(connection) if within_body else reading)
        return seen

    assert ([b"Hello"] if within_body else []) == with_connection(work)


def test_an_aborted_call_ends_with_that_error() -> None:
    async def work(connection: AsyncConnection, _: socket.socket) -> None:
        reading = asyncio.create_task(read(connection))
        await asyncio.sleep(0.01)
        connection.abort()
        with pytest.raises(AbortedError):
            await reading

    with_connection(work)


@pytest.mark.parametrize("size", [4, 2**19], ids=["a few", "so many that the connection is not read"])
def test_bytes_behind_the_answer_of_a_proxy_are_no_part_of_a_response_within_the_tunnel(size: int) -> None:
    async def work(connection: AsyncConnection, server: socket.socket) -> tuple[int, bytes]:
        connection.data_received(b"HTTP/1.1 200 Connection established\r\n\r\n" + b"a" * size)
        await connection.send(REQUEST)
        connection.start_over(connection.transport)
        connection.transport.resume_reading()  # as `start_tls` does
        server.sendall(CHUNKED)
        return await read(connection)

    assert (200, b"Hello, world") == with_connection(work)


class LostTransport(asyncio.Transport):
    """The transport of a connection whose write failed."""

    def write(self, data: object) -> None:
        pass

    def abort(self) -> None:
        pass


@pytest.mark.parametrize("is_closed", [True, False], ids=["closed", "open"])
def test_a_response_that_waits_in_the_socket_of_a_lost_connection_is_read(*, is_closed: bool) -> None:
    async def lose() -> tuple[int, bytes]:
        ours, theirs = socket.socketpair()
        ours.settimeout(0.0)
        with ours, theirs:
            connection = AsyncConnection()
            connection.connection_made(LostTransport({"socket": ours}))
            reading = asyncio.create_task(read(connection))
            await asyncio.sleep(0)
            theirs.sendall(CHUNKED)
            if is_closed:
                theirs.close()
            connection.connection_lost(BrokenPipeError())
            return await reading

    assert (200, b"Hello, world") == asyncio.run(lose())


@pytest.mark.parametrize("extra", [{}, {"sslcontext": object()}], ids=["no socket", "TLS"])
def test_of_a_lost_connection_without_a_plain_socket_nothing_more_is_read(extra: dict[str, object]) -> None:
    async def lose() -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            theirs.sendall(CHUNKED)
            connection = AsyncConnection()
            connection.connection_made(LostTransport(extra and {"socket": ours, **extra}))
            connection.connection_lost(BrokenPipeError())
            with pytest.raises(BrokenPipeError):
                await connection.send(REQUEST)

    asyncio.run(lose())


@pytest.mark.parametrize(("sent", "expires"), [(b"", False), (b"HTTP/1.1 200 OK\r\n", True)])
def test_bytes_that_follow_a_response_later_close_the_connection(sent: bytes, *, expires: bool) -> None:
    async def work(connection: AsyncConnection, server: socket.socket) -> list[bool]:
        server.sendall(CHUNKED)
        await read(connection)
        connection.rest()
        server.sendall(sent)
        seen = [connection.has_expired]  # the bytes wait in the socket
        await asyncio.sleep(0.01)
        return [*seen, connection.has_expired, connection.transport.is_closing()]

    assert [expires] * 3 == with_connection(work)


def test_an_idle_connection_expires() -> None:
    async def work(connection: AsyncConnection, server: socket.socket) -> list[bool]:
        server.sendall(CHUNKED)
        await read(connection)
        connection.rest()
        seen = [connection.has_expired]
        connection._idle_until = time.monotonic() - 1
        return [*seen, connection.has_expired]

    assert [False, True] == with_connection(work)


def test_a_connection_whose_body_waits_for_its_reader_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(async_connection, "_MAX_BUFFERED", 4)

    async def work(connection: AsyncConnection, server: socket.socket) -> tuple[list[bool], bytes]:
        server.sendall(HEAD + BODY)
        await connection.send(REQUEST)
        connection.data_received(BODY)  # which asyncio had read already
        paused = [not connection.transport.is_reading()]
        server.sendall(BODY + b"0\r\n\r\n")
        first = await anext(connection)
        paused.append(not connection.transport.is_reading())
        return paused, first + b"".join([data async for data in connection])

    assert ([True, False], b"Hello" * 3) == with_connection(work)


@pytest.mark.parametrize("has_poll", [True, False], ids=["poll", "select"])
def test_a_socket_is_readable_once_bytes_or_its_end_arrived(monkeypatch: pytest.MonkeyPatch, *, has_poll: bool) -> None:
    if not has_poll:
        monkeypatch.delattr(select, "poll")  # as on Windows
    ours, theirs = socket.socketpair()

    with ours, theirs:
        is_readable = _readable_check(asyncio.Transport({"socket": ours}))
        seen = [is_readable()]
        theirs.send(b"a")
        seen.append(is_readable())
        ours.recv(1)
        theirs.close()
        seen.append(is_readable())

    assert [False, True, True] == seen


def test_a_transport_without_a_socket_is_never_readable() -> None:
    assert not _readable_check(asyncio.Transport())()
