"""The spellings in which a provider, a library or a proxy may quote a secret."""

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

MIN_LENGTH = 4  # characters; a shorter text is not a key, and masking it would damage ordinary text
_HEX = re.compile(r"%[0-9A-F]{2}")


def spellings(secrets: Iterable[str]) -> list[str]:
    """Return *secrets* as they may stand in a text, the longest first.

    They stand as they are, stripped, or in a repr, a URL, JSON, HTML, or base64 as in Basic authentication.
    """
    found: set[str] = set()
    for secret in map(str, secrets):  # the repr of a SecretText is a mask
        for plain in {secret, secret.strip()}:
            if len(plain) >= MIN_LENGTH:
                found.update(_spelled(plain))
    return sorted(found, key=len, reverse=True)


def _spelled(plain: str) -> Iterator[str]:
    import html  # most processes mask nothing

    octets = plain.encode(errors="surrogatepass")
    yield plain
    yield from (repr(plain)[1:-1], ascii(plain)[1:-1], repr(octets)[2:-1])
    for safe in ("", "/", ":"):
        percent = quote(octets, safe=safe)
        yield from (percent, _HEX.sub(lambda code: code[0].lower(), percent))
    yield quote_plus(octets)
    for escaped in (json.dumps(plain)[1:-1], json.dumps(plain, ensure_ascii=False)[1:-1]):
        yield from (escaped, escaped.replace("/", "\\/"), json.dumps(escaped)[1:-1])
    yield html.escape(plain)
    for login in (octets, b":" + octets, octets + b":"):  # alone, and as the password or the user of Basic
        yield from _base64(login)


def _base64(octets: bytes) -> Iterator[str]:
    encoded = b64encode(octets).decode()
    yield from (encoded, encoded.rstrip("="), encoded.replace("+", "-").replace("/", "_"))
