"""Tests of certificate checks in the direct lane, against a TLS server on loopback."""

import asyncio
import select
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import attrs
import httpx
import pytest

from llm_core import ChatRequest, ChatSettings, UserMessage
from llm_core.adapters.direct import DirectChat
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.domain.errors import CertificateError, ConfigurationError
from llm_core.testing.clauses.modes import EVERY, Mode, call_in_mode
from llm_core.transport.connecting import connect
from llm_core.transport.deadline import Deadline
from llm_core.transport.proxies import proxy_of
from llm_core.transport.socket_stream import SocketStream

REQUEST = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(timeout=10))
BODY = b'{"choices": [{"message": {"content": "Hi."}, "finish_reason": "stop"}]}'
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
ANSWER = HEAD % len(BODY) + BODY
SCRIPT = """
import asyncio, sys
from llm_core import ChatRequest, UserMessage
from llm_core.adapters.litellm import LiteLLMChat
chat, request = LiteLLMChat("openai/x", api_key="k", api_base=sys.argv[1]), ChatRequest(messages=[UserMessage("hi")])
print(chat.complete(request).text, asyncio.run(chat.acomplete(request)).text)
chat.close()
"""


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


@attrs.frozen
class HTTPSServer:
    """The base URL of the server and its self-signed certificate."""

    url: str
    certificate: Path


@pytest.fixture(scope="module")
def https_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HTTPSServer]:
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    certificate, context = _make_certificate(tmp_path_factory.mktemp("certificate"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = threading.Thread(target=_serve, args=(listener, context), daemon=True)
        serving.start()
        yield HTTPSServer(f"https://localhost:{listener.getsockname()[1]}/v1", certificate)
        listener.shutdown(socket.SHUT_RDWR)
        serving.join()


def _make_certificate(directory: Path) -> tuple[Path, ssl.SSLContext]:
    key, certificate = directory / "key.pem", directory / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return certificate, context


def _serve(listener: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        connection.settimeout(10)  # a test that failed may keep its end open
        with connection, suppress(OSError), context.wrap_socket(connection, server_side=True) as tls:
            request = b""
            while not request.endswith(b"}") and (more := tls.recv(65536)):
                request += more
            tls.sendall(ANSWER)


@pytest.mark.parametrize("mode", EVERY)
def test_an_untrusted_certificate_is_an_error_that_is_not_retryable(mode: Mode, https_server: HTTPSServer) -> None:
    with pytest.raises(CertificateError) as caught:
        call_in_mode(LiteLLMChat("openai/x", api_key="k", api_base=https_server.url), REQUEST, mode)

    assert not caught.value.retryable


def test_a_tls_connection_of_the_deadline_backend_writes_and_reads(https_server: HTTPSServer) -> None:
    port = httpx.URL(https_server.url).port
    assert port is not None
    context = ssl.create_default_context(cafile=str(https_server.certificate))

    deadline = Deadline(10.0)
    with (
        closing(SocketStream(connect([(socket.AF_INET, ("127.0.0.1", port))], deadline))) as plain,
        closing(plain.start_tls(context, "localhost", deadline)) as connection,
    ):
        connection.write(memoryview(b"{}"), deadline)
        seen = connection.read(len(ANSWER), deadline)

    assert ANSWER == seen


@contextmanager
def keeping_server(folder: Path) -> Iterator[tuple[HTTPSServer, list[int]]]:
    """A server that answers every request of a connection, and the requests of each connection."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    certificate, context = _make_certificate(folder)
    served: list[int] = []

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connection.settimeout(10)
                served.append(0)
                with connection, suppress(OSError), context.wrap_socket(connection, server_side=True) as tls:
                    while tls.recv(65536):
                        served[-1] += 1
                        tls.sendall(ANSWER.replace(b"connection: close\r\n", b""))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = threading.Thread(target=serve, daemon=True)
        serving.start()
        yield HTTPSServer(f"https://localhost:{listener.getsockname()[1]}/v1", certificate), served
        listener.shutdown(socket.SHUT_RDWR)
        serving.join()


def test_calls_in_turn_share_a_tls_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def call_thrice(chat: DirectChat) -> None:
        async with chat:
            for _ in range(3):
                await chat.acomplete(REQUEST)

    with keeping_server(tmp_path) as (server, served):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(server.certificate))
        with DirectChat("openai/x", api_key="k", api_base=server.url) as chat:
            for _ in range(3):
                chat.complete(REQUEST)
        asyncio.run(call_thrice(DirectChat("openai/x", api_key="k", api_base=server.url)))

    assert [3, 3] == served


@pytest.mark.slow
def test_a_certificate_trusted_by_the_system_is_accepted(
    https_server: HTTPSServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(https_server.certificate))

    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, https_server.url], capture_output=True, text=True, timeout=120, check=False
    )

    assert ("Hi. Hi.\n", "") == (done.stdout, done.stderr)


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_bundle_of_the_environment_replaces_the_certificates_of_the_system(
    variable: str, mode: Mode, https_server: HTTPSServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(https_server.certificate))

    with LiteLLMChat("openai/x", api_key="k", api_base=https_server.url) as chat:
        assert call_in_mode(chat, REQUEST, mode).text == "Hi."


def test_the_certificates_of_openssls_variables_are_trusted_beside_a_bundle(
    https_server: HTTPSServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(Path(__file__).parents[1] / "faults" / "self_signed.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(https_server.certificate))

    with LiteLLMChat("openai/x", api_key="k", api_base=https_server.url) as chat:
        assert chat.complete(REQUEST).text == "Hi."


def test_a_bundle_may_be_a_folder_of_hashed_names(
    https_server: HTTPSServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    command = ("openssl", "x509", "-hash", "-noout", "-in", str(https_server.certificate))
    hashed = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.strip()
    (tmp_path / f"{hashed}.0").write_bytes(https_server.certificate.read_bytes())
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))

    with LiteLLMChat("openai/x", api_key="k", api_base=https_server.url) as chat:
        assert chat.complete(REQUEST).text == "Hi."


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize(
    ("content", "problem"),
    [(None, "there is no such file or folder"), ("not a certificate", "no certificates can be read from it: SSLError")],
)
def test_a_bundle_that_cannot_be_read_is_a_configuration_error(
    content: str | None, problem: str, mode: Mode, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_text(content)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))

    with pytest.raises(ConfigurationError, match=rf"\AREQUESTS_CA_BUNDLE: {problem}\Z"):
        call_in_mode(LiteLLMChat("openai/x", api_key="k", api_base="https://127.0.0.1:9"), REQUEST, mode)


@contextmanager
def https_proxy(server: HTTPSServer) -> Iterator[str]:
    """Serve one tunnel to *server*, over TLS with the same certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server.certificate, server.certificate.with_name("key.pem"))
    port = httpx.URL(server.url).port

    def relay(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        connection.settimeout(10)
        with suppress(OSError), context.wrap_socket(connection, server_side=True) as outer:
            while not outer.recv(65536).endswith(b"\r\n\r\n"):
                pass
            with socket.create_connection(("127.0.0.1", port), 10) as inner:
                outer.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                relay_bytes(outer, inner)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=relay, args=(listener,), daemon=True)
        thread.start()
        yield f"https://localhost:{listener.getsockname()[1]}"
        thread.join()


def relay_bytes(outer: ssl.SSLSocket, inner: socket.socket) -> None:
    """Copy both ways until *outer* ends, in one thread: OpenSSL lets no two threads use one connection."""
    waiting: list[socket.socket] = [outer, inner]
    while True:
        ready = [outer] if outer.pending() else select.select(waiting, [], [], 10)[0]
        for source in ready:
            data = source.recv(65536)
            if not data and source is outer:
                return
            if not data:
                waiting.remove(inner)  # the client, which has the whole response, ends the connection
            (inner if source is outer else outer).sendall(data)


@pytest.mark.parametrize("mode", ["complete", "stream"])
def test_a_provider_is_reached_over_tls_through_a_proxy_with_tls(
    mode: Mode, https_server: HTTPSServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(https_server.certificate))
    large = ChatRequest(messages=[UserMessage("hi" * 20_000)], settings=ChatSettings(timeout=10))

    with https_proxy(https_server) as url:
        monkeypatch.setenv("HTTPS_PROXY", url)
        proxy_of.cache_clear()
        with LiteLLMChat("openai/x", api_key="k", api_base=https_server.url) as chat:
            assert call_in_mode(chat, large, mode).text == "Hi."
    proxy_of.cache_clear()
