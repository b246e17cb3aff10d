"""Calls that wait for their turn."""

from collections.abc import Iterator, Sequence

import attrs

from llm_core.domain.errors import ChatTimeoutError, RateLimitError
from llm_core.domain.messages import AssistantMessage
from llm_core.domain.parts import TextPart, ToolPart, UserPart
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse
from llm_core.domain.usage import Usage
from llm_core.ports.chat import DEFAULT_TIMEOUT, ChatPort
from llm_core.ports.clock import SYSTEM_CLOCK, Clock

from .argument_checks import require_instance
from .limiter import Limiter, Turn
from .steps import Answer, Steps, begin, relay, wait_for
from .wrapper import Wrapper

_CHARACTERS_PER_TOKEN = 4


class Limited(Wrapper):
    """A chat whose calls wait until *limiter*, which other chats may share, gives them their turn.

    The wait counts in ``settings.timeout``: what is left of it goes down as the request's timeout, the one change that
    is made to a request. A request without one waits for 120 seconds at most, and passes unchanged. A turn ends with
    the whole answer, or when the stream is closed.
    """

    def __init__(self, chat: ChatPort, limiter: Limiter, *, clock: Clock = SYSTEM_CLOCK) -> None:
        """Wrap *chat*, which is closed with the wrapper; *clock* is that of *limiter* too."""
        require_instance("limiter", limiter, Limiter)
        super().__init__(chat, clock=clock)
        self._limiter = limiter

    def exchange(self, request: ChatRequest, /) -> Steps[ChatResponse]:
        """Return the response of the chat, called when it is its turn.

        Raises:
            RateLimitError: the turn would come after the timeout; `retry_after` is the time until then.
            ChatTimeoutError: the calls in progress did not end within the timeout.
        """
        needs_estimate = self._limiter.tokens_per_minute is not None
        turn = self._limiter.enter(estimated_tokens(request) if needs_estimate else 0.0)
        answer = Answer(self.chats[0], request)
        try:
            answer.request = yield from self._wait(turn, request)
            yield from begin(answer)
            return (yield from relay(answer))
        finally:
            if (tokens := _tokens(answer.usage)) is not None:
                turn.settle(tokens)
            turn.leave()

    def _wait(self, turn: Turn, request: ChatRequest) -> Steps[ChatRequest]:
        """Wait for the turn; return the request with what is left of its timeout."""
        timeout, started = request.settings.timeout, self.clock.now()
        seconds = self._limiter.wait_of(turn)
        while seconds != 0:
            left = (DEFAULT_TIMEOUT if timeout is None else timeout) - (self.clock.now() - started)
            if seconds is not None and seconds >= left:
                raise RateLimitError(retry_after=seconds, detail="the limiter has no turn for this call in time")
            if left <= 0:
                raise ChatTimeoutError(detail="the limiter had no turn for this call in time")
            yield from wait_for(turn.signal, left if seconds is None else seconds)
            seconds = self._limiter.wait_of(turn)
        waited = self.clock.now() - started
        if timeout is None or waited <= 0:
            return request
        return attrs.evolve(request, settings=attrs.evolve(request.settings, timeout=max(timeout - waited, 0.001)))


def estimated_tokens(request: ChatRequest) -> float:
    """Return about how many tokens the prompt has: its characters / 4. Images, audio and files count nothing."""
    return sum(map(len, _texts(request))) / _CHARACTERS_PER_TOKEN


def _texts(request: ChatRequest) -> Iterator[str]:
    for message in request.messages:
        match message:
            case AssistantMessage():
                yield message.content
                yield from (part.text for part in message.reasoning)
                yield from (call.arguments_text or "" for call in message.all_tool_calls)
            case _:
                yield from _texts_of(message.content)
    for tool in request.tools:
        yield tool.name + tool.description + str(tool.parameters)


def _texts_of(content: str | Sequence[UserPart | ToolPart]) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    else:
        yield from (part.text for part in content if isinstance(part, TextPart))


def _tokens(usage: Usage | None) -> int | None:
    """Return the tokens of *usage*, those of prompt and answer; None if neither is reported."""
    if usage is None or (usage.input_tokens is None and usage.output_tokens is None):
        return None
    return (usage.input_tokens or 0) + (usage.output_tokens or 0)
