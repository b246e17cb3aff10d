"""Where the requests for one model go: what an encoder needs beside the request."""

from collections.abc import Mapping
from functools import cached_property
from urllib.parse import urlsplit

import attrs

from .model_rules import ModelRules

HOST = "host"
"""The key, in opaque data that is bound to a host, of the host that it came from."""


@attrs.frozen(kw_only=True)
class Endpoint:
    """One model at one provider."""

    provider: str
    """The provider's name. Opaque data of a history goes back to the provider of this name alone."""
    model: str
    """The model, as the provider names it."""
    base_url: str = attrs.field(repr=False)
    """The address without a slash at its end; the wire adds its path."""
    query: str = attrs.field(default="", repr=False)  # it may hold a key
    """The query of every address, without the question mark: Azure's ``api-version=2024-10-21``."""
    whole_url: bool = False
    """Whether `base_url` is the whole address, path included."""
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    """The key, and the caller's own headers."""
    rules: ModelRules = attrs.field(factory=ModelRules)
    """What the model accepts."""

    @cached_property  # each answer reads it
    def host(self) -> str:
        """The host's name, without a port: opaque data that is bound to a host goes back to this one alone."""
        return urlsplit(self.base_url).hostname or ""

    def url(self, path: str) -> str:
        """Return the address of *path*, which may have a query of its own."""
        if self.whole_url:
            return self.base_url
        joined = f"{self.base_url}/{path}"
        return f"{joined}{'&' if '?' in path else '?'}{self.query}" if self.query else joined
