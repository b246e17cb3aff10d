"""Prompts and answers in the form of OpenTelemetry's GenAI conventions."""

from typing import assert_never

from opentelemetry.semconv._incubating.attributes import gen_ai_attributes as names
from opentelemetry.util.genai import types
from opentelemetry.util.genai.utils import gen_ai_json_dumps

from llm_core.domain.messages import AssistantMessage, Message, SystemMessage, ToolMessage, UserMessage
from llm_core.domain.parts import AudioPart, FilePart, ImagePart, TextPart, ToolPart, UserPart
from llm_core.domain.requests import ChatRequest
from llm_core.domain.tools import InvalidToolCall, Tool, ToolCall

from .telemetry import Invocation


class SpanContent:
    """Puts prompts and answers on a span, and elsewhere if the variable asks for that."""

    def __init__(self, invocation: Invocation, *, on_span: bool, elsewhere: bool) -> None:
        """Put it on the span of *invocation*, and where the variable asks for it."""
        self._invocation, self._on_span, self._elsewhere = invocation, on_span, elsewhere

    def set_request(self, request: ChatRequest) -> None:
        """Put the messages and the tools of *request* there."""
        if not (self._on_span or self._elsewhere):
            return
        messages = [_input_message(message) for message in request.messages]
        tools = [_tool_definition(tool) for tool in request.tools]
        if self._elsewhere:
            self._invocation.input_messages, self._invocation.tool_definitions = messages, tools
        if self._on_span:
            self._invocation.attributes[names.GEN_AI_INPUT_MESSAGES] = gen_ai_json_dumps(messages)
            if tools:
                self._invocation.attributes[names.GEN_AI_TOOL_DEFINITIONS] = gen_ai_json_dumps(tools)

    def set_answer(self, message: AssistantMessage) -> None:
        """Put *message*, the answer or what had arrived of it, there."""
        if not (self._on_span or self._elsewhere):
            return
        messages = [types.OutputMessage("assistant", _parts(message))]
        if self._elsewhere:
            self._invocation.output_messages = messages
        if self._on_span:
            self._invocation.attributes[names.GEN_AI_OUTPUT_MESSAGES] = gen_ai_json_dumps(messages)


def _input_message(message: Message) -> types.InputMessage:
    """Return *message* of a request."""
    match message:
        case SystemMessage(content):
            return types.InputMessage("system", [types.TextPart(content)])
        case UserMessage():
            return types.InputMessage("user", [_part(part) for part in message.parts])
        case AssistantMessage():
            return types.InputMessage("assistant", _parts(message))
        case ToolMessage(tool_call_id=answered):
            return types.InputMessage("tool", [types.ToolCallResponsePart(_result(message), answered)])
        case _:
            assert_never(message)


def _tool_definition(tool: Tool) -> types.ToolDefinition:
    """Return *tool* of a request."""
    return types.FunctionToolDefinition(tool.name, tool.description, tool.parameters)


def _parts(message: AssistantMessage) -> list[types.MessagePart]:
    parts: list[types.MessagePart] = [types.ReasoningPart(part.text) for part in message.reasoning if part.text]
    if message.content:
        parts.append(types.TextPart(message.content))
    return parts + [_call(call) for call in message.all_tool_calls]


def _call(call: ToolCall | InvalidToolCall) -> types.MessagePart:
    arguments: object = call.arguments if isinstance(call, ToolCall) else call.arguments_text
    return types.ToolCallRequestPart(arguments, call.name, call.id)


def _result(message: ToolMessage) -> object:
    """Return text as it is; parts as a list."""
    return message.content if isinstance(message.content, str) else [_part(part) for part in message.parts]


def _part(part: UserPart | ToolPart) -> types.MessagePart:
    match part:
        case TextPart(text):
            return types.TextPart(text)
        case ImagePart():
            return _media(types.Modality.IMAGE, part.data, part.url, part.media_type)
        case AudioPart():
            return _media(types.Modality.AUDIO, part.data, None, part.media_type)
        case FilePart():
            return _media(types.Modality.DOCUMENT, part.data, part.url, part.media_type)
        case _:
            assert_never(part)


def _media(modality: types.Modality, data: bytes | None, url: str | None, media_type: str | None) -> types.MessagePart:
    if data is not None:
        return types.BlobPart(media_type, modality, data)
    return types.UriPart(media_type, modality, url or "")
