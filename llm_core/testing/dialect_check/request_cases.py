"""The requests with which a dialect is checked: every role, tools, outputs, each setting, media, unusual histories."""

from collections.abc import Iterator, Mapping

import attrs

from llm_core.domain.messages import AssistantMessage, Message, ReasoningPart, SystemMessage, UserMessage
from llm_core.domain.requests import ChatRequest, JsonOutput, OutputFormat
from llm_core.domain.settings import ChatSettings
from llm_core.domain.tools import NamedTool, ToolChoice
from llm_core.testing.capabilities import SETTINGS
from llm_core.testing.clauses.odd_histories import ODD_HISTORIES
from llm_core.testing.clauses.rich_requests import (
    ALL_MEDIA,
    FULL_SETTINGS,
    LOOSE,
    OTHER_SETTINGS,
    SCHEMA,
    TRAVEL,
    ZERO_SETTINGS,
    messages_with_media,
    select_settings,
)
from llm_core.testing.clauses.sample_requests import (
    AFTER_EMPTY_RESULT,
    AFTER_INVALID_CALL,
    EXACT,
    HISTORY,
    LATER_SYSTEM,
    REQUEST_WITH_TOOLS,
    SIMPLE_REQUEST,
    WITHOUT_CALLS,
)
from llm_core.testing.scenarios import Replies

_MODEL = "model-1"
_ANSWER = Replies()
_OUTPUTS: Mapping[str, OutputFormat] = {"JSON": JsonOutput(), "a schema": SCHEMA, "a loose schema": LOOSE}
_CHOICES: tuple[ToolChoice, ...] = ("none", "required", NamedTool("get_time"))


def _with_model(request: ChatRequest) -> ChatRequest:
    return attrs.evolve(request, model=request.model or _MODEL)


@attrs.frozen(kw_only=True)
class RequestCase:
    """A request, and the same one without its subject; a client that cannot write an optional one may refuse it.

    A history of an `answer` that the wire does not have is not checked.
    """

    name: str
    request: ChatRequest = attrs.field(converter=_with_model)
    without: ChatRequest = attrs.field(default=SIMPLE_REQUEST, converter=_with_model)
    optional: bool = True
    answer: Replies = _ANSWER


PLAIN = RequestCase(name="a question", request=SIMPLE_REQUEST, without=WITHOUT_CALLS, optional=False)


def request_cases() -> Iterator[RequestCase]:
    """Yield the cases."""
    yield PLAIN
    yield RequestCase(name="another model", request=attrs.evolve(SIMPLE_REQUEST, model="model-2"), optional=False)
    yield RequestCase(name="an earlier answer", request=_chat(UserMessage("Hi."), AssistantMessage("Hello.")))
    thoughtful = AssistantMessage("Hello.", reasoning=[ReasoningPart("Be polite.")])
    yield RequestCase(
        name="an earlier answer with reasoning",
        request=_chat(UserMessage("Hi."), thoughtful),
        answer=Replies(reasoning="Be polite."),
    )
    yield RequestCase(name="a system message", request=_chat(SystemMessage("Be brief."), *SIMPLE_REQUEST.messages))
    yield RequestCase(name="a later system message", request=LATER_SYSTEM)
    yield RequestCase(name="a history without calls", request=WITHOUT_CALLS)
    yield from _tool_cases()
    yield from _setting_cases()
    for name, output in _OUTPUTS.items():
        yield RequestCase(name=f"output: {name}", request=attrs.evolve(SIMPLE_REQUEST, output=output))
    for medium in ALL_MEDIA:
        yield RequestCase(name=f"media: {medium}", request=ChatRequest(messages=messages_with_media(medium)))
    for name, history in ODD_HISTORIES.items():
        calls = any(isinstance(message, AssistantMessage) and message.tool_calls for message in history)
        request = ChatRequest(messages=history, tools=REQUEST_WITH_TOOLS.tools if calls else ())
        yield RequestCase(name=f"an unusual history: {name}", request=request)


def _chat(*messages: Message) -> ChatRequest:
    return ChatRequest(messages=messages)


def _tool_cases() -> Iterator[RequestCase]:
    tools = attrs.evolve(REQUEST_WITH_TOOLS, tools=[*REQUEST_WITH_TOOLS.tools, TRAVEL])
    yield RequestCase(name="tools", request=tools)
    strict = attrs.evolve(SIMPLE_REQUEST, tools=[attrs.evolve(EXACT, strict=True)])
    yield RequestCase(name="a strict tool", request=strict, without=attrs.evolve(strict, tools=[EXACT]))
    for choice in _CHOICES:
        request = attrs.evolve(REQUEST_WITH_TOOLS, tool_choice=choice)
        yield RequestCase(name=f"tool choice: {choice}", request=request, without=REQUEST_WITH_TOOLS)
    no_calls = attrs.evolve(WITHOUT_CALLS, tools=HISTORY.tools)
    yield RequestCase(name="calls and results", request=HISTORY, without=no_calls)
    yield RequestCase(name="an empty result", request=AFTER_EMPTY_RESULT)
    yield RequestCase(name="an invalid call", request=AFTER_INVALID_CALL)


def _setting_cases() -> Iterator[RequestCase]:
    for values, settings in {"": FULL_SETTINGS, " (other)": OTHER_SETTINGS, " (zero)": ZERO_SETTINGS}.items():
        for setting in sorted(SETTINGS):
            only = select_settings(settings, {setting})
            if only != ChatSettings():
                without = REQUEST_WITH_TOOLS if setting == "parallel_tool_calls" else SIMPLE_REQUEST
                request = attrs.evolve(without, settings=only)
                yield RequestCase(name=f"{setting}{values}", request=request, without=without)
