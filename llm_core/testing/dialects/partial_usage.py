"""The usage that a provider reports in the middle of its answer."""

import attrs

from llm_core.domain.usage import Usage


def usage_after(usage: Usage | None, events: int) -> Usage | None:
    """Return *usage* as reported after that many *events*: all input tokens, and one output token for each event."""
    if usage is None:
        return None
    output, reasoning = usage.output_tokens, usage.reasoning_tokens
    return attrs.evolve(usage, output_tokens=_capped(output, events), reasoning_tokens=_capped(reasoning, events))


def _capped(tokens: int | None, maximum: int) -> int | None:
    return None if tokens is None else min(tokens, maximum)
