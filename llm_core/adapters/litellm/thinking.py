"""Thinking blocks: what some models thought, signed, to go back as it came."""

from collections.abc import Mapping

import attrs

from llm_core.domain.json_values import json_value
from llm_core.domain.messages import ReasoningPart
from llm_core.domain.parts import ProviderData

from .fields import text_of, text_or_none

_OPEN = "thinking"  # the one type that comes in pieces; redacted thinking comes whole


@attrs.define
class Thinking:
    """The thinking blocks of one answer. In a stream a block comes in pieces, and its signature ends it."""

    _blocks: list[dict[str, object]] = attrs.field(factory=list)

    def take(self, block: object) -> None:
        """Take in a block, or the next piece of one; what is no block at all is left out."""
        if not isinstance(block, Mapping):
            return
        last = self._blocks[-1] if self._blocks else {}
        if _OPEN == last.get("type") == block.get("type") and not last.get("signature"):
            last |= {**block, "thinking": text_of(last.get("thinking")) + text_of(block.get("thinking"))}
        else:
            self._blocks.append(dict(block))

    def parts(self, provider: str) -> list[ReasoningPart]:
        """Return the blocks as reasoning; redacted thinking has no text."""
        return [_part(block, provider) for block in self._blocks]


def _part(block: Mapping[str, object], provider: str) -> ReasoningPart:
    return ReasoningPart(
        text_of(block.get("thinking")),
        signature=text_or_none(block.get("signature")),
        provider_data=[ProviderData(provider=provider, value=json_value(block, "thinking_blocks"))],
    )
