"""What some models thought, signed or named, to go back as it came."""

from collections.abc import Iterable, Iterator, Mapping

import attrs

from llm_core.adapters.litellm.attr_access import text_of, text_or_none
from llm_core.domain.json_values import json_value
from llm_core.domain.messages import ReasoningPart
from llm_core.domain.parts import ProviderData
from llm_core.domain.surrogates import join_surrogates

FIELD = "field"  # in what is kept of reasoning: the name of the field that it came in
DETAILS = "reasoning_details"
_OPEN = "thinking"  # the one type that comes in pieces; redacted thinking comes whole
_SPELLED = ("text", "summary")  # the fields of a detail that come in pieces


@attrs.define
class ThinkingBlocks:
    """What was thought in one answer: thinking blocks, or words by the name of their field.

    In a stream a block comes in pieces, and its signature ends it.
    """

    _blocks: list[tuple[dict[str, object], list[str]]] = attrs.field(factory=list)
    _words: list[tuple[str, list[str]]] = attrs.field(factory=list)

    def add(self, block: object) -> None:
        """Take in a block, or the next piece of one; what is no block at all is left out."""
        if not isinstance(block, Mapping):
            return
        last, pieces = self._blocks[-1] if self._blocks else ({}, [])
        if _OPEN == last.get("type") == block.get("type") and not last.get("signature"):
            last |= block
        else:
            pieces = []
            self._blocks.append((dict(block), pieces))
        pieces.append(text_of(block.get("thinking")))

    def add_text(self, field: str, words: str) -> None:
        """Take in the next words, which came in *field*."""
        if not self._words or self._words[-1][0] != field:
            self._words.append((field, []))
        self._words[-1][1].append(words)

    def parts(self, provider: str) -> list[ReasoningPart]:
        """Return all of it as reasoning; redacted thinking has no text."""
        if self._blocks:
            return [_part(_spelled(block, pieces), provider) for block, pieces in self._blocks]
        return [
            ReasoningPart(join_surrogates(words), provider_data=[ProviderData(provider=provider, value={FIELD: field})])
            for field, words in self._words
        ]


@attrs.define
class ReasoningDetails:
    """Reasoning as OpenRouter details it: a list that goes back as it came; in a stream a detail comes in pieces."""

    _details: list[dict[str, object]] = attrs.field(factory=list)

    def add(self, details: Iterable[Mapping[str, object]]) -> None:
        """Take in details; the first of them may be the next piece of the last."""
        last = self._details[-1] if self._details else {}
        for place, detail in enumerate(details):
            if place == 0 and _continues(last, detail):
                told = {name: value for name, value in detail.items() if value is not None}
                spelled = {
                    name: text_of(last.get(name)) + text_of(detail.get(name)) for name in _SPELLED if name in told
                }
                last |= {**told, **spelled}
            else:
                self._details.append(dict(detail))

    def replay_data(self, provider: str) -> Iterator[ProviderData]:
        """Yield what goes back, if there is anything."""
        if self._details:
            yield ProviderData(provider=provider, value={DETAILS: json_value(self._details, DETAILS)})


def _continues(last: Mapping[str, object], detail: Mapping[str, object]) -> bool:
    same = all(last.get(name) == detail.get(name) for name in ("type", "index"))
    return same and not last.get("signature") and any(name in last for name in _SPELLED)


def _spelled(block: Mapping[str, object], pieces: Iterable[str]) -> Mapping[str, object]:
    return {**block, "thinking": join_surrogates(pieces)} if block.get("type") == _OPEN else block


def _part(block: Mapping[str, object], provider: str) -> ReasoningPart:
    """Return *block*; one that nobody signed would be refused, and does not go back."""
    signature = text_or_none(block.get("signature"))
    goes_back = signature is not None or block.get("type") != _OPEN
    return ReasoningPart(
        text_of(block.get("thinking")),
        signature=signature,
        provider_data=[ProviderData(provider=provider, value=json_value(block, "thinking_blocks"))]
        if goes_back
        else (),
    )
