"""The parameters of a function: their JSON Schema for the model, and their values in the arguments of a call."""

import inspect
import json
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Annotated, Any, get_args, get_origin

import attrs
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic.errors import PydanticUserError
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema

from llm_core.domain.json_values import JsonObject
from llm_core.domain.tools import ToolCall

from .answer_type import path_of
from .attrs_bridge import bridged


class Context:
    """Marks a parameter that the `Toolbox` passes, and that the model does not see: ``db: Annotated[Db, Context]``."""


@attrs.frozen(kw_only=True)
class Parameters:
    """What a function takes from the model and from the toolbox."""

    signature: inspect.Signature
    model: type[BaseModel]
    """The arguments that the model passes; the names of its fields clash with none of pydantic's."""
    names: Mapping[str, str]
    """The parameter of each field of `model`."""
    contexts: Mapping[str, bool]
    """The parameters that the toolbox passes, and whether each is required."""
    schema: JsonObject
    """The JSON Schema of the arguments."""

    def bind(self, call: ToolCall, context: object) -> inspect.BoundArguments:
        """Return the arguments of *call* as values of the annotated types.

        Raises:
            ValueError: some do not fit; the text has the path and the problem of each.
        """
        arguments: object = json.loads(call.arguments_json, parse_float=_exact) or {}
        try:
            fields = self.model.model_validate_json(json.dumps(arguments))
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)
            raise ValueError("; ".join(f"{path_of('', arguments, each)}: {each['msg']}" for each in found)) from None
        bound = self.signature.bind_partial()
        for field, name in self.names.items():
            if field in fields.model_fields_set or _is_required(self.signature.parameters[name]):
                bound.arguments[name] = getattr(fields, field)
        bound.arguments |= {} if context is None else dict.fromkeys(self.contexts, context)
        bound.apply_defaults()
        return bound


def check_parameters(tool: str, parameters: Iterable[inspect.Parameter]) -> None:
    """Raise ValueError for ``*args``, ``**kwargs`` and a parameter without annotation."""
    for parameter in parameters:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise ValueError(f"tool {tool}: a model cannot pass {str(parameter).partition(':')[0]}")
        if parameter.annotation is parameter.empty:
            raise ValueError(f"tool {tool}: the parameter {parameter.name} has no annotation")


def read_parameters(tool: str, function: Callable[..., object], descriptions: Mapping[str, str]) -> Parameters:
    """Return the parameters of *function*; *descriptions* are those of its docstring, by name.

    Raises:
        ValueError: as `check_parameters` does; an annotation cannot be resolved, or pydantic has no schema for it.
    """
    try:
        signature = inspect.signature(function, eval_str=True)
        check_parameters(tool, signature.parameters.values())
        given = {name: one for name, one in signature.parameters.items() if _is_context(one.annotation)}
        names = {f"p{index}": name for index, name in enumerate(signature.parameters) if name not in given}
        fields: dict[str, Any] = {
            field: _field(signature.parameters[name], descriptions.get(name)) for field, name in names.items()
        }
        model = create_model("Arguments", __config__=ConfigDict(extra="forbid"), **fields)
        schema: JsonObject = model.model_json_schema(schema_generator=_Schemas)
    except (NameError, PydanticUserError) as error:
        raise ValueError(f"tool {tool}: {str(error).partition(chr(10))[0]}") from None
    schema = {"type": "object", "properties": {}} | {key: schema[key] for key in schema if key != "title"}
    contexts = {name: _is_required(one) for name, one in given.items()}
    return Parameters(signature=signature, model=model, names=names, contexts=contexts, schema=schema)


def _exact(text: str) -> float | str:
    """Return the number, or *text* where a float would lose digits, which a Decimal keeps."""
    return float(text) if Decimal(repr(float(text))) == Decimal(text) else text


def _is_required(parameter: inspect.Parameter) -> bool:
    """Return whether the function has no value of its own: one of pydantic's Field is for the model."""
    return parameter.default is parameter.empty or isinstance(parameter.default, FieldInfo)


def _is_context(annotation: object) -> bool:
    marks = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    return any(mark is Context or isinstance(mark, Context) for mark in marks)


def _field(parameter: inspect.Parameter, description: str | None) -> tuple[Any, Any]:
    """Return the type and the default of a field, for pydantic."""
    marks = (parameter.default, *get_args(parameter.annotation))
    own = next((mark for mark in marks if isinstance(mark, FieldInfo)), FieldInfo())
    options: dict[str, Any] = {"alias": own.alias or parameter.name}
    if description and not own.description:
        options["description"] = description
    if not _is_required(parameter):
        options["default"] = parameter.default
    annotation = Annotated[parameter.annotation, own] if own is parameter.default else parameter.annotation
    return bridged(annotation), Field(**options)


class _Schemas(GenerateJsonSchema):
    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012 -- as pydantic declares it

    def field_title_should_be_set(self, _: object) -> bool:
        """Leave out titles that repeat the names of the fields."""
        return False
