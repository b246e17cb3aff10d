"""URLs of requests and proxies, parsed once for all transports, so that sync and async callers send the same one."""

import re
from functools import cached_property, lru_cache
from ipaddress import IPv4Address
from urllib.parse import quote, unquote, urlsplit

import attrs

from llm_core.domain.errors import InvalidRequestError

_PORTS = {"http": 80, "https": 443}
_KEPT = "!#$%&'()*+,/:;=?@[]~"  # characters that stay as they are: a path and a query are encoded already
_NUMBERS = re.compile(r"[0-9.]+")
_HOST = re.compile(r"[a-z0-9.\-_]+|\[[0-9a-f:.]+(%25[\w.\-]+)?\]")


@attrs.frozen(kw_only=True)
class ParsedURL:
    """An absolute URL of HTTP."""

    scheme: str
    """``http`` or ``https``."""
    host: str
    """The host in ASCII, an IPv6 address without brackets."""
    port: int | None
    """The port, if it is not the scheme's own."""
    target: str = attrs.field(repr=False)
    """Path and query, percent-encoded; begins with a slash. A query may hold a key."""
    login: tuple[str, str] | None = attrs.field(default=None, repr=False)
    """User and password, decoded."""

    @property
    def actual_port(self) -> int:
        """The port, whether it is the scheme's own or not."""
        return self.port or _PORTS[self.scheme]

    @cached_property
    def authority(self) -> str:
        """Host and port, as the Host header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    @property
    def text(self) -> str:
        """The URL without user and password."""
        return f"{self.scheme}://{self.authority}{self.target}"


@lru_cache(maxsize=256)
def parse_url(url: str) -> ParsedURL:
    """Return *url* parsed.

    Raises:
        InvalidRequestError: it is not an absolute URL of HTTP.
    """
    try:
        parts = urlsplit(url)
        port, host = parts.port, _ascii_host(parts.hostname or "")
        if "\\" in parts.netloc or parts.netloc.rpartition("@")[2].partition("]")[2][:1] not in ("", ":"):
            raise ValueError(url)  # some parsers read a backslash as a slash, and find another host
        target = quote(f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}", safe=_KEPT)
    except ValueError:  # as for an unclosed bracket, a port that is not a number, a host that IDNA refuses
        host, port, parts, target = "", None, urlsplit(""), ""
    if parts.scheme not in _PORTS or not host:
        raise InvalidRequestError(detail="the address must be a URL that begins with http:// or https://")
    login = None if parts.username is None else (unquote(parts.username), unquote(parts.password or ""))
    return ParsedURL(
        scheme=parts.scheme,
        host=host,
        port=None if port == _PORTS[parts.scheme] else port,
        target=target,
        login=login,
    )


def _ascii_host(host: str) -> str:
    """Return *host* in ASCII. Raises ValueError if it is not a host name or an IP address."""
    if not host.isascii():
        host = host.encode("idna").decode()
    if _HOST.fullmatch(f"[{host}]" if ":" in host else host) is None:
        raise ValueError(host)
    if _NUMBERS.fullmatch(host):
        IPv4Address(
            host
        )  # "127.1" and "2130706433" are short forms of addresses, which HTTP libraries read differently
    return host


def host_of(url: str) -> str | None:
    """Return host and port of *url*, as the Host header has them; None if it is not an absolute URL of HTTP."""
    try:
        return parse_url(url).authority
    except InvalidRequestError:
        return None
