"""The spans and metrics of `Traced`, by opentelemetry-util-genai."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, cast
from weakref import finalize

from opentelemetry import context as contexts
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes as names
from opentelemetry.util.genai.handler import TelemetryHandler
from opentelemetry.util.genai.types import Error

from llm_core.domain.errors import ChatError
from llm_core.domain.events import StreamEnd, StreamEvent
from llm_core.domain.model_description import ModelDescription
from llm_core.domain.printable import printable
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse
from llm_core.domain.settings import ChatSettings
from llm_core.domain.usage import NO_USAGE, Usage

from .failures import total_usage
from .steps import Answer
from .telemetry import Invocation, MeterProvider, TracerProvider
from .traced_content import SpanContent
from .traced_names import address_attributes, name_of, provider_name

if TYPE_CHECKING:
    from contextvars import Token

    from opentelemetry import metrics, trace

_MARK = contexts.create_key("llm_core.traced")
_MAX_COUNT = 2**63 - 1  # what an exporter can encode


class TracedCalls:
    """Starts the spans of the calls of one `Traced`."""

    def __init__(
        self, tracer_provider: TracerProvider | None, meter_provider: MeterProvider | None, *, content: bool
    ) -> None:
        """Use these providers; None is the global one. *content*: prompts and answers are put on the spans."""
        self._telemetry = TelemetryHandler(  # it reads the variable about content
            tracer_provider=cast("trace.TracerProvider | None", tracer_provider),
            meter_provider=cast("metrics.MeterProvider | None", meter_provider),
            instrumentation_scope_name="llm_core",
        )
        self._content = content

    def start(self, answer: Answer, own: ModelDescription) -> TracedCall:
        """Start the span of the call of *answer*, a child of the current span; *own* describes the chat's model."""
        return TracedCall(self._telemetry, answer, own.for_model(answer.request.model), content=self._content)


class TracedCall:
    """A call and its span, which is the current one while the chat beneath works."""

    def __init__(
        self, telemetry: TelemetryHandler, answer: Answer, description: ModelDescription, *, content: bool
    ) -> None:
        """Start the span of *answer*, the call of a model of that *description*; *content*: as of `TracedCalls`."""
        request = answer.request
        self._token: Token[contexts.Context] | None = None
        self._answer = answer
        provider, model = provider_name(description.provider), _model(request, description)
        invocation: Invocation
        # A span ends once. This ends that of a call that an interrupt between two lines of this class has ended.
        finalize(self, (invocation := telemetry.inference(provider, request_model=model)).stop)
        self._invocation = invocation
        invocation.suspend()
        address = address_attributes(description.host)
        invocation.attributes.update(address)
        invocation.metric_attributes.update(address)
        _set_settings(invocation, request.settings)
        invocation.output_type = None if request.output is None else names.GenAiOutputTypeValues.JSON.value
        self._content = SpanContent(invocation, on_span=content, elsewhere=telemetry.should_capture_content())
        self._content.set_request(request)
        self._mark = object()
        self._context = contexts.set_value(_MARK, self._mark, invocation.context)

    def enter(self) -> None:
        """Make the span the current one."""
        self._token = contexts.attach(self._context)

    def begun(self) -> None:
        """Take the end of the call, or the first event of a stream."""
        self._leave()
        if self._answer.response is None:
            self._invocation.record_stream_chunk()

    def each(self, event: StreamEvent) -> Iterable[StreamEvent]:
        """Pass *event* on; while the reader has it, the reader's span is the current one."""
        self._leave()
        return (event,) if isinstance(event, StreamEnd) else self._passed(event)

    def succeed(self, response: ChatResponse) -> None:
        """End the span of a call that *response* answers."""
        invocation = self._invocation
        invocation.response_model_name = name_of(response.model)
        invocation.response_id = name_of(response.id)
        invocation.finish_reasons = [response.finish_reason.value]
        self._content.set_answer(response.message)
        self._set_usage(response.usage)
        invocation.stop()

    def fail(self, error: BaseException) -> None:
        """End the span of a call that *error* has ended; a stream that is left early has not failed."""
        self._leave()
        if self._answer.stream is not None or self._answer.astream is not None:
            self._invocation.request_stream = True
        self._set_usage(total_usage(error) if isinstance(error, ChatError) else self._answer.usage)
        if isinstance(error, GeneratorExit):
            self._invocation.stop()
            return
        message = None
        if isinstance(error, ChatError):
            message = printable(str(error))  # a sentence of ours; `detail` is the provider's
            self._invocation.attributes.update(address_attributes(error.host))
            if error.partial is not None:
                self._content.set_answer(error.partial)
        self._invocation.fail(Error(message=message, type=type(error).__name__))

    def _passed(self, event: StreamEvent) -> Iterator[StreamEvent]:
        yield event
        self.enter()  # the reader wants the next one

    def _leave(self) -> None:
        """Restore the span that was the current one before `enter`."""
        token, self._token = self._token, None
        # A reader that was dropped while it waited may be closed in another context, which never had the span.
        if token is not None and contexts.get_value(_MARK) is self._mark:
            contexts.detach(token)

    def _set_usage(self, usage: Usage | None) -> None:
        invocation, usage = self._invocation, usage or NO_USAGE
        invocation.input_tokens = _count(usage.input_tokens)
        invocation.output_tokens = _count(usage.output_tokens)
        invocation.thinking_tokens = _count(usage.reasoning_tokens)
        invocation.cache_read_input_tokens = _count(usage.cache_read_tokens)
        invocation.cache_write_input_tokens = _count(usage.cache_write_tokens)


def _model(request: ChatRequest, description: ModelDescription) -> str | None:
    """Return the model that is called, as its provider names it."""
    if description.model is None and request.model is not None:
        return name_of(request.model.removeprefix(f"{description.provider}/"))
    return name_of(description.model)


def _set_settings(invocation: Invocation, settings: ChatSettings) -> None:
    invocation.temperature = settings.temperature
    invocation.top_p = settings.top_p
    invocation.max_tokens = _count(settings.max_tokens)
    invocation.stop_sequences = list(settings.stop) or None
    invocation.seed = _count(settings.seed)
    invocation.frequency_penalty = settings.frequency_penalty
    invocation.presence_penalty = settings.presence_penalty
    invocation.reasoning_level = settings.reasoning_effort


def _count(figure: int | None) -> int | None:
    return figure if figure is None or abs(figure) <= _MAX_COUNT else None
