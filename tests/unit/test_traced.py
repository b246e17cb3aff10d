"""`Traced`: what its spans and metrics hold. `test_traced_has_teeth.py` has what every way of tracing must keep."""

import asyncio
import contextvars
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Generator
from types import ModuleType

import pytest
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes
from opentelemetry.semconv._incubating.metrics import gen_ai_metrics
from opentelemetry.semconv.attributes import error_attributes, server_attributes
from opentelemetry.trace import SpanKind, get_current_span

from llm_core import (
    AssistantMessage,
    AudioPart,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatSettings,
    FilePart,
    ImagePart,
    InvalidToolCall,
    JsonOutput,
    ModelDescription,
    ModelNotFoundError,
    RateLimitError,
    ReasoningPart,
    ServerError,
    StreamInterruptedError,
    SystemMessage,
    TextDelta,
    TextPart,
    Tool,
    ToolCall,
    ToolMessage,
    Usage,
    UserMessage,
)
from llm_core.adapters.memory import BrokenStream, InMemoryChat
from llm_core.wrappers import Retrying, Traced
from llm_core.wrappers.traced_names import address_attributes, name_of, provider_name

from .fake_clock import FakeClock
from .recorded_spans import Recorded, WorkingChat
from .verbs import REQUEST, Verb, complete, in_every_verb, in_streams

VARIABLE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
USAGE = Usage(input_tokens=60, output_tokens=40, cache_read_tokens=30, cache_write_tokens=20, reasoning_tokens=10)
ANSWER = ChatResponse(message=AssistantMessage("an answer"), usage=USAGE, model="model-1", id="response-1")
DESCRIPTION = ModelDescription(provider="groq", model="m", host="api.groq.com")
FULL = ChatRequest(
    messages=[UserMessage("hi")],
    output=JsonOutput(),
    settings=ChatSettings(
        temperature=0.5,
        top_p=0.9,
        max_tokens=100,
        stop=["x", "y"],
        seed=7,
        presence_penalty=0.1,
        frequency_penalty=0.2,
        reasoning_effort="low",
    ),
)
ATTRIBUTES = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "groq",
    "gen_ai.request.model": "m",
    "server.address": "api.groq.com",
    "gen_ai.output.type": "json",
    "gen_ai.request.temperature": 0.5,
    "gen_ai.request.top_p": 0.9,
    "gen_ai.request.max_tokens": 100,
    "gen_ai.request.stop_sequences": ("x", "y"),
    "gen_ai.request.seed": 7,
    "gen_ai.request.presence_penalty": 0.1,
    "gen_ai.request.frequency_penalty": 0.2,
    "gen_ai.request.reasoning.level": "low",
    "gen_ai.response.model": "model-1",
    "gen_ai.response.id": "response-1",
    "gen_ai.response.finish_reasons": ("stop",),
    "gen_ai.usage.input_tokens": 60,
    "gen_ai.usage.output_tokens": 40,
    "gen_ai.usage.cache_read.input_tokens": 30,
    "gen_ai.usage.cache_write.input_tokens": 20,
    "gen_ai.usage.reasoning.output_tokens": 10,
}
FIRST_CHUNK = "gen_ai.response.time_to_first_chunk"
# The GenAI conventions have a registry of their own by now; the package of names does not have its newest ones yet.
NEWER = {"gen_ai.request.reasoning.level", "gen_ai.usage.cache_write.input_tokens"}


def traced(chat: ChatPort, recorded: Recorded, *, content: bool = False) -> Traced:
    return Traced(
        chat, tracer_provider=recorded.tracer_provider, meter_provider=recorded.meter_provider, content=content
    )


def test_a_call_is_one_span_with_the_attributes_of_the_conventions() -> None:
    recorded = Recorded()

    assert ANSWER == traced(InMemoryChat([ANSWER], description=DESCRIPTION), recorded).complete(FULL)

    (span,) = recorded.calls
    assert ("chat m", SpanKind.CLIENT, None) == (span.name, span.kind, span.parent)
    assert ATTRIBUTES == recorded.only_call


def test_a_stream_has_the_time_to_its_first_event_too() -> None:
    recorded = Recorded()

    traced(InMemoryChat([ANSWER], description=DESCRIPTION), recorded).stream(FULL).until_done()

    attributes = dict(recorded.only_call)
    first = attributes.pop(FIRST_CHUNK)
    assert isinstance(first, float)
    assert 0 < first < 10
    assert {**ATTRIBUTES, "gen_ai.request.stream": True} == attributes


@in_every_verb
def test_duration_and_tokens_are_metrics_and_the_first_event_of_a_stream(call: Verb) -> None:
    recorded = Recorded()

    call(traced(InMemoryChat([ANSWER], description=DESCRIPTION), recorded))

    names = ("gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "server.address")
    common = {name: ATTRIBUTES[name] for name in names}
    answered = {**common, "gen_ai.response.model": "model-1"}
    points = recorded.points()
    tokens = [(total, attributes) for total, attributes in points.pop("gen_ai.client.token.usage")]
    of_both = [(60, {**answered, "gen_ai.token.type": "input"}), (40, {**answered, "gen_ai.token.type": "output"})]
    assert of_both == tokens
    assert [answered] == [attributes for _, attributes in points.pop("gen_ai.client.operation.duration")]
    is_stream = call.__name__.endswith("stream")
    firsts = {"gen_ai.client.operation.time_to_first_chunk": [common]} if is_stream else {}
    assert firsts == {name: [attributes for _, attributes in series] for name, series in points.items()}


def test_every_name_is_in_the_released_registry() -> None:
    recorded = Recorded()
    chat = traced(InMemoryChat([ANSWER, ServerError(host="h:1")], description=DESCRIPTION), recorded, content=True)
    request = ChatRequest(messages=[UserMessage("hi")], tools=[Tool(name="t", description="", parameters={})])
    with_settings = ChatRequest(
        messages=request.messages, tools=request.tools, settings=FULL.settings, output=FULL.output
    )
    chat.stream(with_settings).until_done()
    with pytest.raises(ServerError):
        chat.complete(request)

    attributes = {name for span in recorded.calls for name in span.attributes or {}}
    series = {name for points in recorded.points().values() for _, attributes in points for name in attributes}
    assert {FIRST_CHUNK, "server.port", "error.type", "gen_ai.tool.definitions"} <= attributes
    assert NEWER == (attributes | series) - _names(gen_ai_attributes, error_attributes, server_attributes)
    assert set() == set(recorded.points()) - _names(gen_ai_metrics)


def _names(*modules: ModuleType) -> set[str]:
    return {value for module in modules for value in vars(module).values() if isinstance(value, str) and "." in value}


@pytest.mark.parametrize(
    ("own", "requested", "name"),
    [
        ("m", None, "chat m"),
        ("m", "m", "chat m"),
        ("m", "groq/m", "chat m"),
        ("m", "groq/other", "chat other"),
        ("m", "other", "chat other"),
        (None, "other", "chat other"),
        (None, None, "chat"),
    ],
)
def test_a_span_is_named_after_the_model_that_is_called(own: str | None, requested: str | None, name: str) -> None:
    recorded = Recorded()
    chat = InMemoryChat(["hi"], description=ModelDescription(provider="groq", model=own))

    traced(chat, recorded).complete(ChatRequest(messages=REQUEST.messages, model=requested))

    assert [name] == [span.name for span in recorded.calls]


def test_a_chat_that_cannot_describe_its_own_model_is_traced_all_the_same() -> None:
    recorded = Recorded()

    assert "hi" == complete(traced(_Undescribed(["hi"]), recorded)).text

    assert (["chat"], "unknown") == ([span.name for span in recorded.calls], recorded.only_call["gen_ai.provider.name"])


class _Undescribed(InMemoryChat):
    def describe(self) -> ModelDescription:
        raise ModelNotFoundError


@pytest.mark.parametrize(
    ("provider", "name"),
    [
        ("openai", "openai"),
        ("anthropic", "anthropic"),
        ("gemini", "gcp.gemini"),
        ("vertex_ai", "gcp.vertex_ai"),
        ("bedrock", "aws.bedrock"),
        ("azure", "azure.ai.openai"),
        ("watsonx", "ibm.watsonx.ai"),
        ("mistral", "mistral_ai"),
        ("xai", "x_ai"),
        ("a provider of one's own", "a provider of one's own"),
        (None, "unknown"),
    ],
)
def test_a_provider_has_the_name_of_the_conventions(provider: str | None, name: str) -> None:
    assert name == provider_name(provider)


@pytest.mark.parametrize(
    ("host", "attributes"),
    [
        ("api.openai.com", {"server.address": "api.openai.com"}),
        ("localhost:8080", {"server.address": "localhost", "server.port": 8080}),
        ("[::1]:8080", {"server.address": "[::1]", "server.port": 8080}),
        ("[::1]", {"server.address": "[::1]"}),
        (None, {}),
    ],
)
def test_the_address_is_the_host_and_its_port(host: str | None, attributes: dict[str, object]) -> None:
    assert attributes == address_attributes(host)


def test_a_name_is_one_printable_line() -> None:
    assert "m root: [2J" + "x" * 189 == name_of("m\nroot: \x1b[2J\ud800".replace("\ud800", "") + "x" * 500)
    assert "m\N{REPLACEMENT CHARACTER}" == name_of("m\ud800")


def test_a_figure_that_no_exporter_can_encode_is_left_out() -> None:
    recorded = Recorded()

    complete(traced(InMemoryChat([ChatResponse(message=ANSWER.message, usage=Usage(input_tokens=2**63))]), recorded))

    assert "gen_ai.usage.input_tokens" not in recorded.only_call


@in_every_verb
def test_each_attempt_beneath_a_retry_is_a_span(call: Verb) -> None:
    recorded = Recorded()

    call(Retrying(traced(InMemoryChat([RateLimitError(), "hi"]), recorded), clock=FakeClock()))

    assert ["RateLimitError", None] == [(span.attributes or {}).get("error.type") for span in recorded.calls]


@in_every_verb
def test_a_retry_beneath_is_one_span_with_the_usage_of_all_attempts(call: Verb) -> None:
    recorded = Recorded()
    chat = InMemoryChat([RateLimitError(usage=USAGE), ANSWER])

    call(traced(Retrying(chat, clock=FakeClock()), recorded))

    assert 120 == recorded.only_call["gen_ai.usage.input_tokens"]


@in_every_verb
def test_a_traced_chat_beneath_another_adds_what_it_knows_to_one_span(call: Verb) -> None:
    recorded = Recorded()

    call(
        traced(Retrying(traced(InMemoryChat([RateLimitError(host="h"), "hi"]), recorded), clock=FakeClock()), recorded)
    )

    assert "h" == recorded.only_call["server.address"]
    assert 1 == len(recorded.points()["gen_ai.client.operation.duration"])


@in_streams
def test_a_stream_that_fails_is_known_to_be_one(call: Verb) -> None:
    recorded = Recorded()

    with pytest.raises(ServerError):
        call(traced(InMemoryChat([ServerError()]), recorded))

    assert True is recorded.only_call["gen_ai.request.stream"]


def test_a_stream_that_is_not_read_is_no_call() -> None:
    recorded = Recorded()

    traced(InMemoryChat(["hi"]), recorded).stream(REQUEST).close()

    assert ([], []) == (recorded.open, recorded.calls)


def test_an_interrupt_ends_the_span() -> None:
    recorded = Recorded()

    def interrupt(_: ChatRequest) -> str:
        raise KeyboardInterrupt("what the caller wrote")

    with pytest.raises(KeyboardInterrupt):
        complete(traced(InMemoryChat(interrupt), recorded))

    assert ("KeyboardInterrupt", []) == (recorded.only_call["error.type"], recorded.open)
    assert "what the caller wrote" not in recorded.text


def test_events_may_be_read_in_threads_of_their_own() -> None:
    recorded = Recorded()
    events = traced(WorkingChat(recorded.tracer), recorded).stream(REQUEST)
    left: list[bool] = []

    def read() -> None:
        next(events)
        left.append(get_current_span().get_span_context().is_valid)

    for _ in range(3):
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
    events.close()

    assert [False] * 3 == left
    assert {"chat"} == {span.name for span in recorded.spans} - {"work"}
    (call,) = recorded.calls
    assert [call.context.span_id] * 3 == [span.parent and span.parent.span_id for span in recorded.spans[:3]]


def test_a_read_that_is_dropped_may_be_closed_in_another_context(caplog: pytest.LogCaptureFixture) -> None:
    recorded = Recorded()
    chat = traced(_Stuck(), recorded)

    reading = chat.acomplete(REQUEST)
    contextvars.Context().run(reading.send, None)
    with caplog.at_level(logging.WARNING):
        contextvars.Context().run(reading.close)

    assert ([], 1, []) == (recorded.open, len(recorded.calls), caplog.records)


class _Stuck(InMemoryChat):
    def __init__(self) -> None:
        super().__init__([])

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        del request
        await _Forever()
        raise AssertionError


class _Forever:
    def __await__(self) -> Generator[None, None, None]:
        yield


PARTS = ChatRequest(
    messages=[
        SystemMessage("be brief"),
        UserMessage(
            [
                TextPart("look"),
                ImagePart(url="https://example.org/a.png"),
                ImagePart(data=b"ab", media_type="image/png"),
                AudioPart(b"ab", media_type="audio/wav"),
                FilePart(data=b"ab", media_type="application/pdf"),
            ]
        ),
        AssistantMessage(
            "I search",
            reasoning=[ReasoningPart("hm"), ReasoningPart("", signature="s")],
            tool_calls=[ToolCall(id="1", name="search", arguments={"q": [1]})],
        ),
        AssistantMessage(
            invalid_tool_calls=[InvalidToolCall(id="2", name="search", arguments_text="{", problem="cut off")],
        ),
        ToolMessage("found", tool_call_id="1"),
        ToolMessage([TextPart("found")], tool_call_id="2"),
    ],
    tools=[Tool(name="search", description="Search.", parameters={"type": "object"})],
)
CALL = {"type": "tool_call", "name": "search"}
IN_CONVENTIONS = [
    {"role": "system", "parts": [{"type": "text", "content": "be brief"}]},
    {
        "role": "user",
        "parts": [
            {"type": "text", "content": "look"},
            {"type": "uri", "modality": "image", "mime_type": None, "uri": "https://example.org/a.png"},
            {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "YWI="},
            {"type": "blob", "modality": "audio", "mime_type": "audio/wav", "content": "YWI="},
            {"type": "blob", "modality": "document", "mime_type": "application/pdf", "content": "YWI="},
        ],
    },
    {
        "role": "assistant",
        "parts": [
            {"type": "reasoning", "content": "hm"},
            {"type": "text", "content": "I search"},
            {**CALL, "id": "1", "arguments": {"q": [1]}},
        ],
    },
    {"role": "assistant", "parts": [{**CALL, "id": "2", "arguments": "{"}]},
    {"role": "tool", "parts": [{"type": "tool_call_response", "id": "1", "response": "found"}]},
    {
        "role": "tool",
        "parts": [{"type": "tool_call_response", "id": "2", "response": [{"type": "text", "content": "found"}]}],
    },
]
ANSWERED = [{"role": "assistant", "parts": [{"type": "text", "content": "an answer"}]}]
TOOLS = [{"type": "function", "name": "search", "description": "Search.", "parameters": {"type": "object"}}]


@pytest.mark.parametrize(
    ("content", "variable", "is_there"),
    [
        (True, "", True),
        (True, "SPAN_ONLY", True),
        (True, "EVENT_ONLY", True),
        (False, "SPAN_ONLY", True),
        (False, "span_and_event", True),
        (False, "EVENT_ONLY", False),
        (False, "NO_CONTENT", False),
        (False, "", False),
    ],
)
def test_content_is_there_only_if_it_is_asked_for(
    content: bool, variable: str, is_there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, variable)
    recorded = Recorded()

    traced(InMemoryChat([ANSWER]), recorded, content=content).complete(PARTS)

    found = {
        name.removeprefix("gen_ai."): _stripped(json.loads(str(value)))
        for name, value in recorded.only_call.items()
        if name.endswith((".messages", ".definitions", "instructions"))
    }
    texts = {"input.messages": IN_CONVENTIONS, "output.messages": ANSWERED, "tool.definitions": TOOLS}
    assert (texts if is_there else {}) == found


def _stripped(messages: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return *messages* without the fields that are not set."""
    optional = ("name", "finish_reason")
    return [{key: value for key, value in each.items() if value or key not in optional} for each in messages]


def test_the_content_of_a_broken_answer_is_what_had_arrived() -> None:
    recorded = Recorded()
    cut = BrokenStream([TextDelta("an answer")], error=StreamInterruptedError())

    with pytest.raises(StreamInterruptedError):
        traced(InMemoryChat([cut]), recorded, content=True).stream(REQUEST).until_done()

    assert ANSWERED == _stripped(json.loads(str(recorded.only_call["gen_ai.output.messages"])))
    assert "gen_ai.tool.definitions" not in recorded.only_call


def test_opentelemetry_is_imported_when_a_chat_is_traced_and_the_extra_is_named_if_it_is_missing() -> None:
    program = """
import sys
from llm_core import ConfigurationError, wrappers
from llm_core.adapters.memory import InMemoryChat
assert not [name for name in sys.modules if name.startswith("opentelemetry")]
sys.modules["opentelemetry.util.genai"] = None
try:
    wrappers.Traced(InMemoryChat([]))
except ConfigurationError as error:
    print(error)
"""

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)

    assert ("", "Traced needs opentelemetry-util-genai: pip install 'llm-core[otel]'\n") == (done.stderr, done.stdout)


def test_without_providers_the_global_ones_are_used() -> None:
    assert "hi" == asyncio.run(Traced(InMemoryChat(["hi"])).acomplete(REQUEST)).text
