"""`Usage` as a JSON document, and back: None stays None, and a price keeps its digits."""

import json
from decimal import Decimal

import attrs

from llm_core.domain.usage import Usage


def usage_document(usage: Usage | None) -> dict[str, int | str | None] | None:
    """Return the fields of *usage*; the price is text, so that no digit is lost."""
    if usage is None:
        return None
    cost = usage.cost_usd
    return attrs.asdict(usage) | {"cost_usd": None if cost is None else f"{cost:f}"}


def usage_text(usage: Usage) -> str:
    """Return *usage* as JSON text."""
    return json.dumps(usage_document(usage))


def usage_from_text(text: str) -> Usage:
    """Return the usage that `usage_text` wrote."""
    fields = json.loads(text)
    cost = fields.pop("cost_usd")
    return Usage(**fields, cost_usd=None if cost is None else Decimal(cost))
