"""Tests of certificate checks in the direct lane, against a TLS server on loopback."""

import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import attrs
import httpx
import pytest

from llm_core import ChatRequest, ChatSettings, UserMessage
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.domain.errors import CertificateError
from llm_core.testing.clauses.modes import EVERY, Mode, call_in_mode
from llm_core.transport.deadline_backend import DeadlineBackend

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

    with (
        closing(DeadlineBackend().connect_tcp("127.0.0.1", port, 10.0)) as plain,
        closing(plain.start_tls(context, "localhost", 10.0)) as connection,
    ):
        connection.write(b"{}", 10.0)
        seen = connection.read(len(ANSWER), 10.0)

    assert ANSWER == seen


@pytest.mark.slow
def test_a_certificate_trusted_by_the_system_is_accepted(
    https_server: HTTPSServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(https_server.certificate))

    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, https_server.url], capture_output=True, text=True, timeout=120, check=False
    )

    assert ("Hi. Hi.\n", "") == (done.stdout, done.stderr)
