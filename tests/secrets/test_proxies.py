"""No output shows the password of a proxy, however the proxy answers and wherever it quotes what it received."""

import logging
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socket import SHUT_WR, create_server, socket

import pytest

from llm_core import ChatError, ChatRequest, ChatSettings, ConfigurationError, UserMessage
from llm_core.adapters.direct import DirectChat
from llm_core.testing.clauses.modes import EVERY, Mode, call_in_mode
from llm_core.transport.proxies import proxy_keys, proxy_of

from .searching import found, places_of

USER, PASSWORD = "proxy-user-planted", "proxy/p@ss word-planted"
LOGIN = "proxy-user-planted:proxy%2Fp%40ss%20word-planted"
BASIC = b64encode(f"{USER}:{PASSWORD}".encode()).decode()
SECRETS = {"password": PASSWORD, "quoted": "proxy%2Fp%40ss%20word-planted", "basic": BASIC}
REQUEST = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(timeout=2.0))
QUOTE = f"{LOGIN} {USER}:{PASSWORD} {PASSWORD!r} {BASIC}"

ANSWERS: dict[str, Callable[[bytes], bytes]] = {
    "407": lambda _: b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n",
    "502": lambda _: b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 4\r\n\r\nnope",
    "garbage": lambda _: b"SSH-2.0-OpenSSH_9.9\r\n",
    "nothing": lambda _: b"",
    "echoes in the body": lambda head: b"HTTP/1.1 407 No\r\ncontent-length: %d\r\n\r\n%b" % (len(head), head),
    "echoes in the reason": lambda _: f"HTTP/1.1 502 {QUOTE}\r\ncontent-length: 0\r\n\r\n".encode(),
    "echoes in a header": lambda _: f"HTTP/1.1 403 No\r\nx-you-sent: {QUOTE}\r\ncontent-length: 0\r\n\r\n".encode(),
    "echoes as garbage": lambda head: head + QUOTE.encode(),
    "quotes": lambda _: f"HTTP/1.1 500 No\r\ncontent-length: {len(QUOTE)}\r\n\r\n{QUOTE}".encode(),
}


@contextmanager
def _proxy(answer: Callable[[bytes], bytes]) -> Iterator[str]:
    """Yield the address of a proxy that answers the first request with *answer* of its head, and closes."""
    with create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5.0)
        thread = threading.Thread(target=_serve, args=(server, answer))
        thread.start()
        host, port = server.getsockname()
        yield f"{host}:{port}"
        thread.join()


def _serve(server: socket, answer: Callable[[bytes], bytes]) -> None:
    connection, _ = server.accept()
    with connection:
        connection.settimeout(5.0)
        head = b""
        while b"\r\n\r\n" not in head and (data := connection.recv(65_536)):
            head += data
        connection.sendall(answer(head))
        connection.shutdown(SHUT_WR)
        while connection.recv(65_536):
            pass


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("answer", ANSWERS)
def test_no_output_shows_the_password_of_a_proxy(
    answer: str, scheme: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    logging.getLogger().setLevel(logging.DEBUG)
    caplog.handler.setLevel(logging.DEBUG)
    seen = {}
    for mode in EVERY:
        with _proxy(ANSWERS[answer]) as address:
            monkeypatch.setenv("HTTP_PROXY", f"http://{LOGIN}@{address}")
            monkeypatch.setenv("HTTPS_PROXY", f"http://{LOGIN}@{address}")
            error = _error(f"{scheme}://{mode}.{answer.replace(' ', '-')}.proxied.test/v1", mode)
        assert isinstance(error, ChatError)
        seen[mode] = found(places_of(error, "the-prompt"), SECRETS)
    logging.getLogger().setLevel(logging.WARNING)

    assert {} == {mode: places for mode, places in seen.items() if places}
    assert {} == found({record.getMessage(): record.getMessage() for record in caplog.records}, SECRETS)


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize("address", ["127.0.0.1:99999", "127.0.0.1:port", "[::1", "bad host:8080", ""])
def test_an_unusable_proxy_does_not_show_its_password(
    address: str, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://{LOGIN}@{address}")

    error = _error(f"http://{mode}-{len(address)}.unusable.test/v1", mode)

    places = places_of(error, "the-prompt") if isinstance(error, ChatError) else {"str": str(error)}
    assert {} == found(places, SECRETS)


@pytest.mark.parametrize("mode", EVERY)
def test_a_proxy_whose_password_is_not_encoded_does_not_show_it(mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://{USER}:{PASSWORD}@127.0.0.1:9")

    error = _error(f"http://{mode}.raw-login.test/v1", mode)

    places = places_of(error, "the-prompt") if isinstance(error, ChatError) else {"str": str(error)}
    assert {} == found(places, {**SECRETS, "half": "ss word-planted"})


def test_the_logins_of_all_proxies_in_the_environment_are_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("all_proxy", "me:first-word@h:1")
    monkeypatch.setenv("HTTPS_PROXY", "socks5://you:second-word@h:1")
    monkeypatch.setenv("NO_PROXY", "h")

    assert {"me", "first-word", "you", "second-word"} <= set(proxy_keys())


def _error(base: str, mode: Mode) -> Exception:
    proxy_of.cache_clear()
    with DirectChat("openai/x", api_key="the-key", api_base=base) as chat:
        try:
            call_in_mode(chat, REQUEST, mode)
        except (ChatError, ConfigurationError) as error:
            return error
    raise AssertionError("the call succeeded")
