"""Which proxy a request takes: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, as the standard library reads them."""

from functools import lru_cache
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx


@lru_cache(maxsize=256)
def proxy_of(url: str) -> str | None:
    """Return the URL of the proxy for *url*, or None; the environment is read once per URL."""
    parsed = httpx.URL(url)
    proxies = getproxies()
    if proxy_bypass(parsed.host):
        return None
    proxy = proxies.get(parsed.scheme) or proxies.get("all")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


def httpcore_proxy(url: str) -> httpcore.Proxy:
    """Return the proxy in httpcore's form, which takes user and password apart from the URL."""
    proxy = httpx.Proxy(url)
    return httpcore.Proxy(str(proxy.url), auth=proxy.raw_auth)
