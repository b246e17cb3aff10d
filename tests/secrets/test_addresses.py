"""Tests for keys in a URL: none is shown, and each is masked in every encoding that a provider may quote."""

import pytest

from llm_core.adapters.litellm import LiteLLMChat
from llm_core.domain.settings import ChatSettings
from llm_core.transport.masking import shown_url, url_keys


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (None, "None"),
        ("", "''"),
        ("https://host:1/v1", "'https://host:1/v1'"),
        ("https://user:password@host:1/v1", "'https://****@host:1/v1'"),
        ("https://token@host/v1", "'https://****@host/v1'"),
        ("https://host/v1?key=secret", "'https://host/v1?****'"),
        ("https://host/v1#secret", "'https://host/v1#****'"),
        ("https://host/v1?key=secret#secret", "'https://host/v1?****#****'"),
        ("https://user:pass/word@host/v1", "'https://****@host/v1'"),
        ("https://user:pass?word#@host/v1?key=secret", "'https://****@host/v1?****'"),
        ("user:password@host/v1", "'****@host/v1'"),
        ("https://user:password@[::1/v1", "'****'"),  # not a valid URL: the bracket is open
    ],
)
def test_a_url_is_shown_without_its_keys(url: str | None, shown: str) -> None:
    seen = shown_url(url)

    assert shown == seen


@pytest.mark.parametrize(
    ("url", "keys"),
    [
        (None, set()),
        ("https://host:1/v1", set()),
        ("https://us%40er:pass@host/v1", {"us%40er:pass", "us%40er", "us@er", "pass", "dXNAZXI6cGFzcw=="}),
        ("https://host/v1?key=a%20b&other=c&flag", {"a%20b", "a b", "c"}),
        ("https://host/v1#secret", {"secret"}),
        ("https://user:pass/w@rd@host/v1", {"user:pass/w@rd", "pass/w@rd"}),
        ("https://user:pass#word@host", {"user:pass#word", "pass#word", "word@host"}),
        ("https://host/v1?mail=a@b", {"a@b"}),
        ("https://user:password@[::1/v1", {"https://user:password@[::1/v1"}),
    ],
)
def test_the_keys_of_a_url_are_returned_in_every_encoding(url: str | None, keys: set[str]) -> None:
    seen = set(url_keys(url))

    assert keys == seen


def test_the_repr_of_an_adapter_shows_neither_url_keys_nor_extra_settings() -> None:
    chat = LiteLLMChat(
        "openai/x", api_base="https://u:secret@host?k=v", settings=ChatSettings(extra={"token": "secret"})
    )

    seen = repr(chat)

    assert "api_base='https://****@host?****'" in seen
    assert "extra={'token': '****'}" in seen
    assert "secret" not in seen
