"""Keys in what providers say: the ones that were handed in, and whatever looks like one."""

import re
from collections.abc import Iterable, Iterator, Sequence

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
            text = text.replace(secret, "****")
    return _LOOKS_LIKE_A_KEY.sub("****", text)


def sent_keys(errors: Iterable[BaseException]) -> Iterator[str]:
    """Yield the keys of the requests that hang on *errors*: LiteLLM may have found one in the environment."""
    import httpx

    for error in errors:
        request = vars(error).get("request") or vars(error).get("_request")
        if isinstance(request, httpx.Request):
            told = (request.headers.get(name, "") for name in _KEY_HEADERS)
            yield from (value.rpartition(" ")[2] for value in told)  # without "Bearer"
