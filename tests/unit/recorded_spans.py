"""OpenTelemetry in memory: the spans that were started and ended, and the metrics."""

import asyncio
import json
from collections.abc import AsyncGenerator, Generator, Mapping

from opentelemetry.context import Context
from opentelemetry.metrics import MeterProvider
from opentelemetry.sdk import metrics as sdk_metrics
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Tracer

from llm_core import (
    AssistantMessage,
    AsyncChatStream,
    ChatRequest,
    ChatResponse,
    ChatStream,
    StreamEnd,
    StreamEvent,
    TextDelta,
)
from llm_core.ports.streams import AsyncEventStream, EventStream

WORK = ChatResponse(message=AssistantMessage("ab"))


class Recorded:
    """Keeps what is traced through its providers."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self._reader = InMemoryMetricReader()
        self._open = _Open()
        self.tracer_provider = TracerProvider(shutdown_on_exit=False)
        self.tracer_provider.add_span_processor(self._open)
        self.tracer_provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.meter_provider: MeterProvider = sdk_metrics.MeterProvider([self._reader], shutdown_on_exit=False)
        self.tracer: Tracer = self.tracer_provider.get_tracer("test")

    @property
    def open(self) -> list[str]:
        """The names of the spans that have not ended."""
        return [span.name for span in self._open.spans]

    @property
    def spans(self) -> list[ReadableSpan]:
        """The spans that have ended."""
        return list(self._exporter.get_finished_spans())

    @property
    def calls(self) -> list[ReadableSpan]:
        """Those of calls."""
        return [span for span in self.spans if span.name.startswith("chat")]

    @property
    def only_call(self) -> Mapping[str, object]:
        """The attributes of the one call."""
        (span,) = self.calls
        return dict(span.attributes or {})

    @property
    def text(self) -> str:
        """All that the spans hold."""
        return json.dumps([json.loads(span.to_json()) for span in self.spans])

    def points(self) -> dict[str, list[tuple[float, dict[str, object]]]]:
        """Return by metric the sum and the attributes of each series."""
        data = self._reader.get_metrics_data()
        found: dict[str, list[tuple[float, dict[str, object]]]] = {}
        for resource in () if data is None else data.resource_metrics:
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    points = [point for point in metric.data.data_points if isinstance(point, HistogramDataPoint)]
                    found[metric.name] = [(point.sum, dict(point.attributes or {})) for point in points]
        return found


class _Open(SpanProcessor):
    def __init__(self) -> None:
        self.spans: list[Span | ReadableSpan] = []

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        del parent_context
        self.spans.append(span)

    def on_end(self, span: ReadableSpan) -> None:
        self.spans = [other for other in self.spans if other.context != span.context]


class WorkingChat:
    """A chat that makes a span of its own, as an instrumented transport does, for each read."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        del request
        self._work()
        return WORK

    def stream(self, request: ChatRequest, /) -> ChatStream:
        del request
        return EventStream(self._events())

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        del request
        await asyncio.sleep(0)
        self._work()
        return WORK

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        del request
        return AsyncEventStream(self._aevents())

    def _events(self) -> Generator[StreamEvent, None, None]:
        for event in (TextDelta("a"), TextDelta("b"), StreamEnd(response=WORK)):
            self._work()
            yield event

    async def _aevents(self) -> AsyncGenerator[StreamEvent, None]:
        for event in (TextDelta("a"), TextDelta("b"), StreamEnd(response=WORK)):
            await asyncio.sleep(0)
            self._work()
            yield event

    def _work(self) -> None:
        self._tracer.start_span("work").end()
