"""Tools that a request offers to the model, and the calls that the model makes."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import attrs
from attrs.validators import optional

from . import validators
from .json_values import JsonValue, json_object, json_text, parse_arguments
from .parts import ProviderData, as_provider_data
from .reprs import truncated_repr
from .validators import boolean, non_empty_str


def _parameters(value: Mapping[str, object]) -> Mapping[str, JsonValue]:
    return json_object(value, "parameters")


def _arguments(value: Mapping[str, object]) -> Mapping[str, JsonValue]:
    return json_object(value, "arguments")


@attrs.frozen(kw_only=True)
class Tool:
    """A function that the model may call."""

    name: str = attrs.field(validator=non_empty_str)
    """The name that the model calls it by; unique in a request."""
    description: str = attrs.field(repr=truncated_repr, validator=validators.text)
    """What the function does, for the model; may be empty."""
    parameters: Mapping[str, JsonValue] = attrs.field(repr=truncated_repr, converter=_parameters)
    """The JSON Schema of the arguments object."""
    strict: bool = attrs.field(default=False, validator=boolean)
    """Whether the provider must enforce `parameters`."""


@attrs.frozen
class NamedTool:
    """A tool choice: the model must call this tool."""

    name: str = attrs.field(validator=non_empty_str)
    """The name of a tool that the request offers."""


ToolChoice: TypeAlias = Literal["auto", "none", "required"] | NamedTool


@attrs.frozen(kw_only=True)
class ToolCall:
    """A call whose arguments are a JSON object."""

    id: str = attrs.field(validator=non_empty_str)
    """The id that the `ToolMessage` with the result must carry."""
    name: str = attrs.field(validator=non_empty_str)
    """The name of the tool, as the model wrote it; the model may name a tool that was not offered."""
    arguments: Mapping[str, JsonValue] = attrs.field(repr=truncated_repr, converter=_arguments)
    """The parsed arguments, not checked against the tool's schema."""
    arguments_text: str | None = attrs.field(
        default=None, repr=truncated_repr, eq=False, validator=optional(validators.text)
    )
    """The model's exact text of `arguments`, if known; ignored in comparisons."""
    provider_data: tuple[ProviderData, ...] = attrs.field(default=(), converter=as_provider_data)
    """Opaque data of the provider, sent back with the call."""

    def __attrs_post_init__(self) -> None:
        """Refuse an `arguments_text` that does not parse to `arguments`."""
        if self.arguments_text is not None and not _parses_to(self.arguments_text, self.arguments):
            raise ValueError("arguments_text: does not parse to arguments")

    @property
    def arguments_json(self) -> str:
        """The arguments as JSON text: the model's exact text if known, ``{}`` if the model wrote nothing."""
        return sent_text(self)


@attrs.frozen(kw_only=True)
class InvalidToolCall:
    """A call that cannot be executed: it names no tool, or its arguments are not a JSON object."""

    id: str = attrs.field(validator=non_empty_str)
    """The id that the `ToolMessage` with the error must carry."""
    name: str = attrs.field(validator=validators.text)
    """The name of the tool, as the model wrote it; may be empty."""
    arguments_text: str = attrs.field(repr=truncated_repr, validator=validators.text)
    """The model's exact text: cut off, a list, prose."""
    problem: str = attrs.field(repr=truncated_repr, validator=validators.text)
    """What is wrong with the call, in plain English; a good content for the `ToolMessage`."""
    provider_data: tuple[ProviderData, ...] = attrs.field(default=(), converter=as_provider_data)
    """Opaque data of the provider, sent back with the call."""


def sent_text(call: ToolCall | InvalidToolCall) -> str:
    """Return the text of the arguments of *call* that is sent back to a model."""
    text = call.arguments_text
    if not isinstance(call, ToolCall) or (text and not text.isspace()):
        return text or ""
    return "{}" if text is not None else json_text(call.arguments)


def parse_tool_call(
    *, id: str, name: str, arguments_text: str, cut_off: bool = False, provider_data: Sequence[ProviderData] = ()
) -> ToolCall | InvalidToolCall:
    """Return the call that the model's text describes; text that is not a JSON object is never repaired.

    Empty text is ``{}``, unless the response was *cut_off*: then the arguments are unknown and the call is invalid.
    """
    try:
        arguments = _parse_named_arguments(name, arguments_text, cut_off=cut_off)
    except ValueError as error:
        return InvalidToolCall(
            id=id, name=name, arguments_text=arguments_text, problem=str(error), provider_data=provider_data
        )
    validators.refuse_surrogates("arguments_text", arguments_text)
    call = ToolCall(id=id, name=name, arguments={}, provider_data=provider_data)
    # Past the constructor, which would copy the arguments, and parse the text again to compare it with them.
    object.__setattr__(call, "arguments", arguments)
    object.__setattr__(call, "arguments_text", arguments_text)
    return call


def _parse_named_arguments(name: str, arguments_text: str, *, cut_off: bool) -> dict[str, JsonValue]:
    if not name:
        raise ValueError("the call names no tool")
    if cut_off and not arguments_text.strip():
        raise ValueError("arguments: cut off before they began")
    return parse_arguments(arguments_text)


def _parses_to(text: str, arguments: Mapping[str, JsonValue]) -> bool:
    try:
        return parse_arguments(text) == arguments
    except ValueError:
        return False
