"""The certificates that servers are checked with: the system's, or those that the environment names."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING

from llm_core.domain.errors import ConfigurationError

if TYPE_CHECKING:
    import ssl

_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # as requests reads them
_OPENSSL = ("SSL_CERT_FILE", "SSL_CERT_DIR")  # as OpenSSL and httpx read them

_PROTOCOLS = ["http/1.1"]


def certificates() -> ssl.SSLContext:
    """Return the context for TLS.

    REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE, a file or a folder, replaces the certificates of the system. SSL_CERT_FILE and
    SSL_CERT_DIR replace them too; those of both are trusted if both are set.

    Raises:
        ConfigurationError: there is no such bundle, or it holds no certificate.
    """
    bundle = next((name for name in _BUNDLES if os.environ.get(name)), "")
    return _context(bundle, os.environ.get(bundle, ""), tuple(os.environ.get(name, "") for name in _OPENSSL))


@lru_cache(maxsize=8)
def _context(variable: str, bundle: str, openssl: tuple[str, ...]) -> ssl.SSLContext:
    """Return a context; loading it takes longer than a short call."""
    import ssl

    if not bundle:
        context = ssl.create_default_context()
        context.set_alpn_protocols(_PROTOCOLS)
        return context
    problem = "there is no such file or folder"
    try:
        is_folder = os.path.isdir(bundle)  # noqa: PTH112 -- a str, as ssl takes it
        context = ssl.create_default_context(cafile=None if is_folder else bundle, capath=bundle if is_folder else None)
    except FileNotFoundError:
        pass
    except OSError as error:  # ssl.SSLError among them
        problem = f"no certificates can be read from it: {type(error).__name__}"
    else:
        context.set_alpn_protocols(_PROTOCOLS)
        if any(openssl):
            context.set_default_verify_paths()
        return context
    raise ConfigurationError(f"{variable}: {problem}")
