"""Opens async connections as `opening` opens those of sync callers; the callers keep the deadlines."""

import asyncio
import ssl

from .async_connecting import aconnect
from .async_connection import AsyncConnection
from .async_lookups import aaddresses_of
from .opening import login_of, require_tunnel, tunnel_request
from .urls import ParsedURL

_HANDSHAKE = 86_400.0  # seconds, beyond those of callers: after 60 asyncio would raise an error that is no timeout


async def aopen_connection(
    url: ParsedURL, proxy: ParsedURL | None, certificates: ssl.SSLContext | None
) -> AsyncConnection:
    """Return a connection for requests to *url*. *certificates* are there if *url* or *proxy* uses TLS.

    Raises:
        OSError: it could not be opened; `ProxyRefusedError` among them.
        MalformedResponseError: the answer of the proxy is malformed.
    """
    nearest, loop = proxy or url, asyncio.get_running_loop()
    socket = await aconnect(await aaddresses_of(nearest.host, nearest.actual_port))
    context = certificates if nearest.scheme == "https" else None
    try:
        _, connection = await loop.create_connection(
            AsyncConnection,
            sock=socket,
            ssl=context,
            server_hostname=nearest.host if context else None,
            ssl_handshake_timeout=_HANDSHAKE if context else None,
        )
    except BaseException:
        socket.close()
        raise
    try:
        if proxy is not None and url.scheme == "http":
            connection.proxy_headers = login_of(proxy)
        elif proxy is not None and certificates is not None:
            require_tunnel(await connection.send(tunnel_request(url, proxy)))
            transport = await loop.start_tls(
                connection.transport,
                connection,
                certificates,
                server_hostname=url.host,
                ssl_handshake_timeout=_HANDSHAKE,
            )
            if transport is None:  # for a connection that is closed meanwhile
                raise ConnectionResetError("the connection was closed within the handshake of TLS")
            connection.start_over(transport)
    except BaseException:
        connection.close()
        raise
    return connection
