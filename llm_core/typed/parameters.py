"""The parameters of a function: their JSON Schema for the model, and their values in the arguments of a call."""

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Annotated, get_args, get_origin

import attrs
from pydantic import ConfigDict, PydanticUserError, TypeAdapter
from typing_extensions import get_type_hints

from llm_core.domain.json_values import JsonObject
from llm_core.domain.tools import ToolCall

from .arguments import arguments_type
from .decoding import JsonSchemas, decoded


class Context:
    """Marks a parameter that the `Toolbox` passes, and that the model does not see: ``db: Annotated[Db, Context]``."""


@attrs.frozen(kw_only=True)
class Parameters:
    """What a function takes from the model and from the toolbox."""

    signature: inspect.Signature
    arguments: TypeAdapter[dict[str, object]]
    """The arguments that the model passes, by name."""
    contexts: Collection[str]
    """The parameters that the toolbox passes."""
    schema: JsonObject
    """The JSON Schema of the arguments."""

    def bind(self, call: ToolCall, context: object) -> inspect.BoundArguments:
        """Return the arguments of *call* as values of the annotated types.

        Raises:
            InvalidTextError: some do not fit; the text has the path and the problem of each.
        """
        arguments = decoded(self.arguments, call.arguments_json, lambda arguments: arguments or {})
        bound = self.signature.bind_partial()
        bound.arguments |= arguments | ({} if context is None else dict.fromkeys(self.contexts, context))
        bound.apply_defaults()
        return bound


def check_parameters(tool: str, parameters: Iterable[inspect.Parameter]) -> None:
    """Raise ValueError for ``*args``, ``**kwargs`` and a parameter without annotation."""
    for parameter in parameters:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise ValueError(f"tool {tool}: a model cannot pass {str(parameter).partition(':')[0]}")
        if parameter.annotation is parameter.empty:
            raise ValueError(f"tool {tool}: the parameter {parameter.name} has no annotation")


def read_parameters(
    tool: str, signature: inspect.Signature, code: Callable[..., object], descriptions: Mapping[str, str]
) -> Parameters:
    """Return the parameters of a function of *signature*, whose annotations *code* has.

    *descriptions* are those of its docstring, by name.

    Raises:
        ValueError: as `check_parameters` does; an annotation cannot be resolved, or pydantic has no schema for it.
    """
    check_parameters(tool, signature.parameters.values())
    try:
        hints = get_type_hints(code, localns=_locals_of(code), include_extras=True)
        contexts = [name for name in signature.parameters if _is_context(hints[name])]
        arguments = {
            name: (hints[name], parameter.default)
            for name, parameter in signature.parameters.items()
            if name not in contexts
        }
        adapter = TypeAdapter[dict[str, object]](
            arguments_type("Arguments", arguments, descriptions, ConfigDict(extra="forbid"))
        )
        schema: JsonObject = adapter.json_schema(schema_generator=_Schemas)
    except (NameError, PydanticUserError) as error:
        raise ValueError(f"tool {tool}: {str(error).partition(chr(10))[0]}") from None
    del schema["title"]
    return Parameters(signature=signature, arguments=adapter, contexts=contexts, schema=schema)


def _locals_of(code: object) -> dict[str, object]:
    """Return the local names of the function that is being executed and defines *code*; annotations may name them."""
    frame = inspect.currentframe()
    while frame is not None and getattr(code, "__code__", None) not in frame.f_code.co_consts:
        frame = frame.f_back
    return {} if frame is None else frame.f_locals


def _is_context(annotation: object) -> bool:
    marks = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    return any(mark is Context or isinstance(mark, Context) for mark in marks)


class _Schemas(JsonSchemas):
    def field_title_should_be_set(self, _: object) -> bool:
        """Leave out titles that repeat the names of the fields."""
        return False
