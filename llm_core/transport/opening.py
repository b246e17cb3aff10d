"""Opens sync connections: to the provider, or through a proxy of HTTP, which forwards requests or makes a tunnel."""

from __future__ import annotations

import base64
import ssl

from llm_core.domain.secret_text import SecretText

from .connecting import connect
from .deadline import Deadline
from .http_connection import HTTPConnection, ProxyHeaders, request_head
from .http_types import is_answer
from .lookups import addresses_of
from .response_head import ResponseHead
from .socket_stream import SocketStream
from .urls import ParsedURL


class ProxyRefusedError(ConnectionError):
    """The proxy makes no tunnel."""


def open_connection(
    url: ParsedURL, proxy: ParsedURL | None, certificates: ssl.SSLContext | None, deadline: Deadline
) -> HTTPConnection:
    """Return a connection for requests to *url*. *certificates* are there if *url* or *proxy* uses TLS.

    Raises:
        OSError: it could not be opened; TimeoutError, AbortedError and `ProxyRefusedError` among them.
        MalformedResponseError: the answer of the proxy is malformed.
    """
    nearest = proxy or url
    deadline.check()
    stream = SocketStream(connect(addresses_of(nearest.host, nearest.actual_port, deadline), deadline))
    try:
        if nearest.scheme == "https" and certificates is not None:
            stream = stream.start_tls(certificates, nearest.host, deadline)
        if proxy is not None and url.scheme == "http":
            return HTTPConnection(stream, login_of(proxy))
        if proxy is not None and certificates is not None:
            _open_tunnel(HTTPConnection(stream), url, proxy, deadline)
            stream = stream.start_tls(certificates, url.host, deadline)
        return HTTPConnection(stream)
    except BaseException:
        stream.close()
        raise


def _open_tunnel(connection: HTTPConnection, url: ParsedURL, proxy: ParsedURL, deadline: Deadline) -> None:
    """Let the proxy connect to *url*."""
    require_tunnel(connection.send(tunnel_request(url, proxy), deadline))


def tunnel_request(url: ParsedURL, proxy: ParsedURL) -> memoryview:
    """Return the request that lets *proxy* connect to *url*."""
    place = f"{url.authority}:{url.actual_port}" if url.port is None else url.authority
    headers = (("Host", place), ("Accept", "*/*"), *login_of(proxy))
    return memoryview(request_head(f"CONNECT {place}", headers))


def require_tunnel(head: ResponseHead) -> None:
    """Raise `ProxyRefusedError` if *head*, the answer of a proxy, is not one of success."""
    if not is_answer(head.status):
        raise ProxyRefusedError(f"{head.status} {head.reason.decode('latin-1')}")


def login_of(proxy: ParsedURL) -> ProxyHeaders:
    """Return the headers that each request to *proxy* carries."""
    if proxy.login is None:
        return ()
    login = base64.b64encode(":".join(proxy.login).encode()).decode()
    return (("Proxy-Authorization", SecretText(f"Basic {login}")),)
