"""The usual variables name a proxy, and whom it is not for."""

import base64

import pytest

from llm_core import ChatRequest, ChatSettings, UserMessage
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.domain.errors import ConnectionFailedError
from llm_core.testing import FakeProvider, Recorder, Replies
from llm_core.testing.clauses.modes import EVERY, Mode, call_in_mode
from llm_core.transport.transports import proxy_of

ASK = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(timeout=5))
NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("REQUEST_METHOD", raising=False)
    proxy_of.cache_clear()  # what an earlier test, or an earlier run in this process, has told of a host


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


def answer(mode: Mode, host: str) -> str:
    """Return the answer of *host*; what is told of a host is remembered, so that each test asks one of its own."""
    chat = LiteLLMChat("openai/x", api_key="k", api_base=f"http://{mode}.{host}/v1")
    text = call_in_mode(chat, ASK, mode).text
    chat.close()
    return text


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_a_proxy_carries_the_request(
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
def test_a_proxy_without_a_scheme_is_one(mode: Mode, recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeProvider(Replies(), recorder=recorder) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.removeprefix("http://"))
        seen = answer(mode, "no-scheme.test")

    assert ("Hello.", 1) == (seen, recorder.count)


@pytest.mark.parametrize("mode", EVERY)
def test_a_proxy_is_told_who_asks(mode: Mode, recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeProvider(Replies(), recorder=recorder) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.replace("//", "//me:s%40cret@"))
        answer(mode, "who-asks.test")

    told = base64.b64encode(b"me:s@cret").decode()
    assert f"Basic {told}" == recorder.requests[0].headers["proxy-authorization"]


@pytest.mark.parametrize("mode", EVERY)
def test_whom_a_proxy_is_not_for_is_asked_without_it(
    mode: Mode, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = FakeProvider(Replies())
    nobody.close()

    with FakeProvider(Replies(), recorder=recorder) as fake_provider:
        monkeypatch.setenv("HTTP_PROXY", nobody.url)
        monkeypatch.setenv("NO_PROXY", "example.test,localhost,127.0.0.1")
        base = fake_provider.url.replace("127.0.0.1", "localhost")
        chat = LiteLLMChat("openai/x", api_key="k", api_base=f"{base}/{mode}/v1")
        seen = call_in_mode(chat, ASK, mode).text
        chat.close()

    assert ("Hello.", f"/{mode}/v1/chat/completions") == (seen, recorder.requests[0].path)


@pytest.mark.parametrize("mode", EVERY)
def test_a_proxy_is_asked_for_a_tunnel_where_nobody_may_listen(
    mode: Mode, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeProvider(Replies(), recorder=recorder) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        chat = LiteLLMChat("openai/x", api_key="k", api_base=f"https://{mode}.tunnel.test/v1")
        with pytest.raises(ConnectionFailedError) as caught:
            call_in_mode(chat, ASK, mode)
        chat.close()

    (request,) = recorder.requests
    assert ("CONNECT", f"{mode}.tunnel.test:443") == (request.method, request.path)
    assert "authorization" not in request.headers
    assert caught.value.retryable


@pytest.mark.parametrize("mode", EVERY)
def test_a_proxy_that_is_not_there_is_a_failed_connection(mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = FakeProvider(Replies())
    nobody.close()
    monkeypatch.setenv("HTTP_PROXY", nobody.url)

    with pytest.raises(ConnectionFailedError):
        answer(mode, "no-proxy-there.test")
