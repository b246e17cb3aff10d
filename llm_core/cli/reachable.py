"""Whether an address can be connected to, directly or through the proxy that requests take; nothing is sent."""

import socket
import ssl

from llm_core.domain.errors import ChatError, ConfigurationError
from llm_core.transport.certificates import certificates
from llm_core.transport.proxies import proxy_of
from llm_core.transport.urls import parse_url

_TIMEOUT = 5.0  # seconds
_PORTS = {"http": 80, "https": 443}


def unreachable(url: str) -> str | None:
    """Return why no connection to *url* could be opened, with TLS where it has TLS; None if one was."""
    try:
        proxy = proxy_of(url)
        target = parse_url(proxy or url)
        with socket.create_connection((target.host, target.port or _PORTS[target.scheme]), _TIMEOUT) as connection:
            if target.scheme == "https":
                certificates().wrap_socket(connection, server_hostname=target.host).close()
    except (ChatError, ConfigurationError, ssl.SSLError) as error:
        return str(error)
    except OSError as error:
        return f"{'the proxy: ' if proxy else ''}{error.strerror or error}"
    return None
