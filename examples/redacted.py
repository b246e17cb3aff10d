"""A wrapper of one's own: words that neither the provider nor the caller's user may see."""

from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

import attrs

from llm_core import (
    AssistantMessage,
    ChatPort,
    ChatRequest,
    ChatResponse,
    Message,
    ReasoningDelta,
    StreamEnd,
    StreamEvent,
    TextDelta,
    TextPart,
    ToolCall,
    ToolCallDelta,
    ToolMessage,
    UserMessage,
    UserPart,
    parse_tool_call,
)
from llm_core.wrappers import Steps, Wrapper, forward

MASK = "[redacted]"
Part = TypeVar("Part", bound=UserPart)


class Redacted(Wrapper):
    """A chat that replaces *words* in every message that is sent, and in every answer, also a broken one."""

    def __init__(self, chat: ChatPort, words: Collection[str]) -> None:
        """Wrap *chat*, which is closed with the wrapper."""
        super().__init__(chat)
        self._words = tuple(words)

    def exchange(self, request: ChatRequest, /) -> Steps[ChatResponse]:
        """Send the request without the words, and change each event of the answer."""
        messages = [_changed(message, self._hide) for message in request.messages]
        return (yield from forward(self.chats[0], attrs.evolve(request, messages=messages), Hiding(self._words)))

    def _hide(self, text: str) -> str:
        return hidden(text, self._words)


class Hiding:
    """Changes the events of one answer; a word may be split over several deltas, so the beginning of one is held."""

    def __init__(self, words: Collection[str]) -> None:
        """Hide *words*."""
        self._words = words
        self._held: dict[object, str] = {}  # by what the deltas belong to: the text, the reasoning, or a call

    def __call__(self, event: StreamEvent) -> Iterable[StreamEvent]:
        """Return what *event* becomes."""
        match event:
            case TextDelta(text):
                return [TextDelta(part) for part in self._next("text", text)]
            case ReasoningDelta(text):
                return [ReasoningDelta(part) for part in self._next("reasoning", text)]
            case ToolCallDelta(index=index, arguments_text=text):
                return [ToolCallDelta(index=index, arguments_text=part) for part in self._next(index, text)]
            case StreamEnd(response=response):
                message = _changed_answer(response.message, lambda text: hidden(text, self._words))
                return [*self._rest(), StreamEnd(response=attrs.evolve(response, message=message))]
            case _:
                return [event]

    def _next(self, key: object, text: str) -> list[str]:
        """Return the text that can be passed on, if there is any, and hold the beginning of a word back."""
        text = hidden(self._held.pop(key, "") + text, self._words)
        held = max((_begun(text, word) for word in self._words), default=0)
        passed, self._held[key] = text[: len(text) - held], text[len(text) - held :]
        return [passed] if passed else []

    def _rest(self) -> list[StreamEvent]:
        """Return the deltas that were held back, once nothing more arrives."""
        held, self._held = self._held, {}
        return [_delta(key, text) for key, text in held.items() if text]


def hidden(text: str, words: Collection[str]) -> str:
    """Return *text* with the mask in place of each of *words*."""
    for word in words:
        text = text.replace(word, MASK)
    return text


def _begun(text: str, word: str) -> int:
    """Return how many characters at the end of *text* are the beginning of *word*."""
    return next((size for size in range(min(len(word) - 1, len(text)), 0, -1) if text.endswith(word[:size])), 0)


def _delta(key: object, text: str) -> StreamEvent:
    if isinstance(key, int):
        return ToolCallDelta(index=key, arguments_text=text)
    return TextDelta(text) if key == "text" else ReasoningDelta(text)


def _changed(message: Message, hide: Callable[[str], str]) -> Message:
    match message:
        case AssistantMessage():
            return _changed_answer(message, hide)
        case UserMessage(content=content) if not isinstance(content, str):
            return UserMessage([_changed_part(part, hide) for part in content])
        case ToolMessage(content=content) if not isinstance(content, str):
            return attrs.evolve(message, content=[_changed_part(part, hide) for part in content])
        case _:
            return attrs.evolve(message, content=hide(str(message.content)))


def _changed_part(part: Part, hide: Callable[[str], str]) -> Part | TextPart:
    return TextPart(hide(part.text)) if isinstance(part, TextPart) else part


def _changed_answer(message: AssistantMessage, hide: Callable[[str], str]) -> AssistantMessage:
    calls = [
        parse_tool_call(
            id=call.id, name=call.name, arguments_text=hide(call.arguments_json), provider_data=call.provider_data
        )
        for call in message.tool_calls
    ]
    return attrs.evolve(
        message,
        content=hide(message.content),
        reasoning=[attrs.evolve(part, text=hide(part.text)) for part in message.reasoning],
        tool_calls=[call for call in calls if isinstance(call, ToolCall)],
        invalid_tool_calls=[
            attrs.evolve(call, arguments_text=hide(call.arguments_text)) for call in message.invalid_tool_calls
        ],
    )
