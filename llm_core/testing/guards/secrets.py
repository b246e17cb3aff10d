"""Finds the key and the prompt in text: in the spellings in which code writes them by accident."""

import base64
import functools
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from llm_core.domain.parts import TextPart
from llm_core.domain.requests import ChatRequest
from llm_core.testing.dialects.dialect import RecordedRequest

_RUN = re.compile(r"[A-Za-z']+(?:[ -]\w+){2,}", re.ASCII)  # three words or more, the same in JSON, repr and plain text
_LEAST_HALF = 8  # characters: fewer may stand elsewhere
_MAX_RUNS = 4  # of each message


@functools.lru_cache(maxsize=16)
def spellings(key: str) -> frozenset[str]:
    """Return *key* as it is, in a URL, in a repr, and in base64, alone or as the password of Basic authentication."""
    encoded = {base64.b64encode(f"{user}{key}".encode()).decode() for user in ("", ":")}
    return frozenset({key, quote(key, safe=""), repr(key)[1:-1], *encoded})


@functools.lru_cache(maxsize=16)
def traces(key: str) -> frozenset[str]:
    """Return the spellings of *key*, and each half of it: text that masks the ends of a key alone shows the key."""
    half = len(key) // 2
    halves = (key[start : start + half] for start in range(len(key) - half + 1)) if half >= _LEAST_HALF else ()
    return frozenset({*spellings(key), *halves})


def longest_in(text: str, secrets: Iterable[str]) -> str:
    """Return the longest of *secrets* that stands in *text*; empty if none does."""
    return max((secret for secret in secrets if secret in text), key=len, default="")


def prompt_runs(requests: Iterable[ChatRequest]) -> frozenset[str]:
    """Return runs of words of each message's text, long enough to stand nowhere else."""
    distinct = {id(request): request for request in requests}.values()
    return frozenset(run for request in distinct for run in _runs(request))


def places(request: RecordedRequest, key: str) -> list[str]:
    """Return where *key* stands in *request*, with a place as often as it stands there."""
    parts = {"the URL": request.path, "the body": request.body.decode(errors="replace")}
    parts |= {f"the header {name}": value for name, value in request.headers.items()}
    return [
        place for place, text in parts.items() for _ in range(sum(text.count(spelled) for spelled in spellings(key)))
    ]


def _runs(request: ChatRequest) -> Iterator[str]:
    for message in request.messages:
        content = message.content
        texts = [content] if isinstance(content, str) else [part.text for part in content if isinstance(part, TextPart)]
        for text in texts:
            yield from (found.group() for found, _ in zip(_RUN.finditer(text), range(_MAX_RUNS), strict=False))
