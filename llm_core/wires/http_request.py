"""The HTTP request that an encoder writes."""

from collections.abc import Mapping

import attrs


@attrs.frozen(kw_only=True)
class HTTPRequest:
    """A POST request. It is sent once, and no redirect is followed."""

    url: str = attrs.field(repr=False)
    headers: Mapping[str, str] = attrs.field(repr=False)
    content: bytes = attrs.field(repr=False)


def merge_headers(*groups: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of all *groups*; later ones replace earlier ones, whatever the case of their names."""
    last = {name.lower(): (name, value) for group in groups for name, value in group.items()}
    return dict(last.values())
