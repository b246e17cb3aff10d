"""Keys in what providers say: the ones that were handed in, and whatever looks like one."""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

_LOOKS_LIKE_A_KEY = re.compile(
    r"\b(?:sk|pk|rk|gsk|xai|hf|pplx|key|api)[-_][A-Za-z0-9_\-]{12,}"  # OpenAI, Anthropic, Groq, xAI, Hugging Face ...
    r"|\bAIza[A-Za-z0-9_\-]{20,}"  # Google
    r"|\bAKIA[A-Z0-9]{12,}"  # Amazon
    r"|\beyJ[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-.]{10,}"  # a JSON web token
    r"|(?<=[Bb]earer )[^\s\"']{8,}"
)
_KEY_HEADERS = ("authorization", "x-api-key", "api-key", "x-goog-api-key")
_SHORTEST = 4  # characters; anything shorter is no key, and masking it would eat ordinary words


def masked(text: str, secrets: Sequence[str]) -> str:
    """Return *text* with every one of *secrets*, and everything that looks like a key, as ``****``."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            text = _without_its_beginning(text.replace(secret, "****"), secret)
    return _LOOKS_LIKE_A_KEY.sub("****", text)


def _without_its_beginning(text: str, secret: str) -> str:
    """Return *text*, which may have been cut to a length, without what it ends with of *secret*."""
    sizes = range(len(secret) - 1, _SHORTEST - 1, -1)
    cut = next((size for size in sizes if text.endswith(secret[:size])), 0)
    return f"{text[:-cut]}****" if cut else text


def url_keys(url: str | None) -> Iterator[str]:
    """Yield what of *url* may be a key: user and password, as they stand and as HTTP sends them, and what is asked."""
    parts = _split(url or "")
    if parts is None:
        yield url or ""
        return
    login, at, _ = parts.netloc.rpartition("@")
    if at:
        name, _, word = login.partition(":")
        yield from filter(None, (login, name, word, unquote(name), unquote(word)))
        yield b64encode(unquote(f"{name}:{word}").encode()).decode()
    yield from filter(None, (parts.fragment, *(value for _, value in parse_qsl(parts.query))))
    yield from (value for pair in parts.query.split("&") if (value := pair.partition("=")[2]))


def shown_url(url: str | None) -> str:
    """Return how *url* shows itself: without user, password, query and fragment."""
    parts = _split(url or "")
    if parts is None:
        return repr("****")
    _, at, host = parts.netloc.rpartition("@")
    told = {name: "****" for name in ("query", "fragment") if getattr(parts, name)}
    hidden = parts._replace(netloc=f"****@{host}" if at else host, **told)
    return repr(hidden.geturl() if at or told else url)


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:  # half an address in brackets: whoever asks there is told so
        return None


def sent_keys(errors: Iterable[BaseException]) -> Iterator[str]:
    """Yield the keys of the requests that hang on *errors*: LiteLLM may have found one in the environment."""
    import httpx

    for error in errors:
        request = vars(error).get("request") or vars(error).get("_request")
        if isinstance(request, httpx.Request):
            told = (request.headers.get(name, "") for name in _KEY_HEADERS)
            yield from (value.rpartition(" ")[2] for value in told)  # without "Bearer"
