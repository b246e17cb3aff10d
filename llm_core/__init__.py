"""One typed port in front of every chat model.

Write an agent against `ChatPort`; hand it `llm_core.adapters.litellm.LiteLLMChat` in production and
`llm_core.adapters.memory.InMemoryChat` in a test, or let `chat_from_env` choose by the environment.
"""

from .bootstrap import chat_from_env
from .domain.errors import (
    AuthenticationError,
    BadResponseError,
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
    ServerError,
    StreamInterruptedError,
    UnsupportedFeatureError,
)
from .domain.events import (
    Fold,
    ReasoningDelta,
    StreamEnd,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    ToolCallStart,
    fold,
    unfold,
)
from .domain.http_errors import http_error, kind_of_status, retry_after_seconds
from .domain.json_values import JsonValue
from .domain.messages import (
    AssistantMessage,
    Message,
    ReasoningPart,
    SystemMessage,
    ToolMessage,
    UserMessage,
)
from .domain.parts import AudioPart, FilePart, ImagePart, ProviderData, TextPart, ToolPart, UserPart
from .domain.provider_fault import ProviderFault
from .domain.requests import ChatRequest, JsonOutput, JsonSchemaOutput, OutputFormat
from .domain.responses import ChatResponse, FinishReason
from .domain.settings import ChatSettings, ReasoningEffort
from .domain.tools import InvalidToolCall, NamedTool, Tool, ToolCall, ToolChoice, read_call
from .domain.usage import Usage
from .ports.chat import (
    AsyncChatPort,
    AsyncChatStream,
    ChatPort,
    ChatStream,
    ManagedChatPort,
    SyncChatPort,
)
from .ports.from_events import ChatEvents, from_events
from .ports.line_iteration import whole_lines
from .ports.streams import AsyncEventStream, EventStream
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
    "CertificateError",
    "ChatError",
    "ChatEvents",
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
    "EventStream",
    "FilePart",
    "FinishReason",
    "Fold",
    "ImagePart",
    "InvalidRequestError",
    "InvalidToolCall",
    "JsonOutput",
    "JsonSchemaOutput",
    "JsonValue",
    "ManagedChatPort",
    "Message",
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
    "UserMessage",
    "UserPart",
    "chat_from_env",
    "fold",
    "from_async",
    "from_events",
    "from_sync",
    "http_error",
    "kind_of_status",
    "read_call",
    "retry_after_seconds",
    "unfold",
    "whole_lines",
]
