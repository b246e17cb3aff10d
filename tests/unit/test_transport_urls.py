"""Tests of URLs: what is sent of each, sync and async alike, and what is refused."""

import pytest

from llm_core import ChatRequest, InvalidRequestError, UserMessage
from llm_core.adapters.direct import DirectChat
from llm_core.testing import FakeProvider, RecordedRequest, Replies
from llm_core.testing.clauses.modes import EVERY, call_in_mode
from llm_core.testing.dialects.gemini import Gemini
from llm_core.testing.dialects.openai_chat import OpenAIChat
from llm_core.transport.urls import parse_url

REQUEST = ChatRequest(messages=[UserMessage("hi")])


class AnyOpenAIPath(OpenAIChat):
    """Reads a request at any address."""

    def parse(self, request: RecordedRequest) -> ChatRequest:
        assert request.body
        return REQUEST


class AnyGeminiPath(Gemini):
    """Reads a request at any address."""

    def parse(self, request: RecordedRequest) -> ChatRequest:
        assert request.body
        return REQUEST


@pytest.mark.parametrize(
    ("authority", "url"),
    [
        ("h", "http://h/v1"),
        ("h", "HTTP://H/v1"),
        ("h", "http://h:80/v1"),
        ("h:443", "http://h:443/v1"),
        ("h", "https://h:443/v1"),
        ("h:80", "https://h:80/v1"),
        ("h:0", "http://h:0/v1"),
        ("h:65535", "http://h:65535/v1"),
        ("h", "http://h:/v1"),
        ("h", "http://me:word@h/v1"),
        ("xn--bcher-kva.example", "http://bücher.example/v1"),
        ("xn--bcher-kva.example", "http://BÜCHER.example/v1"),
        ("xn--bcher-kva.example", "http://xn--bcher-kva.example/v1"),
        ("xn--fsqu00a.xn--0zwm56d:8080", "http://例子.测试:8080/v1"),
        ("my_host.local", "http://my_host.local/v1"),
        ("127.0.0.1", "http://127.0.0.1/v1"),
        ("[::1]", "http://[::1]/v1"),
        ("[::1]:8080", "http://[::1]:8080/v1"),
        ("[fe80::1%25eth0]", "http://[fe80::1%25eth0]/v1"),
    ],
)
def test_the_authority_is_host_and_port_in_ascii(authority: str, url: str) -> None:
    parsed = parse_url(url)

    assert (authority, "/v1") == (parsed.authority, parsed.target)
    assert f"{parsed.scheme}://{authority}/v1" == parsed.text


@pytest.mark.parametrize(
    ("target", "url"),
    [
        ("/", "http://h"),
        ("/?a=b", "http://h?a=b"),
        ("/", "http://h/"),
        ("/v1/", "http://h/v1/"),
        ("/a%20b", "http://h/a b"),
        ("/a%20b?c=d%20e", "http://h/a%20b?c=d e"),
        ("/%C3%A4?%C3%B6=%C3%BC", "http://h/ä?ö=ü"),
        ("/a%2Fb%zz", "http://h/a%2Fb%zz"),  # a percent sign stays: the path is encoded already
        ("/a/../b", "http://h/a/../b"),
        ("/a//b", "http://h/a//b"),
        ("/v1", "http://h/v1#fragment"),
        ("/a?b", "http://h/a?b#c?d"),
        ("/m:go?alt=sse&a=[b]", "http://h/m:go?alt=sse&a=[b]"),
        ("/a%22%3Cb%3E%5C%5E%60%7Bc%7D%7C", 'http://h/a"<b>\\^`{c}|'),
    ],
)
def test_the_target_is_percent_encoded_once_and_has_no_fragment(target: str, url: str) -> None:
    assert target == parse_url(url).target


@pytest.mark.parametrize(
    ("login", "url"),
    [
        (None, "http://h"),
        (("me", "word"), "http://me:word@h"),
        (("m@e", "w:/rd"), "http://m%40e:w%3A%2Frd@h"),
        (("me", ""), "http://me@h"),
        (("", "word"), "http://:word@h"),
        (("a@b", "c"), "http://a@b:c@h"),
    ],
)
def test_the_login_is_decoded_and_in_no_text(login: tuple[str, str] | None, url: str) -> None:
    parsed = parse_url(url)

    assert login == parsed.login
    assert "http://h/" == parsed.text
    assert "word" not in repr(parsed)


@pytest.mark.parametrize(
    "url",
    [
        *("", "h/v1", "//h/v1", "/v1", "h:80", "ftp://h", "file:///etc/passwd", "ws://h", "http", "http:", "http://"),
        *("http:///v1", "http://?a", "http://:80", "http://me@/v1", "http:h"),
        *("http://h:x", "http://h:-1", "http://h:65536", "http://h:99999", "http://h: 80"),
        *("http://a b", "http://h\\evil", "http://h%2F", "http://h^", "http://a,b", "http://h\x7f", "http://h<"),
        *("http://a\\@h", "http://h\\@a", "http://a\\b:c@h", "http://h:80\\v1", "http:\\\\h", "http:/\\h"),
        *(
            "http://127.1",
            "http://2130706433",
            "http://127.0.0.1.",
            "http://0127.0.0.1",
            "http://1.2.3.4.5",
            "http://.",
        ),
        *("http://[::1", "http://[zz]", "http://[]", "http://::1", "http://[::1]x"),
        *("http://" + "ä" * 64 + ".de", "http://ä..de", "http://h\ud800", "http://h/\ud800"),
    ],
)
def test_anything_else_is_an_invalid_request_that_does_not_quote_it(url: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        parse_url(url)

    assert "the address must be a URL that begins with http:// or https://" == caught.value.detail


@pytest.mark.parametrize(
    "text", ["http://h\r\nX-Evil: 1/", "http://h/a\r\nX-Evil: 1", "http://h/\t\n", "http://h/\x01"]
)
def test_no_line_break_or_control_character_is_sent(text: str) -> None:
    try:
        parsed = parse_url(text)
    except InvalidRequestError:
        return

    assert parsed.text.isprintable()
    assert " " not in parsed.text


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/a b/v1",
            "/a%20b/v1",
            "/a%2Fb%7Ec/v1",
            "/ä/v1",
            "/a/../b/v1",
            "/./v1",
            "/a//b",
            "/v1;x=1,2",
            "/~a/!$&'()*+",
        ),
        *("/v1%", "/%zz", "/a:b@c", "/[a]", '/"<>\\^`{|}', "/v1/"),
    ],
)
def test_sync_and_async_calls_send_the_same_target(path: str) -> None:
    with FakeProvider(Replies(), AnyOpenAIPath()) as fake_provider:
        for mode in EVERY:
            with DirectChat("hosted_vllm/m", api_base=f"{fake_provider.url}{path}") as chat:
                call_in_mode(chat, REQUEST, mode)
        expected = parse_url(f"{fake_provider.url}{path.rstrip('/')}/chat/completions").target

    assert [expected] * 4 == [request.path for request in fake_provider.recorder.requests]
    assert 1 == len({request.headers["host"] for request in fake_provider.recorder.requests})


@pytest.mark.parametrize(
    ("encoded", "model"),
    [
        ("..%2F..%2Fadmin", "../../admin"),
        ("a%23b", "a#b"),
        ("a%20b", "a b"),
        ("a%3Fkey%3D1", "a?key=1"),
        ("a%25b", "a%b"),
        ("%C3%A4", "ä"),
        ("a%0D%0Ab", "a\r\nb"),
    ],
)
def test_a_model_name_is_one_segment_of_the_path_in_every_mode(encoded: str, model: str) -> None:
    with FakeProvider(Replies(), AnyGeminiPath()) as fake_provider:
        for mode in EVERY:
            with DirectChat(f"gemini/{model}", api_key="k", api_base=f"{fake_provider.url}/v1beta") as chat:
                call_in_mode(chat, REQUEST, mode)

    whole, streamed = (
        f"/v1beta/models/{encoded}:generateContent",
        f"/v1beta/models/{encoded}:streamGenerateContent?alt=sse",
    )
    assert [whole, streamed, whole, streamed] == [request.path for request in fake_provider.recorder.requests]
