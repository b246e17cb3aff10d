"""Tests for the proxy variables of the environment, and for the hosts that `NO_PROXY` excludes."""

import base64

import pytest

from llm_core import ChatRequest, ChatSettings, UserMessage
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.domain.errors import ConfigurationError, ConnectionFailedError
from llm_core.testing import FakeProvider, Recorder, Replies
from llm_core.testing.clauses.modes import EVERY, Mode, call_in_mode
from llm_core.transport.proxies import proxy_of

REQUEST = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(timeout=5))
NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("REQUEST_METHOD", raising=False)
    proxy_of.cache_clear()  # an earlier test, or an earlier run in this process, may have cached a host


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


EXCLUDED = [
    ("http://example.test/", "*"),
    ("http://example.test/", "other.test, Example.TEST"),
    ("http://api.example.test/", "example.test"),
    ("http://api.example.test/", ".example.test"),
    ("http://api.example.test/", "*.example.test"),
    ("http://example.test:8080/", "example.test:8080"),
    ("https://example.test/", "example.test:443"),
    ("http://example.test/", "http://example.test"),
    ("http://example.test/", "all://example.test"),
    ("http://10.1.2.3/", "10.0.0.0/8"),
    ("http://10.1.2.3:81/", "10.1.2.3:81"),
    ("http://10.1.2.3/", "10.1.2.3"),
    ("http://[fd00::1]/", "fd00::/8"),
    ("http://[fd00::1]:82/", "[fd00::1]:82"),
    ("http://[fd00::1]:82/", "[fd00::1]"),
    ("http://[fd00::1]/", "fd00::1"),
]
INCLUDED = [
    ("http://example.test/", ""),
    ("http://example.test/", ", ,"),
    ("http://example.test/", "ample.test"),
    ("http://example.test:8081/", "example.test:8080"),
    ("https://example.test/", "example.test:80"),
    ("http://example.test/", "https://example.test"),
    ("http://11.1.2.3/", "10.0.0.0/8"),
    ("http://10.1.2.3/", "10.1.2"),
    ("http://10.1.2.3/", "fd00::/8"),
    ("http://[fd00::1]:82/", "[fd00::1]:83"),
    ("http://example.test/", "10.0.0.0/8"),
]


@pytest.mark.parametrize(
    ("expected", "url", "entries"),
    [(True, *case) for case in EXCLUDED] + [(False, *case) for case in INCLUDED],
)
def test_no_proxy_excludes_domains_addresses_and_networks_on_any_or_one_port(
    monkeypatch: pytest.MonkeyPatch, url: str, entries: str, *, expected: bool
) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://proxy.test:3128")
    monkeypatch.setenv("NO_PROXY", entries)

    assert expected is (proxy_of(url) is None)


SECRET = "s3cret-of-the-proxy"  # noqa: S105 -- looked for in errors
UNUSABLE = [
    ("ALL_PROXY", f"socks5://me:{SECRET}@{{host}}", "ALL_PROXY: a SOCKS proxy is not supported"),
    ("HTTP_PROXY", f"socks5h://me:{SECRET}@{{host}}", "HTTP_PROXY: a SOCKS proxy is not supported"),
    ("http_proxy", f"SOCKS4://me:{SECRET}@{{host}}", "HTTP_PROXY: a SOCKS proxy is not supported"),
    ("ALL_PROXY", f"ftp://me:{SECRET}@{{host}}", "ALL_PROXY: a proxy of this scheme is not supported"),
    ("HTTP_PROXY", f"http://me:{SECRET}@{{host}}9999999", "HTTP_PROXY: it is not the URL of a proxy"),
]


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize(("variable", "value", "message"), UNUSABLE)
def test_a_proxy_that_cannot_be_used_is_a_configuration_error_before_anything_is_sent(
    variable: str, value: str, message: str, mode: Mode, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeProvider(Replies(), recorder=recorder) as proxy:
        monkeypatch.setenv(variable, value.format(host=proxy.url.removeprefix("http://")))
        with pytest.raises(ConfigurationError, match=f"^{message}") as caught:
            answer(mode, "socks.test")
        connected = not recorder.has_open(0)

    assert (0, False) == (recorder.count, connected)
    assert SECRET not in f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"


def answer(mode: Mode, host: str) -> str:
    """Return the answer of *host*; the proxy of a host is cached, so each test uses a host name of its own."""
    chat = LiteLLMChat("openai/x", api_key="k", api_base=f"http://{mode}.{host}/v1")
    text = call_in_mode(chat, REQUEST, mode).text
    chat.close()
    return text


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_the_request_is_sent_through_the_proxy_of_the_environment(
    variable: str, mode: Mode, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeProvider(Replies(), recorder=recorder) as proxy:
        monkeypatch.setenv(variable, proxy.url)
        seen = answer(mode, f"{variable.lower().replace('_', '-')}-{variable[0].isupper()}.test")
        freed = recorder.all_freed()

    (request,) = recorder.requests
    assert ("Hello.", True) == (seen, freed)
    assert request.path.startswith(f"http://{mode}.")
    assert request.path.endswith(".test/v1/chat/completions")
    assert "proxy-authorization" not in request.headers


@pytest.mark.parametrize("mode", EVERY)
def test_a_proxy_url_without_a_scheme_is_accepted(
    mode: Mode, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeProvider(Replies(), recorder=recorder) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.removeprefix("http://"))
        seen = answer(mode, "no-scheme.test")

    assert ("Hello.", 1) == (seen, recorder.count)


@pytest.mark.parametrize("mode", EVERY)
def test_the_credentials_of_the_proxy_url_are_sent_to_the_proxy(
    mode: Mode, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeProvider(Replies(), recorder=recorder) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.replace("//", "//me:s%40cret@"))
        answer(mode, "who-asks.test")

    credentials = base64.b64encode(b"me:s@cret").decode()
    assert f"Basic {credentials}" == recorder.requests[0].headers["proxy-authorization"]


@pytest.mark.parametrize("mode", EVERY)
def test_a_host_in_no_proxy_is_reached_without_the_proxy(
    mode: Mode, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    unreachable = FakeProvider(Replies())
    unreachable.close()

    with FakeProvider(Replies(), recorder=recorder) as fake_provider:
        monkeypatch.setenv("HTTP_PROXY", unreachable.url)
        monkeypatch.setenv("NO_PROXY", "example.test,localhost,127.0.0.1")
        base = fake_provider.url.replace("127.0.0.1", "localhost")
        chat = LiteLLMChat("openai/x", api_key="k", api_base=f"{base}/{mode}/v1")
        seen = call_in_mode(chat, REQUEST, mode).text
        chat.close()

    assert ("Hello.", f"/{mode}/v1/chat/completions") == (seen, recorder.requests[0].path)


@pytest.mark.parametrize("mode", EVERY)
def test_a_tunnel_is_opened_for_https_and_the_proxy_receives_no_key(
    mode: Mode, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeProvider(Replies(), recorder=recorder) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        chat = LiteLLMChat("openai/x", api_key="k", api_base=f"https://{mode}.tunnel.test/v1")
        with pytest.raises(ConnectionFailedError) as caught:
            call_in_mode(chat, REQUEST, mode)
        chat.close()

    (request,) = recorder.requests
    assert ("CONNECT", f"{mode}.tunnel.test:443") == (request.method, request.path)
    assert "authorization" not in request.headers
    assert caught.value.retryable


@pytest.mark.parametrize("mode", EVERY)
def test_an_unreachable_proxy_is_a_failed_connection(mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    unreachable = FakeProvider(Replies())
    unreachable.close()
    monkeypatch.setenv("HTTP_PROXY", unreachable.url)

    with pytest.raises(ConnectionFailedError):
        answer(mode, "no-proxy-there.test")
