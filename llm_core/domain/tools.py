"""Tools offered to a model, and the calls that it makes of them."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import attrs
from attrs.validators import optional

from . import validators
from .json_values import JsonValue, json_object, json_text, parse_arguments
from .parts import ProviderData, as_provider_data
from .reprs import truncated_repr


def _parameters(value: Mapping[str, object]) -> Mapping[str, JsonValue]:
    return json_object(value, "parameters")


def _arguments(value: Mapping[str, object]) -> Mapping[str, JsonValue]:
    return json_object(value, "arguments")


@attrs.frozen(kw_only=True)
class Tool:
    """A function that the model may ask for.

    `parameters` is a JSON Schema object; `strict` asks the provider to hold the model to it.
    """

    name: str = attrs.field(validator=validators.non_empty_str)
    description: str = attrs.field(repr=truncated_repr, validator=validators.text)
    parameters: Mapping[str, JsonValue] = attrs.field(repr=truncated_repr, converter=_parameters)
    strict: bool = attrs.field(default=False, validator=validators.boolean)


@attrs.frozen
class NamedTool:
    """The one tool that the model must call."""

    name: str = attrs.field(validator=validators.non_empty_str)


ToolChoice: TypeAlias = Literal["auto", "none", "required"] | NamedTool


@attrs.frozen(kw_only=True)
class ToolCall:
    """A call that can be carried out. `arguments_text` is the model's exact text, if told; it is not compared."""

    id: str = attrs.field(validator=validators.non_empty_str)
    name: str = attrs.field(validator=validators.non_empty_str)
    arguments: Mapping[str, JsonValue] = attrs.field(repr=truncated_repr, converter=_arguments)
    arguments_text: str | None = attrs.field(
        default=None, repr=truncated_repr, eq=False, validator=optional(validators.text)
    )
    provider_data: tuple[ProviderData, ...] = attrs.field(default=(), converter=as_provider_data)

    def __attrs_post_init__(self) -> None:
        """Refuse a text that says something else than `arguments`."""
        if self.arguments_text is not None and not _says(self.arguments_text, self.arguments):
            raise ValueError("arguments_text: does not parse to arguments")

    @property
    def arguments_json(self) -> str:
        """The arguments as JSON text: the model's own where it is known, ``{}`` where the model wrote nothing."""
        if self.arguments_text is None:
            return json_text(self.arguments)
        return self.arguments_text if self.arguments_text.strip() else "{}"


@attrs.frozen(kw_only=True)
class InvalidToolCall:
    """A call whose arguments are no JSON object: cut off, a list, prose. `problem` says which, in plain words."""

    id: str = attrs.field(validator=validators.non_empty_str)
    name: str = attrs.field(validator=validators.text)
    arguments_text: str = attrs.field(repr=truncated_repr, validator=validators.text)
    problem: str = attrs.field(repr=truncated_repr, validator=validators.text)
    provider_data: tuple[ProviderData, ...] = attrs.field(default=(), converter=as_provider_data)

    @property
    def text(self) -> str:
        """The arguments as the model wrote them, as `ToolCall.text` is."""
        return self.arguments_text


def parse_tool_call(
    *, id: str, name: str, arguments_text: str, cut_off: bool = False, provider_data: Sequence[ProviderData] = ()
) -> ToolCall | InvalidToolCall:
    """Return the call that a model's text makes; what is no JSON object is an `InvalidToolCall`, never repaired.

    Empty text is ``{}``, unless the answer was *cut_off*: then nobody knows what would have come.
    """
    try:
        arguments = _parse_named_arguments(name, arguments_text, cut_off=cut_off)
    except ValueError as error:
        return InvalidToolCall(
            id=id, name=name, arguments_text=arguments_text, problem=str(error), provider_data=provider_data
        )
    return ToolCall(id=id, name=name, arguments=arguments, arguments_text=arguments_text, provider_data=provider_data)


def _parse_named_arguments(name: str, arguments_text: str, *, cut_off: bool) -> dict[str, JsonValue]:
    if not name:
        raise ValueError("the call names no tool")
    if cut_off and not arguments_text.strip():
        raise ValueError("arguments: cut off before they began")
    return parse_arguments(arguments_text)


def _says(text: str, arguments: Mapping[str, JsonValue]) -> bool:
    try:
        return parse_arguments(text) == arguments
    except ValueError:
        return False
