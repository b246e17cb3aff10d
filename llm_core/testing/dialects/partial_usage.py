"""What a provider has counted in the middle of its answer."""

import attrs

from llm_core.domain.usage import Usage


def usage_after(usage: Usage | None, events: int) -> Usage | None:
    """Return what of *usage* is counted after that many *events*: all that went in, and a token for each of them."""
    if usage is None:
        return None
    output, thought = usage.output_tokens, usage.reasoning_tokens
    return attrs.evolve(usage, output_tokens=_capped(output, events), reasoning_tokens=_capped(thought, events))


def _capped(tokens: int | None, most: int) -> int | None:
    return None if tokens is None else min(tokens, most)
