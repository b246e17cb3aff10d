"""Names of providers, models and hosts, as OpenTelemetry's GenAI conventions want them."""

import re

from llm_core.domain.printable import printable

_MAX_NAME = 200  # characters
# The conventions' own names of providers that other names are usual for; all others are the same.
_CONVENTIONS = ("aws.bedrock", "azure.ai.openai", "gcp.gemini", "gcp.vertex_ai", "ibm.watsonx.ai", "mistral_ai", "x_ai")


def _usual_names(convention: str) -> set[str]:
    """Return the names that are usual for a provider: ``gemini`` for ``gcp.gemini``, ``xai`` for ``x_ai``."""
    owner, *words = re.split("[._]", convention)
    return {owner, owner + "".join(words), "".join(words), words[0]} - {"gcp", "ai"}


_BY_USUAL_NAME = {usual: convention for convention in _CONVENTIONS for usual in _usual_names(convention)}


def provider_name(provider: str | None) -> str:
    """Return the conventions' name of *provider*; ``unknown`` where the chat does not name it."""
    name = name_of(provider) or "unknown"
    return _BY_USUAL_NAME.get(name.replace("_", ""), name)


def name_of(text: str | None) -> str | None:
    """Return *text* as one printable line: it may be that of a provider's answer."""
    return None if text is None else " ".join(printable(text).split())[:_MAX_NAME]


def address_attributes(host: str | None) -> dict[str, str | int]:
    """Return the attributes of *host*, which may have a port: ``localhost:8080``."""
    if host is None:
        return {}
    address, _, port = host.rpartition(":")
    if address and port.isdecimal():
        return {"server.address": address, "server.port": int(port)}
    return {"server.address": host}
