"""What is known of a model: what it accepts, and what it costs."""

from collections.abc import Collection
from decimal import Decimal
from typing import Literal, Self, TypeAlias

import attrs

ToolChoiceName: TypeAlias = Literal["none", "required", "named"]
SCHEMA_LIMITS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}) | frozenset(
    {"pattern", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems"}
)
"""The keywords of JSON Schema that limit a value beside its type."""


def _names(values: Collection[str] | None) -> frozenset[str] | None:
    return None if values is None else frozenset(values)


def _choices(values: Collection[ToolChoiceName] | None) -> frozenset[ToolChoiceName] | None:
    return None if values is None else frozenset(values)


@attrs.frozen(kw_only=True)
class ModelDescription:
    """A model as its adapter knows it; None is "unknown"."""

    provider: str | None = None
    """The provider's name, such as ``anthropic``."""
    model: str | None = None
    """The model, as the provider names it."""
    host: str | None = None
    """The host that is called, and its port if it is not the scheme's own, as in `ChatError`."""
    wire: str | None = None
    """The wire format of requests, such as ``openai_responses``."""
    wire_reason: str | None = None
    """Why it is that one, and which requests take another."""
    settings: frozenset[str] | None = attrs.field(default=None, converter=_names)
    """The fields of `ChatSettings` that the model accepts; for some only certain values, or certain combinations."""
    tools: bool | None = None
    """Whether the model accepts tools."""
    tool_choices: frozenset[ToolChoiceName] | None = attrs.field(default=None, converter=_choices)
    """The tool choices beside ``auto`` that the model accepts; ``named`` stands for `NamedTool`."""
    strict_tools: bool | None = None
    """Whether the provider enforces the parameters of a tool with `strict`."""
    forced_tools_with_reasoning: bool | None = None
    """Whether the model can be made to call a tool while it reasons."""
    json_output: bool | None = None
    """Whether the model accepts `JsonOutput`."""
    json_output_with_tools: bool | None = None
    """Whether the model accepts `JsonOutput` beside tools."""
    json_schema_output: bool | None = None
    """Whether the model accepts `JsonSchemaOutput`."""
    json_schema_output_with_tools: bool | None = None
    """Whether the model accepts `JsonSchemaOutput` beside tools."""
    recursive_schemas: bool | None = None
    """Whether a schema that the provider enforces may refer to itself."""
    schema_limits: frozenset[str] | None = attrs.field(default=None, converter=_names)
    """The keywords of `SCHEMA_LIMITS` that a schema may have which the provider enforces."""
    images: bool | None = None
    """Whether the model accepts images."""
    context_window: int | None = None
    """The most tokens of the input."""
    input_usd_per_token: Decimal | None = None
    """The price of an input token in US dollars."""
    output_usd_per_token: Decimal | None = None
    """The price of an output token in US dollars."""
    closes_from_other_threads: bool | None = None
    """Whether `close` of a stream may be called while another thread reads it."""

    def for_model(self, model: str | None) -> Self:
        """Return itself for a request that names *model* or none, else a description of only the provider and host."""
        is_own = model is None or self.model is None or f"/{model}".endswith(f"/{self.model}")
        return self if is_own else type(self)(provider=self.provider, host=self.host)
