"""What is used of OpenTelemetry, as Protocols: `opentelemetry-util-genai` is a pre-release, and may change."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.util.genai.types import Error, InputMessage, OutputMessage, ToolDefinition
    from opentelemetry.util.types import AttributeValue


class TracerProvider(Protocol):
    """Makes tracers: a ``TracerProvider`` of OpenTelemetry."""

    def get_tracer(self, instrumenting_module_name: str, /) -> object:
        """Return the tracer of a library."""


class MeterProvider(Protocol):
    """Makes meters: a ``MeterProvider`` of OpenTelemetry."""

    def get_meter(self, name: str, /) -> object:
        """Return the meter of a library."""


class Invocation(Protocol):
    """A call that has begun, with its span: an ``InferenceInvocation`` of opentelemetry-util-genai."""

    attributes: "dict[str, AttributeValue]"
    metric_attributes: "dict[str, AttributeValue]"
    input_messages: "list[InputMessage]"
    output_messages: "list[OutputMessage]"
    tool_definitions: "list[ToolDefinition] | None"
    request_stream: bool | None
    output_type: str | None
    temperature: float | None
    top_p: float | None
    max_tokens: int | None
    stop_sequences: list[str] | None
    seed: int | None
    frequency_penalty: float | None
    presence_penalty: float | None
    reasoning_level: str | None
    response_model_name: str | None
    response_id: str | None
    finish_reasons: list[str] | None
    input_tokens: int | None
    output_tokens: int | None
    thinking_tokens: int | None
    cache_read_input_tokens: int | None
    cache_write_input_tokens: int | None

    @property
    def context(self) -> "Context":
        """The context in which its span is the current one."""

    def suspend(self) -> None:
        """Leave `context`, which a new invocation enters."""

    def record_stream_chunk(self) -> None:
        """Record that a chunk of a stream has arrived, now."""

    def stop(self) -> None:
        """End the span of a call that has succeeded."""

    def fail(self, error: "Error", /) -> None:
        """End the span of a call that has failed."""
