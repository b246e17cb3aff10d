"""What is known of several chats of which any may answer."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TypeVar

from llm_core.domain.model_description import ModelDescription

Value = TypeVar("Value")
Amount = TypeVar("Amount", int, Decimal)


def merged_description(descriptions: Sequence[ModelDescription]) -> ModelDescription:
    """Return what holds whichever of the chats answers: the common settings, the smallest window, the highest prices.

    A name is kept where all chats share it. What is unknown of one chat is unknown, unless another one rules it out.
    """
    if len(descriptions) == 1:
        return descriptions[0]
    settings = _known(one.settings for one in descriptions)
    choices = _known(one.tool_choices for one in descriptions)
    return ModelDescription(
        provider=_common(one.provider for one in descriptions),
        model=_common(one.model for one in descriptions),
        host=_common(one.host for one in descriptions),
        wire=_common(one.wire for one in descriptions),
        wire_reason=_common(one.wire_reason for one in descriptions),
        settings=_shared(settings),
        tools=_all(one.tools for one in descriptions),
        tool_choices=_shared(choices),
        strict_tools=_all(one.strict_tools for one in descriptions),
        forced_tools_with_reasoning=_all(one.forced_tools_with_reasoning for one in descriptions),
        json_output=_all(one.json_output for one in descriptions),
        json_output_with_tools=_all(one.json_output_with_tools for one in descriptions),
        json_schema_output=_all(one.json_schema_output for one in descriptions),
        json_schema_output_with_tools=_all(one.json_schema_output_with_tools for one in descriptions),
        recursive_schemas=_all(one.recursive_schemas for one in descriptions),
        schema_limits=_shared(_known(one.schema_limits for one in descriptions)),
        images=_all(one.images for one in descriptions),
        context_window=min(_known(one.context_window for one in descriptions), default=None),
        input_usd_per_token=max(_known(one.input_usd_per_token for one in descriptions), default=None),
        output_usd_per_token=max(_known(one.output_usd_per_token for one in descriptions), default=None),
        closes_from_other_threads=_all(one.closes_from_other_threads for one in descriptions),
    )


def _known(values: Iterable[Value | None]) -> list[Value]:
    """Return *values*; none of them if one is unknown."""
    everything = list(values)
    known = [value for value in everything if value is not None]
    return known if len(known) == len(everything) else []


def _shared(sets: Sequence[frozenset[Value]]) -> frozenset[Value] | None:
    """Return what all *sets* hold; None if there are none."""
    return frozenset(value for value in sets[0] if all(value in one for one in sets)) if sets else None


def _common(values: Iterable[str | None]) -> str | None:
    distinct = set(values)
    return distinct.pop() if len(distinct) == 1 else None


def _all(values: Iterable[bool | None]) -> bool | None:
    everything = list(values)
    if False in everything:
        return False
    return True if everything and None not in everything else None
