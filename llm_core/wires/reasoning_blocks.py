"""Reasoning in the forms that providers want back: thinking blocks, named fields, OpenRouter's details."""

from collections.abc import Collection, Iterable, Iterator, Mapping

import attrs

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.json_values import JsonObject
from llm_core.domain.messages import AssistantMessage, ReasoningPart
from llm_core.domain.parts import ProviderData
from llm_core.domain.surrogates import join_surrogates

from .json_access import objects_at, text_at, valid_text_at

FIELD = "field"  # the key, in the provider data of a reasoning part, of the name of the field that it came in
DETAILS = "reasoning_details"
_THINKING = "thinking"  # the one block type that comes in deltas; redacted thinking comes whole
_DETAIL_TYPES = frozenset({"reasoning.text", "reasoning.summary", "reasoning.encrypted"})
_DELTA_FIELDS = ("text", "summary")  # the fields of a detail that come in deltas


@attrs.define(eq=False, repr=False)
class ThinkingBlocks:
    """Collects the reasoning of one answer: thinking blocks, or text by the name of its field.

    In a stream a block comes in deltas, and its signature ends it.
    """

    _blocks: list[tuple[dict[str, object], list[str]]] = attrs.field(factory=list)
    _fields: list[tuple[str, list[str]]] = attrs.field(factory=list)

    def add(self, block: Mapping[str, object], *, begins: bool = False) -> None:
        """Add a block, or the next delta of one; *begins*: it is not the next delta."""
        last, deltas = self._blocks[-1] if self._blocks else ({}, [])
        if _THINKING == last.get("type") == block.get("type") and not (begins or last.get("signature")):
            last |= block
        else:
            deltas = []
            self._blocks.append((dict(block), deltas))
        deltas.append(text_at(block, "thinking"))

    def add_text(self, field: str, text: str) -> None:
        """Add the next text, which came in *field*."""
        if not self._fields or self._fields[-1][0] != field:
            self._fields.append((field, []))
        self._fields[-1][1].append(text)

    def parts(self, provider: str) -> list[ReasoningPart]:
        """Return the reasoning; redacted thinking is a part without text."""
        if self._blocks:
            return [_part(_joined(block, deltas), provider) for block, deltas in self._blocks]
        return [
            ReasoningPart(join_surrogates(texts), provider_data=[ProviderData(provider=provider, value={FIELD: field})])
            for field, texts in self._fields
        ]


@attrs.define(eq=False, repr=False)
class _Detail:
    """A detail, and the deltas of its text fields."""

    fields: dict[str, object]
    deltas: dict[str, list[str]] = attrs.field(factory=dict)

    def continues(self, detail: Mapping[str, object]) -> bool:
        """Return whether *detail* is the next delta of this one."""
        is_same = all(self.fields.get(name) == detail.get(name) for name in ("type", "index"))
        return is_same and not self.fields.get("signature") and any(name in self.fields for name in _DELTA_FIELDS)

    def add(self, detail: Mapping[str, object]) -> None:
        """Add the next delta."""
        for name, value in detail.items():
            if value is not None and name in _DELTA_FIELDS:
                self.deltas.setdefault(name, [text_at(self.fields, name)]).append(text_at(detail, name))
                self.fields[name] = ""
            elif value is not None:
                self.fields[name] = value

    def joined(self) -> JsonObject:
        """Return the whole detail."""
        return {**self.fields, **{name: join_surrogates(texts) for name, texts in self.deltas.items()}}


@attrs.define(eq=False, repr=False)
class ReasoningDetails:
    """Collects reasoning in OpenRouter's form: a list of details, replayed as it came; in a stream they are deltas."""

    _details: list[_Detail] = attrs.field(factory=list)

    def add(self, details: Iterable[Mapping[str, object]]) -> None:
        """Add details; the first of them may be the next delta of the last one before."""
        last = self._details[-1] if self._details else None
        for position, detail in enumerate(details):
            if position == 0 and last is not None and last.continues(detail):
                last.add(detail)
            else:
                self._details.append(_Detail(dict(detail)))

    def replay_data(self, provider: str) -> Iterator[ProviderData]:
        """Yield the list of details, if there are any."""
        if self._details:
            yield ProviderData(provider=provider, value={DETAILS: [detail.joined() for detail in self._details]})


def details_text(details: Iterable[Mapping[str, object]]) -> str:
    """Return the text of *details*: reasoning, or summaries of it."""
    return "".join(text_at(detail, name) for detail in details for name in _DELTA_FIELDS)


def replayed_fields(
    reasoning: Iterable[ReasoningPart], provider: str, fields: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Yield field and text of each part of *reasoning* that came from *provider* in one of *fields*."""
    for part in reasoning:
        for data in part.provider_data:
            field = data.value.get(FIELD) if data.provider == provider and isinstance(data.value, dict) else None
            if isinstance(field, str) and field in fields:
                yield field, part.text
                break


def replayed_details(message: AssistantMessage, path: str, provider: str) -> JsonObject:
    """Return the field of the details that came from *provider*, if their text is still that of the reasoning.

    Raises:
        UnsupportedFeatureError: a detail of an unknown type; *path* leads to *message*.
    """
    for index, data in enumerate(message.provider_data):
        if data.provider == provider and isinstance(data.value, dict) and DETAILS in data.value:
            details = objects_at(data.value, DETAILS)
            if any(text_at(detail, "type") not in _DETAIL_TYPES for detail in details):
                raise UnsupportedFeatureError(
                    feature=f"{path}.provider_data[{index}]: a reasoning detail of unknown type"
                )
            if details and details_text(details) == "".join(part.text for part in message.reasoning):
                return {DETAILS: details}
    return {}


def _joined(block: Mapping[str, object], deltas: Iterable[str]) -> Mapping[str, object]:
    return {**block, "thinking": join_surrogates(deltas)} if block.get("type") == _THINKING else block


def _part(block: Mapping[str, object], provider: str) -> ReasoningPart:
    """Return *block* as a part. A thinking block without a signature would be refused, so it is not replayed."""
    signature = valid_text_at(block, "signature")
    is_replayed = signature is not None or block.get("type") != _THINKING
    return ReasoningPart(
        text_at(block, "thinking"),
        signature=signature,
        provider_data=[ProviderData(provider=provider, value=block)] if is_replayed else (),
    )
