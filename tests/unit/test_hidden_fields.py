"""Fields that may hold a key, an address with one, or the content of a call, are hidden from reporters of errors.

Sentry shows the repr of locals; rich goes over the fields of those made with attrs, whether or not they have a repr.
"""

import importlib
import pkgutil
from collections.abc import Iterator

import attrs

import llm_core

HIDDEN = {
    "wires": {
        "Endpoint": {"base_url", "query", "headers"},
        "HTTPRequest": {"url", "headers", "content"},
    },
    "providers": {"Address": {"base_url", "query"}},
    "transport": {
        "AsyncPooledResponse": {"headers", "_connection"},
        "AsyncClientResponse": {"response"},
        "ClientResponse": {"response"},
        "ConnectionPool": {"_proxy"},
        "DirectCalls": {"transports", "_targets"},
        "ErrorContext": {"secrets"},
        "HTTPAnswer": {"_headers", "_body", "_framer", "_decoder", "_accumulator", "_content"},
        "HTTPConnection": {"proxy_headers", "_parser", "_first"},
        "ParsedURL": {"target", "login"},
        "PooledResponse": {"headers", "_connection"},
        "ResponseHead": {"reason", "headers"},
        "ResponseParser": {"head", "_buffer"},
        "Target": {"secrets"},
        "Transports": {"client", "async_client", "_pools", "_loops"},
    },
}


def test_fields_with_secrets_and_content_are_hidden() -> None:
    hidden = {package: dict(_hidden(package)) for package in HIDDEN}

    shown = {
        f"{name}.{field}"
        for package, classes in HIDDEN.items()
        for name, fields in classes.items()
        for field in fields - hidden[package][name]
    }

    assert set() == shown


def _hidden(package: str) -> Iterator[tuple[str, set[str]]]:
    """Yield the name of each class of *package*, and its hidden fields."""
    path = f"{llm_core.__path__[0]}/{package}"
    for module in pkgutil.walk_packages([path], f"llm_core.{package}."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, type) and value.__module__ == module.name and attrs.has(value):
                yield name, {field.name for field in attrs.fields(value) if field.repr is False}
