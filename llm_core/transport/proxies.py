"""Which proxy a request takes: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, as the standard library reads them."""

import os
import sys
from collections.abc import Iterator
from functools import lru_cache

from llm_core.domain.secret_text import SecretText

from .masking import url_keys
from .urls import parse_url

_OWN_SETTINGS = ("darwin", "win32")  # platforms that have settings of proxies beside the environment


@lru_cache(maxsize=256)
def proxy_of(url: str) -> str | None:
    """Return the URL of the proxy for *url*, or None; the environment is read once per URL."""
    if sys.platform not in _OWN_SETTINGS and not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    from urllib.request import getproxies, proxy_bypass  # slow to import

    parsed = parse_url(url)
    proxies = getproxies()
    proxy = proxies.get(parsed.scheme) or proxies.get("all")
    if not proxy or proxy_bypass(parsed.host):
        return None
    return SecretText(proxy if "://" in proxy else f"http://{proxy}")  # it may hold a password


def proxy_keys() -> Iterator[str]:
    """Yield the users and passwords of the proxies in the environment: a proxy may quote them."""
    for name, value in os.environ.items():
        if name.lower().endswith("_proxy") and "@" in value:
            yield from url_keys(value if "://" in value else f"http://{value}")
