"""Decodes OpenAI's Responses API, as OpenAI and the hosts that follow it send it.

Sources: https://platform.openai.com/docs/api-reference/responses, /docs/api-reference/responses-streaming and
https://www.openresponses.org/specification. Some hosts send no event for an item, count the parts of an item
differently, or leave the items out of the last event: what deltas did not bring is taken from the complete item, and
what no event of an item brought from the complete response.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

import attrs

from llm_core.domain.errors import BadResponseError
from llm_core.domain.json_values import JsonValue
from llm_core.domain.usage import NO_USAGE, Usage
from llm_core.wires.deltas import AnswerDelta, ToolCallChunk
from llm_core.wires.error_payloads import error_from_payload
from llm_core.wires.error_places import error_in, error_instead, raise_for_error
from llm_core.wires.json_access import EMPTY, arguments_text, count_at, object_at, objects_at, text_at
from llm_core.wires.openai_chat.usage import inclusive_output, reported_price  # of one form in both APIs

from . import items
from .items import CALL, MESSAGE, is_for_the_caller, note_of

_Index: TypeAlias = int | None  # of an item in the output
_ARGUMENTS, _CONTENT, _SUMMARY = "arguments", "content", "summary"


@attrs.define(eq=False, repr=False)
class OpenAIResponsesDecoder:
    """Decodes one answer; it keeps the items that are complete, and what of them came in deltas."""

    done: bool = False
    _items: dict[_Index, Mapping[str, object]] = attrs.field(factory=dict)
    _started: dict[_Index, bool] = attrs.field(factory=dict)  # the calls, by index, and whether they have an id
    _streamed: dict[tuple[_Index, str], list[str]] = attrs.field(factory=dict)  # the deltas of an item, by its fields
    _lengths: dict[tuple[_Index, str], int] = attrs.field(factory=dict)  # of the texts of `_streamed`
    _text: list[str] = attrs.field(factory=list)
    _reasoning: list[list[str]] = attrs.field(factory=list)  # the deltas of each part
    _reasoning_part: tuple[_Index, str, _Index] | None = None  # the part that the last of them belongs to
    _for_the_caller: str = ""  # the type of an item that the caller would have to run

    def whole(self, body: Mapping[str, object]) -> Iterator[AnswerDelta]:
        """Yield the deltas of a whole answer."""
        if not isinstance(body.get("output"), list):
            raise error_in(body) or error_instead(body) or BadResponseError(detail="the answer holds no output")
        yield from self._end(body)

    def event(self, event: Mapping[str, object]) -> Iterable[AnswerDelta]:
        """Return the deltas of one event."""
        if event.get("type") == "response.output_text.delta":  # most events of a stream
            return (self._add_text(count_at(event, "output_index"), text_at(event, "delta")),)
        return self._event(event)

    def _event(self, event: Mapping[str, object]) -> Iterator[AnswerDelta]:
        match event.get("type"):
            case (
                "response.function_call_arguments.delta"
                | "response.reasoning_summary_text.delta"
                | "response.reasoning_text.delta"
                | "response.refusal.delta"
            ):
                yield self._delta(event)
            case "response.output_item.added":
                item = object_at(event, "item")
                if item.get("type") == CALL:
                    yield self._call(count_at(event, "output_index"), item)
            case "response.output_item.done":
                yield from self._item(count_at(event, "output_index"), object_at(event, "item"))
            case "response.completed" | "response.incomplete" | "response.failed" if not self.done:
                self.done = True
                yield from self._end(object_at(event, "response"))
            case "response.created" | "response.in_progress":
                yield _head(object_at(event, "response"))
            case "error":
                raise error_from_payload(event.get("error") or event)
            case _:
                raise_for_error(event)

    def _delta(self, event: Mapping[str, object]) -> AnswerDelta:
        index, text = count_at(event, "output_index"), text_at(event, "delta")
        match event.get("type"):
            case "response.function_call_arguments.delta":
                return self._add_arguments(index, text)
            case "response.refusal.delta":
                return self._add_text(index, text, refused=True)
            case "response.reasoning_text.delta":
                return self._add_reasoning(index, _CONTENT, count_at(event, "content_index"), text)
            case _:
                return self._add_reasoning(index, _SUMMARY, count_at(event, "summary_index"), text)

    def _end(self, response: Mapping[str, object]) -> Iterator[AnswerDelta]:
        """Yield what of a response was not streamed, then how it ended."""
        usage = decode_usage(object_at(response, "usage"))
        yield attrs.evolve(_head(response), usage=usage)
        for index, item in enumerate(objects_at(response, "output")):
            if index not in self._items:
                yield from self._item(index, item)
        raise_for_error(response)
        status = text_at(response, "status") or "completed"
        if status in ("failed", "cancelled"):
            raise error_from_payload(f"the response has the status {status!r}")
        if self._for_the_caller:
            detail = f"the answer holds an item that has no value here: {self._for_the_caller}"
            raise BadResponseError(retryable=False, usage=usage, detail=detail)
        reason = text_at(object_at(response, "incomplete_details"), "reason")
        ended = "" if status in ("in_progress", "queued") else status  # it broke off, or is made in the background
        yield AnswerDelta(finish_reason=reason or ended or None, provider_data=self._note(), bound_to_host=True)

    def _item(self, index: _Index, item: Mapping[str, object]) -> Iterator[AnswerDelta]:
        """Yield what of a complete item did not come in deltas."""
        self._items[index] = item
        match text_at(item, "type"):
            case items.MESSAGE:
                yield from self._message(index, item)
            case items.REASONING:
                yield from self._reasoning_texts(index, item, _SUMMARY)
                yield from self._reasoning_texts(index, item, _CONTENT)
            case items.CALL:
                yield self._call(index, item)
                if rest := self._rest(index, _ARGUMENTS, [arguments_text(item.get("arguments", ""))]):
                    yield self._add_arguments(index, rest[0])
                yield AnswerDelta(tool_calls=(ToolCallChunk(index=index, ends=True),))
            case type_ if is_for_the_caller(item):
                self._for_the_caller = type_

    def _call(self, index: _Index, item: Mapping[str, object]) -> AnswerDelta:
        """Return the start of a call; of one that was started before, the id that was missing."""
        id, name = text_at(item, "call_id") or None, text_at(item, "name") or None
        if index in self._started:
            id, name = (None if self._started[index] else id), None
        self._started[index] = self._started.get(index, False) or id is not None
        return AnswerDelta(tool_calls=(ToolCallChunk(index=index, id=id, name=name),))

    def _message(self, index: _Index, item: Mapping[str, object]) -> Iterator[AnswerDelta]:
        parts = objects_at(item, "content")
        refused = any(part.get("type") == "refusal" for part in parts)
        texts = [text_at(part, "refusal") or text_at(part, "text") for part in parts]
        for text in self._rest(index, MESSAGE, texts):
            yield self._add_text(index, text, refused=refused)

    def _reasoning_texts(self, index: _Index, item: Mapping[str, object], field: str) -> Iterator[AnswerDelta]:
        texts = [text_at(part, "text") for part in objects_at(item, field)]
        for place, text in enumerate(self._rest(index, field, texts)):
            yield self._add_reasoning(index, field, place, text)

    def _rest(self, index: _Index, field: str, texts: list[str]) -> list[str]:
        """Return what of the *texts* of a complete item did not come in deltas."""
        length, whole = self._lengths.get((index, field), 0), "".join(texts)
        if not length:
            return [text for text in texts if text]
        if len(whole) <= length:
            return []  # without joining the deltas: an item may be repeated many times
        return [whole[length:]] if whole.startswith("".join(self._streamed[index, field])) else []

    def _add_text(self, index: _Index, text: str, *, refused: bool = False) -> AnswerDelta:
        self._add(index, MESSAGE, text)
        self._text.append(text)
        return AnswerDelta(text=text, has_content=True, refused=refused)

    def _add_reasoning(self, index: _Index, field: str, place: _Index, text: str) -> AnswerDelta:
        if not text:
            return AnswerDelta()
        self._add(index, field, text)
        begins = self._reasoning_part != (index, field, place)
        if begins:
            self._reasoning_part = index, field, place
            self._reasoning.append([])
        self._reasoning[-1].append(text)
        block = {"type": "thinking", "thinking": text}
        return AnswerDelta(reasoning=text, thinking_block=block, begins_block=begins)

    def _add_arguments(self, index: _Index, arguments: str) -> AnswerDelta:
        self._add(index, _ARGUMENTS, arguments)
        return AnswerDelta(tool_calls=(ToolCallChunk(index=index, arguments=arguments),))

    def _add(self, index: _Index, field: str, text: str) -> None:
        self._streamed.setdefault((index, field), []).append(text)
        self._lengths[index, field] = self._lengths.get((index, field), 0) + len(text)

    def _note(self) -> JsonValue:
        complete = [self._items[index] for index in sorted(self._items, key=lambda index: index or 0)]
        return note_of(complete, "".join(self._text), ["".join(texts) for texts in self._reasoning])


def _head(response: Mapping[str, object]) -> AnswerDelta:
    has_content, id, model = response is not EMPTY, text_at(response, "id"), text_at(response, "model")
    return AnswerDelta(has_content=has_content, id=id or None, model=model or None)


def decode_usage(usage: Mapping[str, object]) -> Usage | None:
    """Return the token counts; None if there are none."""
    read = object_at(usage, "input_tokens_details")
    reasoning = count_at(object_at(usage, "output_tokens_details"), "reasoning_tokens")
    input_tokens, output_tokens = count_at(usage, "input_tokens"), count_at(usage, "output_tokens")
    total = Usage(
        input_tokens=input_tokens,
        output_tokens=inclusive_output(input_tokens, output_tokens, reasoning, count_at(usage, "total_tokens")),
        cache_read_tokens=count_at(read, "cached_tokens"),
        cache_write_tokens=count_at(read, "cache_write_tokens"),
        reasoning_tokens=reasoning,
        cost_usd=reported_price(usage),
    )
    return None if total == NO_USAGE else total
