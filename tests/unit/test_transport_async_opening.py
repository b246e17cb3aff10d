"""Tests of opening async connections: a proxy that hangs up behind its answer, and the timeout of the handshake."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from llm_core.transport.async_opening import aopen_connection
from llm_core.transport.urls import parse_url

CERTIFICATE = Path(__file__).parents[1] / "faults" / "self_signed.pem"


@contextmanager
def proxy(*, tls: bool) -> Iterator[str]:
    """The address of a proxy that closes each connection behind its answer."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)

    def listen() -> None:
        with suppress(OSError):
            while True:
                caller, _ = listener.accept()
                with suppress(OSError), context.wrap_socket(caller, server_side=True) if tls else caller as stream:
                    stream.recv(65536)
                    stream.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield f"http{'s' if tls else ''}://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_a_proxy_that_closes_the_connection_behind_its_answer_is_an_error_and_no_callback_of_ours_fails(
    *, tls: bool
) -> None:
    reported: list[dict[str, object]] = []
    certificates = ssl.create_default_context(cafile=str(CERTIFICATE))

    async def open_tunnel(address: str) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
        with pytest.raises(
            (OSError, TypeError)
        ):  # TypeError: from `SSLProtocol._abort` of asyncio in 3.11, reported too
            async with asyncio.timeout(10):
                await aopen_connection(parse_url("https://example.test/v1"), parse_url(address), certificates)
        await asyncio.sleep(0.01)

    with proxy(tls=tls) as address:
        asyncio.run(open_tunnel(address))

    assert [] == [context for context in reported if "connection_lost" in str(context["message"])]


class LosingLoop(asyncio.SelectorEventLoop):
    """A loop in which a connection is closed while TLS begins."""

    async def start_tls(self, *_: object, **__: object) -> None:
        """Return no transport, as asyncio does then."""


def test_a_connection_that_is_closed_while_tls_begins_is_an_os_error() -> None:
    async def open_tunnel(address: str) -> None:
        with pytest.raises(ConnectionResetError, match="handshake"):
            await aopen_connection(
                parse_url("https://example.test/v1"), parse_url(address), ssl.create_default_context()
            )

    with proxy(tls=False) as address, asyncio.Runner(loop_factory=LosingLoop) as runner:
        runner.run(open_tunnel(address))


class HurriedLoop(asyncio.SelectorEventLoop):
    """A loop whose clock runs 500 times as fast."""

    def time(self) -> float:
        return super().time() * 500


def test_the_handshake_of_tls_takes_as_long_as_the_caller_waits() -> None:
    async def tick() -> None:
        while True:  # noqa: ASYNC110 -- so that the selector never sleeps for the hurried time
            await asyncio.sleep(0)

    async def open_slowly(port: int) -> None:
        ticking = asyncio.create_task(tick())
        url = parse_url(f"https://127.0.0.1:{port}/v1")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(100):
                await aopen_connection(url, None, ssl.create_default_context(cafile=str(CERTIFICATE)))
        ticking.cancel()

    with socket.create_server(("127.0.0.1", 0)) as silent, asyncio.Runner(loop_factory=HurriedLoop) as runner:
        runner.run(open_slowly(silent.getsockname()[1]))
