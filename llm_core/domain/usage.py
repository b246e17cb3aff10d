"""Tokens and price of a call. None is "not reported"; zero is a number."""

from collections.abc import Iterable
from decimal import Context, Decimal
from typing import TypeVar

import attrs

from . import validators

Number = TypeVar("Number", int, Decimal)
_EXACT = Context(prec=200)  # wide enough that sums of prices never round, so that their order cannot matter


_USUAL = 2**31  # tokens: a larger count is checked for its digits too


def _count(instance: object, field: validators.Field, value: int | None) -> None:
    if value is None or (type(value) is int and 0 <= value <= _USUAL):
        return
    validators.integer(instance, field, value)
    if value < 0:
        raise ValueError(f"{field.name}: must not be negative, got {value}")


def _price(_: object, field: validators.Field, value: Decimal | None) -> None:
    if value is None:
        return
    if not isinstance(value, Decimal):
        raise ValueError(f"{field.name}: expected Decimal, got {type(value).__name__}")
    if not value.is_finite() or value < 0:
        raise ValueError(f"{field.name}: must be finite and not negative, got {value}")


@attrs.frozen(kw_only=True)
class Usage:
    """The tokens and the price of one call, or of several added up; None is "not reported".

    Figures that contradict each other are kept as the provider reports them.
    """

    input_tokens: int | None = attrs.field(default=None, validator=_count)
    """Tokens of the prompt, cached ones included."""
    output_tokens: int | None = attrs.field(default=None, validator=_count)
    """Tokens that the model generated, reasoning included."""
    cache_read_tokens: int | None = attrs.field(default=None, validator=_count)
    """Input tokens that the provider read from its prompt cache."""
    cache_write_tokens: int | None = attrs.field(default=None, validator=_count)
    """Input tokens that the provider wrote to its prompt cache."""
    reasoning_tokens: int | None = attrs.field(default=None, validator=_count)
    """Output tokens that the model spent on reasoning."""
    cost_usd: Decimal | None = attrs.field(default=None, validator=_price)
    """The price in US dollars."""

    def __add__(self, other: "Usage") -> "Usage":
        """Add field by field, None + n = n: a commutative monoid with ``Usage()``."""
        if not isinstance(other, Usage):
            return NotImplemented
        return Usage(
            input_tokens=_sum(self.input_tokens, other.input_tokens),
            output_tokens=_sum(self.output_tokens, other.output_tokens),
            cache_read_tokens=_sum(self.cache_read_tokens, other.cache_read_tokens),
            cache_write_tokens=_sum(self.cache_write_tokens, other.cache_write_tokens),
            reasoning_tokens=_sum(self.reasoning_tokens, other.reasoning_tokens),
            cost_usd=_sum(self.cost_usd, other.cost_usd),
        )

    @staticmethod
    def total(usages: Iterable["Usage | None"]) -> "Usage":
        """Return the sum of *usages*, each None skipped; ``Usage()`` if there are none."""
        return sum((usage for usage in usages if usage is not None), Usage())


NO_USAGE = Usage()
"""Nothing is reported."""


def _sum(one: Number | None, other: Number | None) -> Number | None:
    if one is None or other is None:
        return other if one is None else one
    if isinstance(one, Decimal):
        return _EXACT.add(one, other)
    return one + other
