"""Addresses of hosts with OpenAI's API: a base address with or without a version, or the whole address of the chat."""

from collections.abc import Mapping

from llm_core.providers.profile import Address

_CHAT_PATH = "/chat/completions"


def chat_address(base_url: str, model: str, options: Mapping[str, str]) -> Address:  # noqa: ARG001 -- a hook's form
    """Return what `address_below` does, for any model."""
    return address_below(base_url)


def address_below(base_url: str) -> Address:
    """Return the address below *base_url*, which may be the whole address already, and may have a query."""
    path, _, query = base_url.partition("?")
    path = path.rstrip("/")
    if path.endswith(_CHAT_PATH):
        return Address(base_url=f"{path}?{query}" if query else path, whole_url=True)
    return Address(base_url=path, query=query)


def versioned_address(base_url: str, model: str, options: Mapping[str, str]) -> Address:  # noqa: ARG001 -- a hook's form
    """Return what `versioned_address_below` does, for any model."""
    return versioned_address_below(base_url)


def versioned_address_below(base_url: str) -> Address:
    """Return the address below *base_url*, where ``/v1`` may be missing."""
    address = address_below(base_url)
    if address.whole_url or address.base_url.endswith("/v1"):
        return address
    return Address(base_url=f"{address.base_url}/v1", query=address.query)
