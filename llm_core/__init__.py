"""One strictly typed port in front of every chat model.

Write an agent against `ChatPort`. In production pass it `llm_core.adapters.litellm.LiteLLMChat`, in a test
`llm_core.adapters.memory.InMemoryChat`; `chat_from_env` chooses by environment variables::

    from llm_core import ChatRequest, UserMessage, chat_from_env

    with chat_from_env() as chat:
        response = chat.complete(ChatRequest(messages=[UserMessage("Why is the sky blue?")]))
        print(response.text)
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .bootstrap import chat_from_env
    from .domain.dangling_calls import close_dangling_calls
    from .domain.errors import (
        AuthenticationError,
        BadResponseError,
        BudgetExceededError,
        CertificateError,
        ChatError,
        ChatTimeoutError,
        ConfigurationError,
        ConnectionFailedError,
        ContentPolicyError,
        ContextWindowExceededError,
        InvalidRequestError,
        ModelNotFoundError,
        PermissionDeniedError,
        QuotaExceededError,
        RateLimitError,
        RecordingMissingError,
        ServerError,
        StreamInterruptedError,
        UnsupportedFeatureError,
    )
    from .domain.events import ReasoningDelta, StreamEnd, StreamEvent, TextDelta, ToolCallDelta, ToolCallStart
    from .domain.http_errors import error_class_for_status, error_from_http, parse_retry_after
    from .domain.json_values import JsonValue
    from .domain.messages import (
        AssistantMessage,
        ChatMessage,
        Message,
        ReasoningPart,
        SystemMessage,
        ToolMessage,
        UserMessage,
    )
    from .domain.model_description import ModelDescription
    from .domain.parts import AudioPart, FilePart, ImagePart, ProviderData, TextPart, ToolPart, UserPart
    from .domain.provider_fault import ProviderFault
    from .domain.requests import ChatRequest, JsonOutput, JsonSchemaOutput, OutputFormat
    from .domain.response_builder import ResponseBuilder, events_from_response, response_from_events
    from .domain.responses import ChatResponse, FinishReason
    from .domain.settings import ChatSettings, ReasoningEffort
    from .domain.tools import InvalidToolCall, NamedTool, Tool, ToolCall, ToolChoice, parse_tool_call
    from .domain.usage import Usage
    from .ports.chat import (
        AsyncChatPort,
        AsyncChatStream,
        ChatPort,
        ChatStream,
        ManagedChatPort,
        SyncChatPort,
    )
    from .ports.describing import DescribesModel, description_of
    from .ports.from_events import ChatEventSource, from_events
    from .ports.line_iteration import aiter_lines
    from .ports.streams import AsyncEventStream, EventStream, UsageReport
    from .ports.sync_async import from_async, from_sync

__version__ = "0.1.0"

__all__ = [
    "AssistantMessage",
    "AsyncChatPort",
    "AsyncChatStream",
    "AsyncEventStream",
    "AudioPart",
    "AuthenticationError",
    "BadResponseError",
    "BudgetExceededError",
    "CertificateError",
    "ChatError",
    "ChatEventSource",
    "ChatMessage",
    "ChatPort",
    "ChatRequest",
    "ChatResponse",
    "ChatSettings",
    "ChatStream",
    "ChatTimeoutError",
    "ConfigurationError",
    "ConnectionFailedError",
    "ContentPolicyError",
    "ContextWindowExceededError",
    "DescribesModel",
    "EventStream",
    "FilePart",
    "FinishReason",
    "ImagePart",
    "InvalidRequestError",
    "InvalidToolCall",
    "JsonOutput",
    "JsonSchemaOutput",
    "JsonValue",
    "ManagedChatPort",
    "Message",
    "ModelDescription",
    "ModelNotFoundError",
    "NamedTool",
    "OutputFormat",
    "PermissionDeniedError",
    "ProviderData",
    "ProviderFault",
    "QuotaExceededError",
    "RateLimitError",
    "ReasoningDelta",
    "ReasoningEffort",
    "ReasoningPart",
    "RecordingMissingError",
    "ResponseBuilder",
    "ServerError",
    "StreamEnd",
    "StreamEvent",
    "StreamInterruptedError",
    "SyncChatPort",
    "SystemMessage",
    "TextDelta",
    "TextPart",
    "Tool",
    "ToolCall",
    "ToolCallDelta",
    "ToolCallStart",
    "ToolChoice",
    "ToolMessage",
    "ToolPart",
    "UnsupportedFeatureError",
    "Usage",
    "UsageReport",
    "UserMessage",
    "UserPart",
    "aiter_lines",
    "chat_from_env",
    "close_dangling_calls",
    "description_of",
    "error_class_for_status",
    "error_from_http",
    "events_from_response",
    "from_async",
    "from_events",
    "from_sync",
    "parse_retry_after",
    "parse_tool_call",
    "response_from_events",
]

# Where each name stands: a program pays only for what it uses.
_MODULES = {
    ".bootstrap": ("chat_from_env",),
    ".domain.dangling_calls": ("close_dangling_calls",),
    ".domain.errors": (
        "AuthenticationError",
        "BadResponseError",
        "BudgetExceededError",
        "CertificateError",
        "ChatError",
        "ChatTimeoutError",
        "ConfigurationError",
        "ConnectionFailedError",
        "ContentPolicyError",
        "ContextWindowExceededError",
        "InvalidRequestError",
        "ModelNotFoundError",
        "PermissionDeniedError",
        "QuotaExceededError",
        "RateLimitError",
        "RecordingMissingError",
        "ServerError",
        "StreamInterruptedError",
        "UnsupportedFeatureError",
    ),
    ".domain.events": (
        "ReasoningDelta",
        "StreamEnd",
        "StreamEvent",
        "TextDelta",
        "ToolCallDelta",
        "ToolCallStart",
    ),
    ".domain.http_errors": (
        "error_class_for_status",
        "error_from_http",
        "parse_retry_after",
    ),
    ".domain.json_values": ("JsonValue",),
    ".domain.messages": (
        "AssistantMessage",
        "ChatMessage",
        "Message",
        "ReasoningPart",
        "SystemMessage",
        "ToolMessage",
        "UserMessage",
    ),
    ".domain.model_description": ("ModelDescription",),
    ".domain.parts": (
        "AudioPart",
        "FilePart",
        "ImagePart",
        "ProviderData",
        "TextPart",
        "ToolPart",
        "UserPart",
    ),
    ".domain.provider_fault": ("ProviderFault",),
    ".domain.requests": (
        "ChatRequest",
        "JsonOutput",
        "JsonSchemaOutput",
        "OutputFormat",
    ),
    ".domain.response_builder": (
        "ResponseBuilder",
        "events_from_response",
        "response_from_events",
    ),
    ".domain.responses": (
        "ChatResponse",
        "FinishReason",
    ),
    ".domain.settings": (
        "ChatSettings",
        "ReasoningEffort",
    ),
    ".domain.tools": (
        "InvalidToolCall",
        "NamedTool",
        "Tool",
        "ToolCall",
        "ToolChoice",
        "parse_tool_call",
    ),
    ".domain.usage": ("Usage",),
    ".ports.chat": (
        "AsyncChatPort",
        "AsyncChatStream",
        "ChatPort",
        "ChatStream",
        "ManagedChatPort",
        "SyncChatPort",
    ),
    ".ports.describing": ("DescribesModel", "description_of"),
    ".ports.from_events": (
        "ChatEventSource",
        "from_events",
    ),
    ".ports.line_iteration": ("aiter_lines",),
    ".ports.streams": (
        "AsyncEventStream",
        "EventStream",
        "UsageReport",
    ),
    ".ports.sync_async": (
        "from_async",
        "from_sync",
    ),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    """Import *name* when it is first used."""
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(module, __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
