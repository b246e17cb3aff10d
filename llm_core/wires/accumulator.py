"""From deltas to stream events and to the whole response: one accumulator for every wire, whole or streamed."""

from collections.abc import Callable
from decimal import Decimal

import attrs

from llm_core.domain.errors import BadResponseError, StreamInterruptedError
from llm_core.domain.events import StreamEnd, StreamEvent
from llm_core.domain.json_values import JsonValue
from llm_core.domain.messages import NO_MESSAGE, AssistantMessage
from llm_core.domain.parts import ProviderData
from llm_core.domain.responses import ChatResponse, FinishReason
from llm_core.domain.usage import Usage
from llm_core.ports.partial_response import PartialResponse
from llm_core.ports.tool_call_assembler import ToolCallAssembler

from .deltas import CUSTOM_CALL, AnswerDelta
from .endpoint import HOST
from .finish_reasons import failure_for, finish_reason_for
from .reasoning_blocks import ReasoningDetails, ThinkingBlocks, details_text

# Of the ids of calls that Anthropic runs itself, and which are left out; gateways report them as ordinary calls.
_SERVER_RUN_ID_PREFIXES = ("srvtoolu_", "mcptoolu_")


def _no_price(_: Usage) -> None:
    return None


@attrs.define(kw_only=True, eq=False, repr=False)
class ResponseAccumulator:
    """Accumulates one answer of *provider*, which *host* sent.

    `ignored` are the settings that the adapter did not send; `price` returns what usage costs in US dollars.
    """

    provider: str
    host: str = ""
    ignored: tuple[str, ...] = ()
    price: Callable[[Usage], Decimal | None] = _no_price
    _response: PartialResponse = attrs.field(init=False)
    _thinking: ThinkingBlocks = attrs.field(factory=ThinkingBlocks)
    _details: ReasoningDetails = attrs.field(factory=ReasoningDetails)
    _has_content: bool = False
    _refused: bool = False
    _has_reasoning_field: bool = False
    _other_content: dict[str, None] = attrs.field(factory=dict)
    _finish_reason: str | None = None
    _model: str | None = None
    _id: str | None = None
    _data: list[ProviderData] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        """Start empty."""
        self._response = PartialResponse(ToolCallAssembler(server_run_id_prefixes=_SERVER_RUN_ID_PREFIXES))

    def prefer(self, *, model: str | None, cost: Decimal | None) -> None:
        """Take the *model* and the *cost* in US dollars that headers report; a cost in the body counts before it."""
        self._model = model
        if cost is not None:
            self.price = lambda _: cost

    def add(self, delta: AnswerDelta) -> list[StreamEvent]:
        """Add *delta*; return the events that it completes."""
        self._note(delta)
        if delta.other_content is not None:
            self._other_content[delta.other_content] = None
        reasoning = delta.reasoning
        if delta.reasoning_details and not (reasoning or self._has_reasoning_field):  # the field has the same text
            reasoning = details_text(delta.reasoning_details)
        return self._response.feed(reasoning, delta.text, delta.tool_calls)

    def end(self) -> list[StreamEvent]:
        """Return the last events, once the provider has sent everything.

        Raises:
            StreamInterruptedError: the answer broke off: it has no finish reason.
            ServerError, ChatTimeoutError: the finish reason means a failure.
            BadResponseError: nothing had the fields of an answer; not retryable: its content cannot be represented.
        """
        reason = self._require_finish_reason()
        return [*self._response.finish(), StreamEnd(response=self._build(reason))]

    def response(self) -> ChatResponse:
        """Return the whole response, once the provider has sent everything; errors as in `end`."""
        reason = self._require_finish_reason()
        self._response.finish()
        return self._build(reason)

    @property
    def is_finished(self) -> bool:
        """Whether finish reason and usage have been reported, so that nothing else is needed."""
        return self._finish_reason is not None and self._response.usage is not None

    def partial(self) -> AssistantMessage:
        """Return the message so far; call it after the last `add`."""
        reason = finish_reason_for(self._finish_reason or "")
        return self._response.partial(has_ended=reason in (FinishReason.STOP, FinishReason.TOOL_CALLS))

    def _require_finish_reason(self) -> str:
        if self._finish_reason is None:
            has_begun = self._has_content or self._response.has_begun
            raise StreamInterruptedError if has_begun else BadResponseError(detail="the answer held nothing")
        if (failure := failure_for(self._finish_reason)) is not None:
            failure.partial = self.partial()
            raise failure
        return self._finish_reason

    def _note(self, delta: AnswerDelta) -> None:
        if delta.has_content:
            self._has_content = True
        if delta.refused:
            self._refused = True
        if delta.finish_reason:
            self._finish_reason = delta.finish_reason
        if delta.usage is not None:
            self._response.usage = delta.usage
        self._id = self._id or delta.id
        self._model = self._model or delta.model
        if delta.thinking_block is not None:
            self._thinking.add(delta.thinking_block, begins=delta.begins_block)
        elif delta.reasoning_field is not None and delta.reasoning:
            self._has_reasoning_field = True
            self._thinking.add_text(delta.reasoning_field, delta.reasoning)
        if delta.reasoning_details:
            self._details.add(delta.reasoning_details)
        if delta.provider_data is not None:
            self._keep(delta.provider_data, bound_to_host=delta.bound_to_host)

    def _keep(self, data: JsonValue, *, bound_to_host: bool) -> None:
        if bound_to_host and isinstance(data, dict):
            data = {**data, HOST: self.host}
        self._data.append(ProviderData(provider=self.provider, value=data))

    def _build(self, raw_reason: str) -> ChatResponse:
        reason = FinishReason.CONTENT_FILTER if self._refused else finish_reason_for(raw_reason)
        message = self._response.builder.message(reason, self._replayed)
        self._require_content(message, reason)
        self._require_representable(message)
        return ChatResponse(
            message=message,
            finish_reason=reason,
            raw_finish_reason=raw_reason,
            usage=self.usage,
            model=self._model,
            id=self._id,
            ignored_settings=self.ignored,
        )

    @property
    def _replayed(self) -> AssistantMessage:
        """What no event carries: reasoning parts with signatures, and the data that is replayed to the provider."""
        reasoning, calls = self._thinking.parts(self.provider), self._response.calls.replay_calls(self.provider)
        data = [*self._data, *self._details.replay_data(self.provider)]
        if not (reasoning or calls or data):
            return NO_MESSAGE
        return AssistantMessage(reasoning=reasoning, tool_calls=calls, provider_data=data)

    @property
    def usage(self) -> Usage | None:
        """The usage that has been reported so far, with its price."""
        reported = self._response.usage
        if reported is None or reported.cost_usd is not None:
            return reported
        cost = self.price(reported)
        return reported if cost is None else attrs.evolve(reported, cost_usd=cost)

    def _require_content(self, message: AssistantMessage, reason: FinishReason) -> None:
        has_content = self._has_content or message.content or message.all_tool_calls or message.reasoning
        if not has_content and reason in (FinishReason.STOP, FinishReason.TOOL_CALLS):
            raise BadResponseError(detail="the body has none of the fields of an answer")

    def _require_representable(self, message: AssistantMessage) -> None:
        """Raise BadResponseError, not retryable, for an answer whose content no field of a response carries."""
        is_empty = not (message.content or message.all_tool_calls)
        if self._other_content and (is_empty or CUSTOM_CALL in self._other_content):
            held = ", ".join(self._other_content)
            raise BadResponseError(retryable=False, usage=self.usage, detail=f"the answer holds {held}: not supported")
