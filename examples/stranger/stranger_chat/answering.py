"""An answer, read from the chunks of a stream of OpenAI chat completions."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import llm_core as llm

Chunk: TypeAlias = Mapping[str, Any]  # JSON as it came: what is no chunk fails below, by whatever error

_REASONS = {reason.value: reason for reason in llm.FinishReason}


def events(chunk: Chunk) -> Iterator[llm.StreamEvent]:
    """Yield what *chunk* tells."""
    if "error" in chunk:
        raise llm.ServerError
    for choice in chunk["choices"]:
        delta: Chunk = choice["delta"]
        if thought := _text(delta, "reasoning_content"):
            yield llm.ReasoningDelta(thought)
        if words := _text(delta, "content") or _text(delta, "refusal"):
            yield llm.TextDelta(words)
        for place, call in enumerate(delta.get("tool_calls") or ()):
            index, function = call.get("index", place), call["function"]
            if name := _text(function, "name"):  # told once, where the call begins
                yield llm.ToolCallStart(index=index, id=call.get("id") or f"call_{uuid.uuid4().hex}", name=name)
            if piece := _text(function, "arguments"):
                yield llm.ToolCallDelta(index=index, arguments_text=piece)


def end(chunks: Sequence[Chunk], told: Sequence[llm.StreamEvent]) -> llm.StreamEnd:
    """Return the last event, with the whole answer; or raise that it broke off, or never was one."""
    choices = [choice for chunk in chunks for choice in chunk["choices"]]
    words = [choice["finish_reason"] for choice in choices if choice.get("finish_reason")]
    if not words:
        raise llm.StreamInterruptedError if choices else llm.BadResponseError
    refused = any(choice["delta"].get("refusal") for choice in choices)
    draft = llm.ChatResponse(
        message=llm.AssistantMessage(),  # `fold` makes it of what was told
        finish_reason=llm.FinishReason.CONTENT_FILTER if refused else _REASONS.get(words[0], llm.FinishReason.OTHER),
        raw_finish_reason=words[0],
        usage=next((_usage(chunk["usage"]) for chunk in chunks if chunk.get("usage")), None),
        model=chunks[0].get("model"),
        id=chunks[0].get("id"),
    )
    response = llm.fold([*told, llm.StreamEnd(response=draft)])
    if response.message == llm.AssistantMessage() and response.finish_reason is llm.FinishReason.STOP:
        raise llm.BadResponseError
    return llm.StreamEnd(response=response)


def _text(told: Chunk, name: str) -> str:
    return "" + (told.get(name) or "")  # TypeError where that is no text


def _usage(told: Chunk) -> llm.Usage:
    return llm.Usage(
        input_tokens=told.get("prompt_tokens"),
        output_tokens=told.get("completion_tokens"),
        cache_read_tokens=(told.get("prompt_tokens_details") or {}).get("cached_tokens"),
        reasoning_tokens=(told.get("completion_tokens_details") or {}).get("reasoning_tokens"),
    )
