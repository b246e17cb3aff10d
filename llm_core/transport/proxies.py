"""Which proxy a request takes: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, as curl and requests read them."""

import ipaddress
import os
import sys
from collections.abc import Iterator
from functools import lru_cache

from llm_core.domain.errors import ConfigurationError, InvalidRequestError
from llm_core.domain.secret_text import SecretText

from .masking import url_keys
from .urls import ParsedURL, parse_url

_OWN_SETTINGS = ("darwin", "win32")  # platforms that have settings of proxies beside the environment
_PORTS = {"http": 80, "https": 443}


@lru_cache(maxsize=256)
def proxy_of(url: str) -> str | None:
    """Return the URL of the proxy for *url*, or None; the environment is read once per URL.

    Raises:
        ConfigurationError: the proxy is none of HTTP, as a SOCKS proxy. The message names the variable, not its value.
    """
    if sys.platform not in _OWN_SETTINGS and not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    from urllib.request import getproxies, proxy_bypass  # slow to import

    parsed = parse_url(url)
    proxies = getproxies()
    name = parsed.scheme if proxies.get(parsed.scheme) else "all"
    proxy = proxies.get(name)
    if not proxy or is_excluded(parsed, proxies.get("no", "")) or proxy_bypass(parsed.host):
        return None
    proxy = SecretText(proxy if "://" in proxy else f"http://{proxy}")  # it may hold a password
    _require_http(proxy, f"{name.upper()}_PROXY")
    return proxy


def is_excluded(url: ParsedURL, no_proxy: str) -> bool:
    """Return whether an entry of NO_PROXY covers *url*: ``*``, a domain with its subdomains, an address or a network.

    A port behind the entry limits it to that port: ``localhost:8080``, ``[::1]:8080``.
    """
    return any(_covers(entry.strip().lower(), url) for entry in no_proxy.split(","))


def _covers(entry: str, url: ParsedURL) -> bool:
    if entry == "*":
        return True
    scheme, separator, entry = entry.rpartition("://")
    if separator and scheme not in ("all", url.scheme):
        return False
    host, port = _split_port(entry)
    if not host or port not in ("", str(url.actual_port)):
        return False
    address = _address(url.host)
    if address is not None:
        return address in _network(host)
    domain = host.lstrip("*").lstrip(".")
    return url.host == domain or url.host.endswith(f".{domain}")


def _split_port(entry: str) -> tuple[str, str]:
    """Return host and port of *entry*; an IPv6 address has a port only behind brackets."""
    if entry.startswith("["):
        host, _, port = entry[1:].partition("]")
        return host, port.removeprefix(":")
    if entry.count(":") > 1:
        return entry, ""
    host, _, port = entry.partition(":")
    return host, port


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _network(entry: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | tuple[()]:
    """Return the addresses of *entry*; none if it is a name."""
    try:
        return ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return ()


def _require_http(proxy: str, variable: str) -> None:
    scheme = proxy.partition("://")[0].lower()
    if scheme not in _PORTS:
        kind = "a SOCKS proxy" if scheme.startswith("socks") else "a proxy of this scheme"
        raise ConfigurationError(
            f"{variable}: {kind} is not supported: set an HTTP proxy, or NO_PROXY for this host, or pass a client in"
        )
    try:
        parse_url(proxy)
        usable = True
    except InvalidRequestError:
        usable = False
    if not usable:
        raise ConfigurationError(f"{variable}: it is not the URL of a proxy")


def proxy_keys() -> Iterator[str]:
    """Yield the users and passwords of the proxies in the environment: a proxy may quote them."""
    for name, value in os.environ.items():
        if name.lower().endswith("_proxy") and "@" in value:
            yield from url_keys(value if "://" in value else f"http://{value}")
