"""Tests of our connections of aiohttp: a response byte by byte, a lost connection, the check of idle ones."""

import asyncio
import select
import socket

import pytest
from aiohttp import ClientPayloadError
from aiohttp.http import HttpProcessingError

from llm_core.transport.aiohttp_parser import BodyChunks
from llm_core.transport.aiohttp_protocol import StrictProtocol, _readable_check
from llm_core.transport.response_parser import ResponseParser

HEAD = b"HTTP/1.1 200 OK\r\nx: y\r\ntransfer-encoding: chunked\r\n\r\n"
CHUNKED = HEAD + b"5;a=b\r\nHello\r\n7\r\n, world\r\n0\r\nx: y\r\nz: a\r\n\r\n"


def test_a_response_that_arrives_byte_by_byte_is_read() -> None:
    parser = ResponseParser()

    body = b"".join(parser.feed(CHUNKED[place : place + 1]) for place in range(len(CHUNKED)))

    assert (b"Hello, world", True, "", False) == (body, parser.done, parser.failure, parser.surplus)


@pytest.mark.parametrize(("sent", "surplus"), [(b"", False), (b"\r\n", True), (b"HTTP/1.1 200 OK\r\n", True)])
def test_bytes_behind_a_response_are_surplus(sent: bytes, *, surplus: bool) -> None:
    parser = ResponseParser()

    parser.feed(CHUNKED + sent)

    assert (True, surplus) == (parser.done, parser.surplus)


def test_a_response_that_a_server_sends_before_the_request_is_read() -> None:
    async def read() -> tuple[int, bytes]:
        protocol = StrictProtocol(asyncio.get_running_loop())
        protocol.data_received(CHUNKED)
        protocol.set_response_params()
        message, body = await protocol.read()
        return message.code, await body.readany()

    assert (200, b"Hello, world") == asyncio.run(read())


def test_a_response_whose_head_arrives_in_two_packets_is_read() -> None:
    async def read() -> tuple[int, bytes]:
        protocol = StrictProtocol(asyncio.get_running_loop())
        protocol.set_response_params()
        protocol.data_received(CHUNKED[:10])
        protocol.data_received(CHUNKED[10:])
        message, body = await protocol.read()
        return message.code, await body.readany()

    assert (200, b"Hello, world") == asyncio.run(read())


BODY = b"5\r\nHello\r\n"


@pytest.mark.parametrize(
    ("closes", "sent"),
    [(False, BODY + b"0\r\n\r\n"), (True, BODY + b"0\r\n\r\nHTTP/1.1 200 OK\r\n"), (True, BODY + b"no size\r\n")],
    ids=["whole", "bytes behind it", "malformed"],
)
def test_a_connection_is_closed_if_a_response_is_malformed_or_bytes_follow_it(sent: bytes, *, closes: bool) -> None:
    async def read() -> bool:
        protocol = StrictProtocol(asyncio.get_running_loop())
        protocol.set_response_params()
        protocol.data_received(HEAD)
        await protocol.read()
        protocol.data_received(sent)
        return bool(protocol.should_close)

    assert closes == asyncio.run(read())


def test_the_failure_of_a_connection_keeps_its_cause() -> None:
    async def read() -> BaseException | None:
        protocol = StrictProtocol(asyncio.get_running_loop())
        protocol.set_response_params()
        reading = asyncio.ensure_future(protocol.read())
        await asyncio.sleep(0)
        protocol.set_exception(OSError("lost"), TimeoutError("why"))
        with pytest.raises(OSError, match="lost") as caught:
            await reading
        return caught.value.__cause__

    assert "why" == str(asyncio.run(read()))


def test_a_malformed_head_is_an_error_of_aiohttp() -> None:
    async def read() -> str:
        protocol = StrictProtocol(asyncio.get_running_loop())
        protocol.set_response_params()
        protocol.data_received(b"ICY 200 OK\r\n\r\n")
        with pytest.raises(HttpProcessingError) as caught:
            await protocol.read()
        return caught.value.message

    assert "a malformed status line" == asyncio.run(read())


def test_a_malformed_chunk_is_the_failure_of_the_body_behind_the_data_before_it() -> None:
    async def read() -> tuple[bytes, str, bool]:
        protocol = StrictProtocol(asyncio.get_running_loop())
        protocol.set_response_params()
        protocol.data_received(HEAD + b"5\r\nHello\r\nx\r\n")
        _, body = await protocol.read()
        chunks = BodyChunks(body)
        first = await anext(chunks)
        with pytest.raises(ClientPayloadError) as caught:
            await anext(chunks)
        return first, str(caught.value), protocol.should_close

    assert (b"Hello", "a chunk with a malformed size", True) == asyncio.run(read())


def test_a_connection_that_is_lost_before_a_request_has_no_response() -> None:
    async def lose() -> bool:
        protocol = StrictProtocol(asyncio.get_running_loop())
        protocol.connection_lost(ConnectionResetError())
        return protocol.should_close

    assert asyncio.run(lose())


@pytest.mark.parametrize("is_closed", [True, False], ids=["closed", "open"])
def test_a_response_that_waits_in_the_socket_of_a_lost_connection_is_read(*, is_closed: bool) -> None:
    async def lose() -> tuple[int, bytes]:
        ours, theirs = socket.socketpair()
        ours.settimeout(0.0)
        with ours, theirs:
            protocol = StrictProtocol(asyncio.get_running_loop())
            protocol.connection_made(asyncio.Transport({"socket": ours}))
            protocol.set_response_params()
            theirs.sendall(CHUNKED)
            if is_closed:
                theirs.close()
            protocol.connection_lost(BrokenPipeError())
            message, body = await protocol.read()
            return message.code, await body.readany()

    assert (200, b"Hello, world") == asyncio.run(lose())


@pytest.mark.parametrize(("sent", "closes"), [(b"", False), (b"HTTP/1.1 200 OK\r\n", True)])
def test_bytes_that_follow_a_response_later_close_the_connection(sent: bytes, *, closes: bool) -> None:
    async def follow() -> tuple[bytes, bool, bool]:
        ours, theirs = socket.socketpair()
        loop = asyncio.get_running_loop()
        with theirs:
            transport, protocol = await loop.create_connection(lambda: StrictProtocol(loop), sock=ours)
            protocol.set_response_params()
            protocol.data_received(CHUNKED)
            _, body = await protocol.read()
            protocol.data_received(sent)
            seen = await body.readany(), protocol.should_close, transport.is_closing()
            transport.close()
            return seen

    assert (b"Hello, world", closes, closes) == asyncio.run(follow())


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
