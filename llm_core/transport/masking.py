"""Masks keys in a provider's text and in URLs: the known keys in every spelling, and everything that looks like one."""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from llm_core.domain.secret_spellings import MIN_LENGTH, spellings

_LOOKS_LIKE_A_KEY = re.compile(
    r"\b(?:sk|pk|rk|gsk|xai|hf|pplx|key|api)[-_][A-Za-z0-9_\-]{12,}"  # OpenAI, Anthropic, Groq, xAI, Hugging Face ...
    r"|\bAIza[A-Za-z0-9_\-]{20,}"  # Google
    r"|\bAKIA[A-Z0-9]{12,}"  # Amazon
    r"|\beyJ[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-.]{10,}"  # a JSON web token
    r"|(?<=[Bb]earer )[^\s\"']{8,}"
)
_LOGIN = re.compile(r"^(\w[\w+.-]*://)?.*@", re.DOTALL)
_RAW_LOGIN = re.compile(r"(?:\w[\w+.-]*://)?+([^/:]*:(.*))@", re.DOTALL)
_QUERY_OR_FRAGMENT = re.compile(r"([?#])[^?#]*")


def masked(text: str, secrets: Sequence[str]) -> str:
    """Return *text* with every one of *secrets*, and everything that looks like a key, as ``****``."""
    for spelling in spellings(secrets):
        text = _mask_cut_off(text.replace(spelling, "****"), spelling)
    return _LOOKS_LIKE_A_KEY.sub("****", text)


def credentials_of(value: str) -> Iterator[str]:
    """Yield what is secret in the *value* of a header: all of it, the key of ``Bearer key``, the login of Basic."""
    yield value
    scheme, _, key = value.strip().partition(" ")
    if key:
        yield key.strip()
    if scheme.lower() == "basic":
        try:
            login = b64decode(key.strip(), validate=True).decode()
        except ValueError:  # not base64, or not UTF-8
            return
        yield from (login, login.partition(":")[2])


def _mask_cut_off(text: str, secret: str) -> str:
    """Return *text* with a beginning of *secret* at its very end masked: the text may have been cut to a length."""
    start = max(0, len(text) - len(secret) + 1)
    while (start := text.find(secret[:MIN_LENGTH], start)) >= 0:
        if secret.startswith(text[start:]):
            return f"{text[:start]}****"
        start += 1
    return text


def url_keys(url: str | None) -> Iterator[str]:
    """Yield the parts of *url* that may be keys: user and password, plain and as Basic auth, query and fragment."""
    parts = _split(url or "")
    if parts is None:
        yield url or ""
        return
    login, at, _ = parts.netloc.rpartition("@")
    if at:
        user, _, password = login.partition(":")
        yield from filter(None, (login, user, password, unquote(user), unquote(password)))
        yield b64encode(unquote(f"{user}:{password}").encode()).decode()
    elif raw := _RAW_LOGIN.match(url or ""):  # its password holds a raw "/", "?" or "#"
        yield from (raw[1], raw[2])
    yield from filter(None, (parts.fragment, *(value for _, value in parse_qsl(parts.query))))
    yield from (value for pair in parts.query.split("&") if (value := pair.partition("=")[2]))


def masked_url(url: str) -> str:
    """Return *url* with user, password, query and fragment masked.

    Everything up to the last ``@`` counts as user and password: a password may hold a raw ``/``, ``?`` or ``#``.
    """
    if _split(url) is None:
        return "****"
    return _QUERY_OR_FRAGMENT.sub(r"\1****", _LOGIN.sub(r"\1****@", url))


def shown_url(url: str | None) -> str:
    """Return the repr of *url*, masked as `masked_url` does."""
    return repr(url if url is None else masked_url(url))


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:  # as in an unclosed IPv6 bracket; sending to it fails with its own error
        return None
