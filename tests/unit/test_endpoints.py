"""Tests of where a request goes and which one credential it carries, for each provider."""

import json
from base64 import b64encode
from collections.abc import Callable

import pytest

from llm_core import ChatRequest, ConfigurationError, Message, UserMessage
from llm_core.adapters.direct import DirectChat
from llm_core.domain.errors import AuthenticationError, ChatError, InvalidRequestError, ModelNotFoundError
from llm_core.providers.registry import all_profiles
from llm_core.testing import Fails, FakeProvider, Replies
from llm_core.testing.clauses.modes import EVERY, Mode, call_in_mode
from llm_core.transport.adapter_config import AdapterConfig
from llm_core.transport.direct_calls import DirectCalls
from llm_core.transport.endpoints import find_target, split_model
from llm_core.wires.http_request import HTTPRequest

from .provider_environment import KEY_VARIABLES, unset_all

KEY = "the-key"
HI: list[Message] = [UserMessage("hi")]
REQUEST = ChatRequest(messages=HI)
API_BASE = "http://here.test/v1"
ROWS = sorted(all_profiles())
BASES = {"anthropic": "http://here.test", "azure": "http://here.test", "ollama": "http://here.test"}
KEY_HEADERS = {"anthropic": "x-api-key", "gemini": "x-goog-api-key", "azure": "api-key", "openai": "Authorization"}
URLS = {
    "openai": "https://api.openai.com/v1/chat/completions",
    "openrouter": "https://openrouter.ai/api/v1/chat/completions",
    "groq": "https://api.groq.com/openai/v1/chat/completions",
    "mistral": "https://api.mistral.ai/v1/chat/completions",
    "deepseek": "https://api.deepseek.com/beta/chat/completions",
    "xai": "https://api.x.ai/v1/chat/completions",
    "fireworks_ai": "https://api.fireworks.ai/inference/v1/chat/completions",
    "perplexity": "https://api.perplexity.ai/chat/completions",
    "anthropic": "https://api.anthropic.com/v1/messages",
    "gemini": "https://generativelanguage.googleapis.com/v1beta/models/m-1:generateContent",
    "ollama_chat": "http://localhost:11434/api/chat",
    "cohere_chat": "https://api.cohere.com/v2/chat",
    "lm_studio": "http://localhost:1234/v1/chat/completions",
    "llamafile": "http://127.0.0.1:8080/v1/chat/completions",
}


@pytest.fixture(autouse=True)
def _an_empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    unset_all(monkeypatch)


def encoded(model: str, *, stream: bool = False, request: ChatRequest = REQUEST, **fields: object) -> HTTPRequest:
    config = AdapterConfig(**{"model": model, "api_key": KEY, **fields})  # type: ignore[arg-type]  # any of its fields
    return DirectCalls(config).attempt(request).encode(stream=stream)


def at_home(provider: str, **fields: object) -> HTTPRequest:
    """Return a request to *provider* at an address that every provider accepts."""
    return encoded(f"{provider}/m-1", **{"api_base": BASES.get(provider, API_BASE), **fields})  # type: ignore[arg-type]  # as above


def holding(text: str, request: HTTPRequest) -> dict[str, str]:
    return {name: value for name, value in request.headers.items() if text in value}


@pytest.mark.parametrize("provider", URLS)
def test_a_request_goes_to_the_documented_url_of_the_provider(provider: str) -> None:
    assert URLS[provider] == encoded(f"{provider}/m-1").url


@pytest.mark.parametrize("provider", ROWS)
def test_a_request_goes_to_api_base_if_it_is_set(provider: str) -> None:
    seen = encoded(f"{provider}/m-1", api_base="http://there.test/v1/")

    assert seen.url.startswith("http://there.test/v1")
    assert "//" not in seen.url.removeprefix("http://")


@pytest.mark.parametrize("provider", ROWS)
def test_the_key_is_sent_in_one_header_and_nowhere_else(provider: str) -> None:
    seen = at_home(provider, stream=True)

    assert 1 == len(holding(KEY, seen))
    assert KEY not in seen.url
    assert KEY.encode() not in seen.content
    assert KEY not in repr(seen)
    assert KEY not in repr(find_target(f"{provider}/m-1", AdapterConfig(model="x", api_key=KEY, api_base=API_BASE)))


@pytest.mark.parametrize(("provider", "header"), KEY_HEADERS.items())
def test_the_key_is_in_the_header_that_the_provider_documents(provider: str, header: str) -> None:
    assert [header] == list(holding(KEY, at_home(provider)))


@pytest.mark.parametrize("provider", ROWS)
def test_every_header_is_sent_once_with_the_expected_value(provider: str) -> None:
    headers = at_home(provider).headers

    lower = [name.lower() for name in headers]
    assert len(set(lower)) == len(lower)
    assert ("application/json", "identity", "llm-core") == tuple(
        headers[name] for name in ("Content-Type", "Accept-Encoding", "User-Agent")
    )


def test_headers_of_the_caller_are_sent_and_replace_others_in_any_case() -> None:
    seen = encoded("openai/m", headers={"user-agent": "mine", "X-Team": "blue", "CONTENT-TYPE": "application/x"})

    lower = {name.lower(): value for name, value in seen.headers.items()}
    assert ("mine", "blue", "application/x") == (lower["user-agent"], lower["x-team"], lower["content-type"])
    assert len(lower) == len(seen.headers)


# Which credential is sent: headers, then the key, then a login in the address, then the environment.
MINE, LOGIN = {"AUTHORIZATION": "Bearer mine"}, "http://me:pass%40word@here.test/v1"
BASIC = f"Basic {b64encode(b'me:pass@word').decode()}"


@pytest.mark.parametrize(
    ("expected", "headers", "key", "base"),
    [
        ("Bearer mine", MINE, KEY, LOGIN),
        ("Bearer mine", MINE, None, API_BASE),
        ("Bearer the-key", {}, KEY, LOGIN),
        ("Bearer the-key", {"X-Team": "blue"}, KEY, API_BASE),
        (BASIC, {}, None, LOGIN),
        ("Bearer of-the-environment", {}, None, API_BASE),
        ("Bearer of-the-environment", {}, "", API_BASE),
    ],
)
def test_exactly_one_credential_is_sent(
    expected: str, headers: dict[str, str], key: str | None, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "of-the-environment")

    seen = encoded("openai/m", headers=headers, api_key=key, api_base=base)

    assert [expected] == [value for name, value in seen.headers.items() if name.lower() == "authorization"]
    assert "http://here.test/v1/chat/completions" == seen.url


@pytest.mark.parametrize("provider", KEY_HEADERS)
@pytest.mark.parametrize("header", ["authorization", "X-Api-Key", "API-KEY", "x-Goog-Api-Key"])
def test_a_credential_among_the_headers_takes_the_place_of_the_key(provider: str, header: str) -> None:
    seen = at_home(provider, headers={header: "mine"})

    assert ({}, {header: "mine"}) == (holding(KEY, seen), holding("mine", seen))


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize("login", ["me:word", "me%3A:w%C3%B6rd", "me:", ":word", "me"])
def test_a_login_in_the_address_is_sent_as_basic_auth_in_every_mode(mode: Mode, login: str) -> None:
    with FakeProvider(Replies()) as fake_provider:
        base = f"{fake_provider.url}/v1".replace("://", f"://{login}@")
        with DirectChat("hosted_vllm/m", api_base=base) as chat:
            call_in_mode(chat, REQUEST, mode)
    (request,) = fake_provider.recorder.requests

    text = {"me:word": "me:word", "me%3A:w%C3%B6rd": "me::wörd", "me:": "me:", ":word": ":word", "me": "me:"}[login]
    assert f"Basic {b64encode(text.encode()).decode()}" == request.headers["authorization"]
    assert "/v1/chat/completions" == request.path


@pytest.mark.parametrize("mode", EVERY)
def test_a_login_is_masked_in_errors_in_every_spelling(mode: Mode) -> None:
    spellings = f"me-too pass%2Fword pass/word {b64encode(b'me-too:pass/word').decode()}"

    with FakeProvider(Fails(status=401, message=spellings)) as fake_provider:
        base = f"{fake_provider.url}/v1".replace("://", "://me-too:pass%2Fword@")
        with DirectChat("openai/m", api_base=base) as chat, pytest.raises(AuthenticationError) as caught:
            call_in_mode(chat, REQUEST, mode)

    assert "**** **** **** ****" in (caught.value.detail or "")
    assert not [secret for secret in spellings.split() if secret in repr(caught.value) + str(caught.value.detail)]


def test_a_login_of_the_environment_is_masked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeProvider(Fails(status=401, message="no: password")) as fake_provider:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{fake_provider.url}/v1".replace("://", "://me:password@"))
        with DirectChat("openai/m") as chat, pytest.raises(AuthenticationError) as caught:
            chat.complete(REQUEST)

    assert "no: ****" in (caught.value.detail or "")


@pytest.mark.parametrize(
    ("provider", "variable"), [(name, variable) for name, variables in KEY_VARIABLES.items() for variable in variables]
)
def test_a_key_is_read_only_from_the_variables_of_the_provider(
    provider: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in {other for variables in KEY_VARIABLES.values() for other in variables} - {*KEY_VARIABLES[provider]}:
        monkeypatch.setenv(name, f"of-{name}")
    monkeypatch.setenv(variable, KEY)

    seen = at_home(provider, api_key=None)

    assert (1, {}) == (len(holding(KEY, seen)), holding("of-", seen))


@pytest.mark.parametrize("provider", [name for name in ROWS if not all_profiles()[name].key_optional])
def test_a_missing_key_is_an_authentication_error_that_names_the_variables(
    provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in {other for variables in KEY_VARIABLES.values() for other in variables} - {*KEY_VARIABLES[provider]}:
        monkeypatch.setenv(name, "of-another")

    with pytest.raises(AuthenticationError) as caught:
        at_home(provider, api_key=None)

    variables = " or ".join(KEY_VARIABLES[provider]) or "a header"
    assert f"no key: set api_key or {variables}" == caught.value.detail
    assert (provider, f"{provider}/m-1") == (caught.value.provider, caught.value.model)


@pytest.mark.parametrize("provider", [name for name in ROWS if all_profiles()[name].key_optional])
def test_a_provider_with_an_optional_key_is_called_without_one(provider: str) -> None:
    names = {name.lower() for name in at_home(provider, api_key=None).headers}

    assert not {"authorization", "x-api-key", "api-key", "x-goog-api-key"} & names


@pytest.mark.parametrize("mode", EVERY)
def test_a_key_from_a_function_is_called_once_for_each_request(mode: Mode) -> None:
    keys = iter(["first", "second", "third"])

    with (
        FakeProvider(Replies()) as fake_provider,
        DirectChat("openai/m", api_key=lambda: next(keys), api_base=f"{fake_provider.url}/v1") as chat,
    ):
        call_in_mode(chat, REQUEST, mode)
        call_in_mode(chat, REQUEST, mode)

    sent = [request.headers["authorization"] for request in fake_provider.recorder.requests]
    assert (["Bearer first", "Bearer second"], "third") == (sent, next(keys))


def test_a_key_from_a_function_is_masked() -> None:
    with FakeProvider(Fails(status=401, message="no: wooden-spoon")) as fake_provider:
        chat = DirectChat("openai/m", api_key=lambda: "wooden-spoon", api_base=f"{fake_provider.url}/v1")
        with chat, pytest.raises(AuthenticationError) as caught:
            chat.complete(REQUEST)

    assert "no: ****" in (caught.value.detail or "")


def _failing(error: Exception) -> Callable[[], str]:
    def key() -> str:
        raise error

    return key


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize(
    ("problem", "key"),
    [
        ("raised KeyError", _failing(KeyError("secret-of-the-function"))),
        ("raised ConfigurationError", _failing(ConfigurationError("secret-of-the-function"))),
        ("returned no text", lambda: ""),
        ("returned no text", lambda: None),
        ("returned no text", lambda: b"key"),
    ],
)
def test_a_function_that_returns_no_key_is_an_authentication_error(
    mode: Mode, problem: str, key: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "of-the-environment")

    with FakeProvider(Replies()) as fake_provider:
        chat = DirectChat("openai/m", api_key=key, api_base=f"{fake_provider.url}/v1")
        with chat, pytest.raises(AuthenticationError) as caught:
            call_in_mode(chat, REQUEST, mode)

    error = caught.value
    assert (f"the function api_key {problem}", "openai", None) == (error.detail, error.provider, error.__context__)
    assert 0 == fake_provider.recorder.count


def test_a_function_is_not_called_where_a_header_is_the_credential() -> None:
    seen = encoded("openai/m", headers={"authorization": "Bearer mine"}, api_key=_failing(KeyError()))

    assert {"authorization": "Bearer mine"} == holding("mine", seen)


@pytest.mark.parametrize(
    ("model", "variables"), [("hosted_vllm/m", "HOSTED_VLLM_API_BASE"), ("azure/m", "AZURE_API_BASE")]
)
def test_a_missing_address_is_an_invalid_request_that_names_the_variable(model: str, variables: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        encoded(model)

    assert (f"no address: set api_base or {variables}", model) == (caught.value.detail, caught.value.model)


@pytest.mark.parametrize("variable", ["OPENAI_BASE_URL", "OPENAI_API_BASE"])
def test_the_address_is_read_from_the_variables_of_the_provider(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "http://mine.test/v9")

    assert "http://mine.test/v9/chat/completions" == encoded("openai/m").url


def test_azures_api_version_is_an_option_or_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_API_VERSION", "2030-01-01")

    seen = [
        encoded("azure/m", api_base=API_BASE, provider_options=options).url
        for options in ({"api_version": "2031-01-01"}, {})
    ]

    assert ["2031-01-01", "2030-01-01"] == [url.rpartition("=")[2] for url in seen]


@pytest.mark.parametrize(
    ("expected", "model", "base"),
    [
        ("http://h.test/v1/messages", "anthropic/m", "http://h.test/v1/messages"),
        ("http://h.test/v1/messages", "anthropic/m", "http://h.test/v1/"),
        ("http://h.test/v1/messages", "anthropic/m", "http://h.test"),
        ("http://h.test/v1/chat/completions", "openai/m", "http://h.test/v1/chat/completions"),
        ("http://h.test/a/chat/completions?x=1", "hosted_vllm/m", "http://h.test/a/chat/completions?x=1"),
        ("http://h.test/v2/chat", "cohere_chat/m", "http://h.test/v2/chat"),
        ("http://h.test/api/chat", "ollama_chat/m", "http://h.test/api/chat"),
    ],
)
def test_a_whole_address_is_used_as_it_is(expected: str, model: str, base: str) -> None:
    assert expected == encoded(model, api_base=base).url


@pytest.mark.parametrize("base", ["http://[half", "http://h:no/v1", "not a url", "ftp://h.test", "http://us:pass/w@h"])
@pytest.mark.parametrize("mode", EVERY)
def test_an_address_that_is_no_url_is_an_invalid_request_that_does_not_quote_it(mode: Mode, base: str) -> None:
    with DirectChat("openai/m", api_key=KEY, api_base=base) as chat, pytest.raises(InvalidRequestError) as caught:
        call_in_mode(chat, REQUEST, mode)

    assert "the address must be a URL that begins with http:// or https://" == caught.value.detail
    assert None is caught.value.__context__


@pytest.mark.parametrize(
    ("expected", "name"),
    [
        (("openai", "m"), "openai/m"),
        (("openrouter", "openai/gpt-5"), "openrouter/openai/gpt-5"),
        (("openai", "gpt-4o"), "gpt-4o"),
        (("openai", "o3-mini"), "o3-mini"),
        (("anthropic", "claude-sonnet-4-5"), "claude-sonnet-4-5"),
    ],
)
def test_the_provider_is_the_prefix_or_the_owner_of_the_family(expected: tuple[str, str], name: str) -> None:
    assert expected == split_model(name)


@pytest.mark.parametrize("name", ["mine", "/mine", "openai/", "/", "llama3.1", "not-gpt-5"])
@pytest.mark.parametrize("mode", EVERY)
def test_a_model_without_a_provider_is_not_found(mode: Mode, name: str) -> None:
    with DirectChat(name, api_key=KEY) as chat, pytest.raises(ModelNotFoundError) as caught:
        call_in_mode(chat, REQUEST, mode)

    assert (name, None) == (caught.value.model, caught.value.__context__)
    assert "name the model as in 'openai/gpt-5-mini'" in (caught.value.detail or "")


@pytest.mark.parametrize("mode", EVERY)
def test_an_unknown_provider_is_not_found(mode: Mode) -> None:
    with DirectChat("acme/m", api_key=KEY) as chat, pytest.raises(ChatError) as caught:
        call_in_mode(chat, REQUEST, mode)

    assert (ModelNotFoundError, "acme", "acme/m") == (type(caught.value), caught.value.provider, caught.value.model)


def test_gemini_streams_from_another_url() -> None:
    assert encoded("gemini/m", stream=True).url.endswith("/models/m:streamGenerateContent?alt=sse")


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("provider", ROWS)
def test_the_body_has_the_stream_flag_and_no_unset_setting(provider: str, *, stream: bool) -> None:
    seen = json.loads(at_home(provider, stream=stream).content)

    assert (stream and "contents" not in seen) == seen.get("stream", False)
    assert "hi" in json.dumps(seen.get("messages", seen.get("contents")))
    assert not {"temperature", "top_p", "n", "seed", "tools", "response_format"} & seen.keys()
    assert "temperature" not in json.dumps(seen)
