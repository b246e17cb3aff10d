"""Whom a certificate proves is asked, whom it does not is not: on a server of the tests' own, over loopback."""

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

ASK = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(timeout=10))
BODY = b'{"choices": [{"message": {"content": "Hi."}, "finish_reason": "stop"}]}'
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
ANSWER = HEAD % len(BODY) + BODY
SCRIPT = """
import asyncio, sys
from llm_core import ChatRequest, UserMessage
from llm_core.adapters.litellm import LiteLLMChat
chat, ask = LiteLLMChat("openai/x", api_key="k", api_base=sys.argv[1]), ChatRequest(messages=[UserMessage("hi")])
print(chat.complete(ask).text, asyncio.run(chat.acomplete(ask)).text)
chat.close()
"""


@attrs.frozen
class Secure:
    """Where the server listens, and the certificate that nobody else has signed."""

    url: str
    certificate: Path


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl here to make a certificate with")
    certificate, context = _made(tmp_path_factory.mktemp("certificate"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = threading.Thread(target=_serve, args=(listener, context), daemon=True)
        serving.start()
        yield Secure(f"https://localhost:{listener.getsockname()[1]}/v1", certificate)
        listener.shutdown(socket.SHUT_RDWR)
        serving.join()


def _made(place: Path) -> tuple[Path, ssl.SSLContext]:
    key, certificate = place / "key.pem", place / "certificate.pem"
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
            caller, _ = listener.accept()
        except OSError:
            return
        caller.settimeout(10)  # a test that failed may hold its end open
        with caller, suppress(OSError), context.wrap_socket(caller, server_side=True) as talk:
            request = b""
            while not request.endswith(b"}") and (more := talk.recv(65536)):
                request += more
            talk.sendall(ANSWER)


@pytest.mark.parametrize("mode", EVERY)
def test_a_certificate_that_nobody_signed_is_no_matter_of_trying_again(mode: Mode, secure: Secure) -> None:
    with pytest.raises(CertificateError) as caught:
        call_in_mode(LiteLLMChat("openai/x", api_key="k", api_base=secure.url), ASK, mode)

    assert not caught.value.retryable


def test_words_go_both_ways_once_a_connection_is_secure(secure: Secure) -> None:
    port = httpx.URL(secure.url).port
    assert port is not None
    context = ssl.create_default_context(cafile=str(secure.certificate))

    with (
        closing(DeadlineBackend().connect_tcp("127.0.0.1", port, 10.0)) as plain,
        closing(plain.start_tls(context, "localhost", 10.0)) as connection,
    ):
        connection.write(b"{}", 10.0)
        seen = connection.read(len(ANSWER), 10.0)

    assert ANSWER == seen


def test_a_certificate_that_the_system_trusts_is_enough(secure: Secure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(secure.certificate))

    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, secure.url], capture_output=True, text=True, timeout=120, check=False
    )

    assert ("Hi. Hi.\n", "") == (done.stdout, done.stderr)
