"""OpenAI's chat completions, and what its many relatives make of them.

Source: https://platform.openai.com/docs/api-reference/chat, and the relatives' own pages where they differ.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

import attrs

from llm_core.domain.errors import BadResponseError
from llm_core.domain.usage import Usage

from .fields import EMPTY, arguments_of, count_at, kept, object_at, objects_at, text_at, words_of
from .pieces import CallPiece, Piece
from .told_errors import require_no_error


@attrs.define
class OpenAIChat:
    """Reads one answer; it keeps nothing between two events."""

    is_over: bool = False

    def whole(self, body: Mapping[str, object]) -> Iterator[Piece]:
        """Yield the answer."""
        require_no_error(body)
        choice = _choice(body)
        if choice is None:
            raise BadResponseError(detail="the answer holds no choices")
        message = object_at(choice, "message")
        calls = tuple(_call(call, place) for place, call in enumerate(objects_at(message, "tool_calls")))
        yield from _parts(message)
        yield _piece(body, choice, message, calls or _old_call(message))

    def event(self, event: Mapping[str, object]) -> Iterable[Piece]:
        """Return what one event tells."""
        require_no_error(event)
        choice = _choice(event) or EMPTY
        delta = object_at(choice, "delta")
        calls = tuple(_call(call, call.get("index")) for call in objects_at(delta, "tool_calls")) or _old_call(delta)
        return *_parts(delta), _piece(event, choice, delta, calls)


def _choice(body: Mapping[str, object]) -> Mapping[str, object] | None:
    """Return the first answer of those that were asked for."""
    for choice in objects_at(body, "choices"):
        if not choice.get("index"):
            return choice
    return None


def _piece(
    body: Mapping[str, object],
    choice: Mapping[str, object],
    message: Mapping[str, object],
    calls: tuple[CallPiece, ...],
) -> Piece:
    content, refusal = message.get("content"), message.get("refusal")
    words = "" if isinstance(content, list) else words_of(content)
    usage = body.get("usage") or object_at(body, "x_groq").get("usage")
    return Piece(
        text=f"{refusal}{words}" if refusal else words,
        told=content is not None,
        refused=bool(refusal),
        reasoning=text_at(message, "reasoning_content") or text_at(message, "reasoning"),
        calls=calls,
        reason=text_at(choice, "finish_reason") or text_at(object_at(choice, "finish_details"), "type") or None,
        usage=usage_of(usage) if isinstance(usage, dict) else None,
        id=text_at(body, "id") or None,
        model=text_at(body, "model") or None,
    )


def _parts(message: Mapping[str, object]) -> Iterable[Piece]:
    """Content in parts, as Mistral sends what was thought and what was said."""
    return map(_part, objects_at(message, "content"))


def _part(part: Mapping[str, object]) -> Piece:
    if text_at(part, "type") == "thinking":
        return Piece(reasoning="".join(text_at(words, "text") for words in objects_at(part, "thinking")))
    return Piece(text=text_at(part, "text"), told=True)


def _old_call(message: Mapping[str, object]) -> tuple[CallPiece, ...]:
    """Return the one call that there could be before there were tools; some relatives still send it."""
    function = message.get("function_call")
    return (_call({"function": function}, "function_call"),) if isinstance(function, dict) else ()


def _call(call: Mapping[str, object], index: object) -> CallPiece:
    function = object_at(call, "function")
    arguments = function.get("arguments")
    return CallPiece(
        index=index,
        id=text_at(call, "id") or None,
        name=text_at(function, "name") or None,
        arguments="" if arguments is None else arguments_of(arguments),
        data=kept(call["extra_content"]) if call.get("extra_content") else None,
    )


def usage_of(usage: Mapping[str, object]) -> Usage | None:
    """Return the figures; None where there are none."""
    prompt, completion = object_at(usage, "prompt_tokens_details"), object_at(usage, "completion_tokens_details")
    cost = usage.get("cost")  # OpenRouter's price, in US dollars
    told = Usage(
        input_tokens=count_at(usage, "prompt_tokens"),
        output_tokens=count_at(usage, "completion_tokens"),
        cache_read_tokens=_or(
            count_at(prompt, "cached_tokens"), count_at(usage, "prompt_cache_hit_tokens", "cached_tokens")
        ),
        cache_write_tokens=count_at(prompt, "cache_write_tokens", "cache_creation_tokens"),
        reasoning_tokens=count_at(completion, "reasoning_tokens"),
        cost_usd=Decimal(str(cost)) if isinstance(cost, int | float) and cost >= 0 else None,
    )
    return None if told == Usage() else told


def _or(one: int | None, other: int | None) -> int | None:
    return other if one is None else one
