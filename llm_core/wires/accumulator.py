"""From pieces to stream events, and to the whole answer: the one reader of both lanes, both colours and every wire."""

from collections.abc import Callable
from decimal import Decimal

import attrs

from llm_core.domain.errors import BadResponseError, StreamInterruptedError
from llm_core.domain.events import ReasoningDelta, StreamEnd, StreamEvent, TextDelta
from llm_core.domain.messages import AssistantMessage
from llm_core.domain.parts import ProviderData
from llm_core.domain.response_builder import ResponseBuilder
from llm_core.domain.responses import ChatResponse, FinishReason
from llm_core.domain.surrogates import SurrogateBuffer
from llm_core.domain.usage import Usage
from llm_core.ports.tool_call_assembler import ToolCallAssembler

from .deltas import AnswerDelta
from .finish_reasons import finish_reason_for
from .reasoning_blocks import ReasoningDetails, ThinkingBlocks

# The first characters of the ids of calls that Anthropic ran itself; LiteLLM and its gateway report them as calls.
_SERVER_RUN_IDS = ("srvtoolu_", "mcptoolu_")


def _no_price(_: Usage) -> None:
    return None


@attrs.define(kw_only=True)
class ResponseAccumulator:
    """Reads one answer of *provider*; `fold` holds what it has told so far. `price` counts what usage costs."""

    provider: str
    ignored: tuple[str, ...] = ()
    price: Callable[[Usage], Decimal | None] = _no_price
    builder: ResponseBuilder = attrs.field(factory=ResponseBuilder)
    _calls: ToolCallAssembler = attrs.field(factory=lambda: ToolCallAssembler(server_run_ids=_SERVER_RUN_IDS))
    _text: SurrogateBuffer = attrs.field(factory=SurrogateBuffer)
    _thought: SurrogateBuffer = attrs.field(factory=SurrogateBuffer)
    _thinking: ThinkingBlocks = attrs.field(factory=ThinkingBlocks)
    _details: ReasoningDetails = attrs.field(factory=ReasoningDetails)
    _told: bool = False
    _refused: bool = False
    _reason: str | None = None
    _usage: Usage | None = None
    _model: str | None = None
    _id: str | None = None
    _data: list[ProviderData] = attrs.field(factory=list)

    def add(self, piece: AnswerDelta) -> list[StreamEvent]:
        """Return the events that *piece* brings, and take them in."""
        self._note(piece)
        events: list[StreamEvent] = []
        if piece.reasoning and (thought := self._thought.feed(piece.reasoning)):
            events.append(ReasoningDelta(thought))
        if piece.text and (text := self._text.feed(piece.text)):
            events.append(TextDelta(text))
        for call in piece.tool_calls:
            events += self._calls.add(call)
        return self._taken(events)

    def end(self) -> list[StreamEvent]:
        """Return the last events, once nothing more comes.

        Raises:
            StreamInterruptedError: it broke off: nobody said why it stopped.
            BadResponseError: nothing came at all, or nothing that says something.
        """
        reason = self._told_reason()
        return [*self._rest(), StreamEnd(response=self._response(reason))]

    def response(self) -> ChatResponse:
        """Return the whole answer, once nothing more comes; otherwise as `end`."""
        reason = self._told_reason()
        self._rest()
        return self._response(reason)

    def partial(self) -> AssistantMessage:
        """Return what has arrived, calls that were not told yet among it."""
        self._rest()
        return self.builder.partial()

    def _told_reason(self) -> str:
        if self._reason is None:
            raise StreamInterruptedError if self._began else BadResponseError(detail="the answer held nothing")
        return self._reason

    @property
    def _began(self) -> bool:
        return self._told or self._calls.has_begun or self.partial() != AssistantMessage()

    def _rest(self) -> list[StreamEvent]:
        """Return what is still to be told, and take it in."""
        halves = (ReasoningDelta(self._thought.flush()), TextDelta(self._text.flush()))
        return self._taken([*(half for half in halves if half.text), *self._calls.finish()])

    def _taken(self, events: list[StreamEvent]) -> list[StreamEvent]:
        for event in events:
            self.builder.add(event)
        return events

    def _note(self, piece: AnswerDelta) -> None:
        self._told = self._told or piece.has_content
        self._refused = self._refused or piece.refused
        self._reason = piece.finish_reason or self._reason
        self._usage = piece.usage or self._usage
        self._id = self._id or piece.id
        self._model = self._model or piece.model
        if piece.thinking_block is not None:
            self._thinking.add(piece.thinking_block)
        elif piece.reasoning_field is not None and piece.reasoning:
            self._thinking.add_text(piece.reasoning_field, piece.reasoning)
        if piece.reasoning_details:
            self._details.add(piece.reasoning_details)
        if piece.provider_data is not None:
            self._data.append(ProviderData(provider=self.provider, value=piece.provider_data))

    def _response(self, word: str) -> ChatResponse:
        reason = FinishReason.CONTENT_FILTER if self._refused else finish_reason_for(word)
        message = self.builder.message(reason, self._kept)
        self._require_something(message, reason)
        return ChatResponse(
            message=message,
            finish_reason=reason,
            raw_finish_reason=word,
            usage=self._priced(),
            model=self._model,
            id=self._id,
            ignored_settings=self.ignored,
        )

    @property
    def _kept(self) -> AssistantMessage:
        return AssistantMessage(
            reasoning=self._thinking.parts(self.provider),
            tool_calls=self._calls.replay_calls(self.provider),
            provider_data=[*self._data, *self._details.replay_data(self.provider)],
        )

    def _priced(self) -> Usage | None:
        if self._usage is None or self._usage.cost_usd is not None:
            return self._usage
        return attrs.evolve(self._usage, cost_usd=self.price(self._usage))

    def _require_something(self, message: AssistantMessage, reason: FinishReason) -> None:
        says_something = self._told or message.content or message.all_tool_calls or message.reasoning
        if not says_something and reason in (FinishReason.STOP, FinishReason.TOOL_CALLS):
            raise BadResponseError(detail="the answer holds neither text nor a call")
