"""Sockets and lookups of the sync transport, in the cases that a usual call does not reach."""

import asyncio
import select
import socket
import ssl
import threading
from concurrent.futures import Future
from contextlib import closing
from typing import cast

import pytest

from llm_core.transport import async_connecting, async_lookups, lookups
from llm_core.transport.async_connecting import aconnect
from llm_core.transport.connecting import connect
from llm_core.transport.deadline import Deadline
from llm_core.transport.open_call import AbortedError, OpenCall
from llm_core.transport.socket_stream import SocketStream, UnsentError, _abort_first
from llm_core.transport.tls_over_tls import TLSOverTLS

LONG = 10.0  # seconds


def test_an_address_of_an_unknown_family_is_passed_over() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        addresses = [
            (cast(socket.AddressFamily, 9999), ("127.0.0.1", 1)),
            (socket.AF_INET, listener.getsockname()),
        ]
        with connect(addresses, Deadline(LONG)) as connected:
            assert listener.getsockname() == connected.getpeername()


@pytest.mark.parametrize(
    ("addresses", "message"),
    [
        ((), "the host has no address"),
        (((socket.AF_INET, ("255.255.255.255", 9)),), "unreachable|denied|permitted"),
    ],
)
def test_without_an_address_that_accepts_the_last_error_is_raised(
    addresses: tuple[lookups.Address, ...], message: str
) -> None:
    with pytest.raises(OSError, match=rf"(?i){message}"):
        connect(addresses, Deadline(LONG))


@pytest.mark.parametrize(
    ("expected", "host"),
    [
        ((socket.AF_INET, ("127.0.0.1", 80)), "127.0.0.1"),
        ((socket.AF_INET6, ("::1", 80, 0, 0)), "::1"),
        (None, "fe80::1%eth0"),
        (None, "localhost"),
    ],
)
def test_an_address_needs_no_lookup(expected: lookups.Address | None, host: str) -> None:
    assert expected == lookups.literal_address(host, 80)


def test_a_lookup_whose_thread_does_not_start_is_not_running(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", fail)  # as where the process may have no more threads

    with pytest.raises(RuntimeError, match="can't start new thread"):
        lookups.start_lookup("no-thread.test", 80)

    assert not any(lookups._running.values())


def test_an_async_lookup_waits_while_too_many_are_running(monkeypatch: pytest.MonkeyPatch) -> None:
    found: lookups.Lookup = Future()
    found.set_result(((socket.AF_INET6, ("fe80::1", 80, 0, 3)), (socket.AF_INET, ("127.0.0.1", 80))))
    answers = [found, None]
    monkeypatch.setattr(async_lookups, "start_lookup", lambda *_: answers.pop())

    found_addresses = asyncio.run(async_lookups.aaddresses_of("a.test", 80))

    assert ["fe80::1", "127.0.0.1"] == [place[0] for _, place in found_addresses]


def test_an_async_caller_connects_to_the_first_address_that_accepts() -> None:
    async def peer() -> object:
        with await aconnect(addresses) as connected:
            return connected.getpeername()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        addresses = [
            (cast(socket.AddressFamily, 9999), ("127.0.0.1", 1)),
            (socket.AF_INET, listener.getsockname()),
        ]
        assert listener.getsockname() == asyncio.run(peer())


@pytest.mark.parametrize(
    ("addresses", "message"),
    [
        ((), "the host has no address"),
        (((socket.AF_INET, ("255.255.255.255", 9)),), "unreachable|denied|permitted"),
    ],
)
def test_without_an_address_that_accepts_the_last_error_is_raised_to_an_async_caller(
    addresses: tuple[lookups.Address, ...], message: str
) -> None:
    with pytest.raises(OSError, match=rf"(?i){message}"):
        asyncio.run(aconnect(addresses))


def test_of_two_addresses_that_accept_at_once_one_connection_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(async_connecting, "NEXT_ADDRESS", 0.0)
    accepted: list[socket.socket] = []

    async def connect_to(places: list[lookups.Address]) -> int:
        with await aconnect(places):
            await asyncio.sleep(0.01)
            accepted.extend(listener.accept()[0] for listener in (first, second))
            return sum(bool(select.select([connection], [], [], 0)[0]) for connection in accepted)

    with socket.create_server(("127.0.0.1", 0)) as first, socket.create_server(("127.0.0.1", 0)) as second:
        places: list[lookups.Address] = [(socket.AF_INET, each.getsockname()) for each in (first, second)]
        closed = asyncio.run(connect_to(places))
    for connection in accepted:
        connection.close()

    assert 1 == closed


def test_a_call_of_the_parent_process_is_not_shut_down() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        call = OpenCall()
        call.attach(ours)
        call._process = -1

        call.abort()
        theirs.sendall(b"still open")

        assert b"still open" == ours.recv(64)


def test_an_abort_wins_over_other_errors_but_not_over_an_interrupt() -> None:
    call = OpenCall()
    call.abort()
    errors = _abort_first(Deadline(LONG, call))

    with pytest.raises(AbortedError), errors:
        raise ConnectionResetError
    with pytest.raises(KeyboardInterrupt), errors:
        raise KeyboardInterrupt


def test_an_idle_connection_is_readable_once_it_was_closed_by_either_side() -> None:
    ours, theirs = socket.socketpair()
    stream = SocketStream(ours)
    with closing(stream):
        seen = [stream.is_readable]
        theirs.close()
        seen.append(stream.is_readable)

    assert [False, True, True] == [*seen, stream.is_readable]


@pytest.mark.parametrize(("error_class", "reads"), [(UnsentError, True), (BrokenPipeError, False)])
def test_a_closed_connection_is_not_available_if_it_had_served_a_request(
    error_class: type[Exception], *, reads: bool
) -> None:
    ours, theirs = socket.socketpair()
    with closing(SocketStream(ours)) as stream:
        theirs.send(b"a")
        assert not reads or b"a" == stream.read(1, Deadline(LONG))
        theirs.close()

        with pytest.raises(error_class):
            stream.write(memoryview(b"request"), Deadline(LONG))


class FakeTLS(TLSOverTLS):
    """TLS over TLS on a pair of sockets, without the handshake."""

    def __init__(self, outer: socket.socket) -> None:
        self.outer = cast(ssl.SSLSocket, outer)
        self._until = None
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.create_default_context()
        self.inner = context.wrap_bio(self._incoming, self._outgoing, server_hostname="localhost")


def test_tls_over_tls_ends_with_the_connection_and_at_its_timeout() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        connection = FakeTLS(ours)
        connection.settimeout(0.0)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        connection.settimeout(None)
        theirs.shutdown(socket.SHUT_WR)
        with pytest.raises(ssl.SSLError):
            connection.recv(1)
        with pytest.raises(OSError, match="TLS within TLS within TLS"):
            SocketStream(connection).start_tls(ssl.create_default_context(), "localhost", Deadline(LONG))
