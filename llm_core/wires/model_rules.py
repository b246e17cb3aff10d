"""What one model accepts, and how its provider wants it written: what encoders consult beside the request."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

import attrs

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.json_values import JsonObject
from llm_core.domain.model_description import SCHEMA_LIMITS
from llm_core.domain.requests import ChatRequest
from llm_core.domain.settings import ChatSettings

Part: TypeAlias = Literal["image by url", "image data", "audio", "file by url", "file data", "image in a result"]
Choice: TypeAlias = Literal["none", "required", "named"]
Output: TypeAlias = Literal["json", "schema", "json with tools", "schema with tools"]

PARTS: frozenset[Part] = frozenset({"image by url", "image data", "audio", "file by url", "file data"})
CHOICES: frozenset[Choice] = frozenset({"none", "required", "named"})
OUTPUTS: frozenset[Output] = frozenset({"json", "schema", "json with tools", "schema with tools"})
ALL_SETTINGS: frozenset[str] = frozenset(attrs.fields_dict(ChatSettings)) - {"timeout", "extra"}
SETTINGS = ALL_SETTINGS - {"cache", "service_tier"}
"""The settings that most providers have; a row lists the two others where its provider documents them."""


def _none_refused(_: ChatRequest, __: ChatSettings) -> frozenset[str]:
    return frozenset()


@attrs.frozen(kw_only=True)
class ModelRules:
    """What one model accepts. The defaults are those of a provider that accepts everything the wire can carry."""

    settings: frozenset[str] = SETTINGS
    """The fields of `ChatSettings` that the model accepts; those that it does not are named in `ignored_settings`."""
    refused_settings: Callable[[ChatRequest, ChatSettings], frozenset[str]] = _none_refused
    """Returns the settings that the model refuses for their value or their combination."""
    setting_names: Mapping[str, str] = MappingProxyType({})
    """The provider's own names of settings, where they are not the wire's: ``max_completion_tokens``."""
    efforts: Mapping[str, str] = MappingProxyType({})
    """The provider's own values of `reasoning_effort`, where they are not ours."""
    effort_fields: Callable[[str], JsonObject] | None = None
    """Returns the fields that carry an effort; None: ``reasoning_effort`` alone."""
    thinking_off: str = "disabled"
    """The type of thinking in Anthropic's format that a `reasoning_effort` of ``none`` stands for."""
    thinking_budgets: Mapping[str, int] = MappingProxyType({})
    """The tokens of each `reasoning_effort`, where the provider counts them instead of naming levels."""

    tools: bool = True
    """Whether the model accepts tools."""
    tool_choices: frozenset[Choice] = CHOICES
    """The tool choices beside ``auto`` that the model accepts."""
    choice_names: Mapping[str, str] = MappingProxyType({})
    """The provider's own words for tool choices, where they are not the wire's."""
    forced_tools_with_reasoning: bool = True
    """Whether the model can be made to call a tool while it reasons."""
    strict_tools: bool = True
    """Whether the provider enforces the parameters of a tool on demand."""
    outputs: frozenset[Output] = OUTPUTS
    """The output formats that the model accepts, alone and beside tools."""
    recursive_schemas: bool = True
    """Whether a schema that the provider enforces may refer to itself."""
    schema_limits: frozenset[str] = SCHEMA_LIMITS
    """The limits that a schema may have which the provider enforces."""
    schema_as_tool: bool = False
    """Whether a schema is sent as the parameters of a tool that the model must call."""
    parts: frozenset[Part] = PARTS
    """The parts of messages that the model accepts beside text."""

    tool_call_ids: re.Pattern[str] | None = None
    """What an id of a tool call must match as a whole; None: any id is accepted."""
    max_tokens: int | None = None
    """The `max_tokens` of a request that sets none, for a wire that demands one."""
    replays_reasoning: bool = True
    """Whether reasoning is sent back in the field in which it came."""
    replays_unsigned_thinking: bool = False
    """Whether thinking blocks without a signature are sent back: other hosts than Anthropic do not sign them."""
    calls_need_reasoning: str = ""
    """The field of reasoning that a message with calls must have; empty: none."""
    empty_reasoning: str = ""
    """The content of that field where the message has no reasoning of this provider."""
    placeholder_signature: str = ""
    """The signature that the calls of another model must have; empty: none."""
    stream_usage: bool = True
    """Whether a stream reports usage on request (``stream_options``)."""
    file_format: Literal["file", "document_url"] = "file"
    """How files are written in the format of OpenAI chat completions."""

    def require_part(self, part: Part, path: str) -> None:
        """Raise UnsupportedFeatureError, which names *path*, if the model does not accept *part*."""
        if part not in self.parts:
            raise UnsupportedFeatureError(feature=f"{path}: {part}")
