"""Reads what a provider reports in response headers of its own: who answered, at which price, by which version."""

import logging
import re
from collections.abc import Mapping
from decimal import Decimal

import attrs

from llm_core.domain.http_errors import request_id_from
from llm_core.providers.profile import AnswerHeaders
from llm_core.wires.json_access import as_dollars

_logger = logging.getLogger("llm_core")
_NUMBER = re.compile(r"\d{1,20}(\.\d{1,40})?(e[+-]?\d{1,3})?", re.IGNORECASE)
_VERSION = re.compile(r"v?(\d{1,9}(?:\.\d{1,9})*)")
_MAX_NAME = 200  # characters of a model's name


@attrs.frozen
class OwnHeaders:
    """The headers of one provider by their *names*. The *warned* versions were logged before, by the same adapter.

    All methods but `as_usual` take what it returned.
    """

    names: AnswerHeaders
    warned: set[str]

    def as_usual(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Return *headers* with names in lower case, and under the usual names what only the provider's own carry."""
        own, prefix = {name.lower(): value for name, value in headers.items()}, self.names.relayed
        relayed = {
            name.removeprefix(prefix): value for name, value in own.items() if prefix and name.startswith(prefix)
        }
        merged = {**relayed, **own}
        if request_id_from(merged) is None and self.names.request_id in own:
            merged["x-request-id"] = own[self.names.request_id]
        return merged

    def cost(self, headers: Mapping[str, str]) -> Decimal | None:
        """Return the price of the call in US dollars; None if no header holds one."""
        text = headers.get(self.names.cost, "")
        return as_dollars(float(text)) if _NUMBER.fullmatch(text) else None

    def model(self, headers: Mapping[str, str]) -> str | None:
        """Return the model that answered; None if no header names it."""
        return headers.get(self.names.model, "")[:_MAX_NAME] or None

    def check_version(self, headers: Mapping[str, str]) -> None:
        """Log the version of the server once if it is older than the oldest that keeps every promise."""
        text = headers.get(self.names.version, "")
        found = _VERSION.match(text)
        if found is None or text in self.warned:
            return
        if tuple(map(int, found[1].split("."))) < self.names.oldest:
            self.warned.add(text)
            _logger.warning("%s: this one has version %s", self.names.warning, found[1])
