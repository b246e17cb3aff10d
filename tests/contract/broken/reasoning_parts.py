"""Broken adapters that lose the parts of the reasoning, or their order."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import attrs

from llm_core import AssistantMessage, ChatPort, ChatResponse, Message, ReasoningPart, StreamEnd, StreamEvent
from llm_core.testing.clauses.answers import REASONING_IN_PARTS

from .mutating import Mutated, in_memory, with_messages

Parts = Sequence[ReasoningPart]
_NAMES = ("in-a-row", "around-text", "around-calls", "repeated")
assert set(_NAMES) == set(REASONING_IN_PARTS)


def _with_parts(chat: ChatPort, change: Callable[[Parts], Parts]) -> ChatPort:
    """Wrap *chat* so that the parts of the reasoning of each response are changed."""
    return Mutated(chat, on_response=lambda response: _changed(response, change))


def _changed(response: ChatResponse, change: Callable[[Parts], Parts]) -> ChatResponse:
    message = attrs.evolve(response.message, reasoning=change(response.message.reasoning))
    return attrs.evolve(response, message=message)


def _sending_parts(chat: ChatPort, change: Callable[[Parts], Parts]) -> ChatPort:
    """Wrap *chat* so that the parts of the reasoning of each request are changed."""

    def sent(message: Message) -> Message:
        if isinstance(message, AssistantMessage):
            return attrs.evolve(message, reasoning=change(message.reasoning))
        return message

    return with_messages(chat, sent)


def _joined(parts: Parts) -> Parts:
    return [ReasoningPart("".join(part.text for part in parts))] if parts else parts


@in_memory(
    "answer.reasoning-parts", shows="reasoning[0]: expected 'First the weather.', got 'First the", name="in-a-row"
)
def joins_the_parts_of_the_reasoning(chat: ChatPort) -> ChatPort:
    return _with_parts(chat, _joined)


@in_memory("answer.reasoning-parts", shows="reasoning[1]: expected 'Is it late?', got nothing", name="around-text")
def keeps_the_reasoning_before_the_text_alone(chat: ChatPort) -> ChatPort:
    return _with_parts(chat, lambda parts: parts[:1])


@in_memory(
    "answer.reasoning-parts", shows="reasoning[0]: expected 'Oslo first.', got 'Rome then.'", name="around-calls"
)
def puts_the_last_part_of_the_reasoning_first(chat: ChatPort) -> ChatPort:
    return _with_parts(chat, lambda parts: parts[::-1])


@in_memory("answer.reasoning-parts", shows="reasoning[1]: expected 'Hm.', got nothing", name="repeated")
def drops_a_part_of_the_reasoning_that_is_there_already(chat: ChatPort) -> ChatPort:
    return _with_parts(chat, lambda parts: list({part.text: part for part in parts}.values()))


@in_memory("answer.reasoning-parts", shows="reasoning: expected", name="in-a-row")
def adds_an_empty_part_to_the_reasoning(chat: ChatPort) -> ChatPort:
    return _with_parts(chat, lambda parts: [*parts, ReasoningPart("")] if parts else parts)


@in_memory(
    "answer.reasoning-parts",
    shows="reasoning[0]: expected 'Oslo first.', got 'Oslo first.Rome",
    name="around-calls",
    mode="astream",
)
def joins_the_parts_of_the_reasoning_in_streams(chat: ChatPort) -> ChatPort:
    def events(stream: Iterable[StreamEvent]) -> Iterator[StreamEvent]:
        for event in stream:
            yield StreamEnd(response=_changed(event.response, _joined)) if isinstance(event, StreamEnd) else event

    return Mutated(chat, on_events=events)


@in_memory("request.replay-order", shows="missing: 'Now its weather.'")
def sends_back_the_first_part_of_the_reasoning_alone(chat: ChatPort) -> ChatPort:
    return _sending_parts(chat, lambda parts: parts[:1])


@in_memory("request.replay-order", shows="went: 'Rome comes next.'")
def sends_back_the_parts_of_the_reasoning_in_another_order(chat: ChatPort) -> ChatPort:
    return _sending_parts(chat, lambda parts: parts[::-1])


@in_memory("request.replay-order", shows="missing: 'c2lnbmVkIHR3bw=='")
def keeps_the_signature_of_the_last_part_alone(chat: ChatPort) -> ChatPort:
    def last_signed(parts: Parts) -> Parts:
        return [*(attrs.evolve(part, signature=None) for part in parts[:-1]), *parts[-1:]]

    return _with_parts(chat, last_signed)


@in_memory("request.replay-order", shows="missing: 'c2lnbmVkIGFsb25l'")
def drops_a_signed_part_without_text(chat: ChatPort) -> ChatPort:
    return _with_parts(chat, lambda parts: [part for part in parts if part.text])


@in_memory("answer.one-message", shows="signed[0][1]: expected 'c2lnbmVkIGFuZCBzZWFsZWQ=', got None", name="signature")
def drops_signatures_in_all_modes(chat: ChatPort) -> ChatPort:
    return _with_parts(chat, lambda parts: [attrs.evolve(part, signature=None) for part in parts])
