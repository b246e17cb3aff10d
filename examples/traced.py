"""Traces of model calls: prints each span as it ends. Needs no key, but the extra ``otel`` and opentelemetry-sdk.

``python examples/traced.py``. In production an exporter of OTLP takes the place of the one that prints.
"""

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor

from llm_core import ChatPort, ChatRequest, ModelDescription, RateLimitError, UserMessage
from llm_core.adapters.memory import InMemoryChat, ScriptItem
from llm_core.wrappers import Retrying, Traced

SHOWN = ("error.type", "gen_ai.provider.name", "gen_ai.request.stream", "gen_ai.response.finish_reasons")


def line(span: ReadableSpan) -> str:
    """Return *span* in one line, indented beneath its parent."""
    facts = [f"{name}={value!r}" for name, value in (span.attributes or {}).items() if name in SHOWN]
    return f"{'  ' if span.parent else ''}{span.name} {' '.join(facts)}\n"


def fake_chat() -> InMemoryChat:
    """Return a chat that is busy at first."""
    busy = RateLimitError(retry_after=0, detail="not on a span")
    answers: list[ScriptItem] = [busy, "It rains in Bergen.", "It rains in Oslo too."]
    return InMemoryChat(answers, description=ModelDescription(provider="fake", model="fake-1"))


def ask(chat: ChatPort, place: str) -> str:
    """Return the answer, streamed."""
    request = ChatRequest(messages=[UserMessage(f"How is the weather in {place}?")])
    with chat.stream(request) as events:
        return events.until_done().text


def main() -> None:
    """Ask twice within a span of the agent's own, and print the spans."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(formatter=line)))
    chat = Retrying(Traced(fake_chat(), tracer_provider=provider))  # each attempt is a span
    with provider.get_tracer("agent").start_as_current_span("agent"):
        for place in ("Bergen", "Oslo"):
            ask(chat, place)


if __name__ == "__main__":
    main()
