"""attrs classes for pydantic: it reads the arguments of ``__init__``, and ``__init__`` builds the value.

So it does with the TypedDicts of `typing`, which pydantic refuses before Python 3.12.
"""

from collections.abc import Mapping
from dataclasses import is_dataclass
from functools import lru_cache
from inspect import Parameter, signature
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Required,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

import attrs
from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, create_model
from pydantic_core import CoreSchema, core_schema


def bridged(hint: Any) -> Any:  # noqa: ANN401 -- no type describes a type
    """Return *hint* with attrs classes, and the dataclasses and NamedTuples that hold some, as pydantic takes them."""
    origin, args = get_origin(hint), get_args(hint)
    if isinstance(origin or hint, type) and origin is not UnionType and _is_bridged(origin or hint, set()):
        return Annotated[hint, _Bridge(hint)]
    if origin is Annotated:
        return Annotated[(bridged(args[0]), *args[1:])]
    if origin is Literal or not args:
        return hint
    members = tuple(map(bridged, args))
    return Union[members] if origin is UnionType else origin[members]  # noqa: UP007 -- any number of members


def _is_bridged(class_: type, seen: set[object]) -> bool:
    if attrs.has(class_) or is_typeddict(class_):
        return True
    if class_ in seen or not (is_dataclass(class_) or hasattr(class_, "_fields")):
        return False
    seen.add(class_)
    return any(_holds_bridged(hint, seen) for hint in get_type_hints(class_).values())


def _holds_bridged(hint: object, seen: set[object]) -> bool:
    class_ = get_origin(hint) or hint
    if isinstance(class_, type) and _is_bridged(class_, seen):
        return True
    return any(_holds_bridged(member, seen) for member in get_args(hint))


@attrs.frozen
class _Bridge:
    hint: Any

    def __get_pydantic_core_schema__(self, _: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        arguments = handler.generate_schema(_arguments_of(self.hint))
        return core_schema.no_info_after_validator_function(self._build, arguments)

    def _build(self, arguments: BaseModel) -> object:
        fields = type(arguments).model_fields
        given = {str(fields[name].alias): getattr(arguments, name) for name in arguments.model_fields_set}
        try:
            return self.hint(**given)
        except (TypeError, ArithmeticError, LookupError) as error:  # as validators and converters raise them
            raise ValueError(f"{type(error).__name__}: {error}") from None


@lru_cache(maxsize=256)
def _arguments_of(hint: Any) -> type[BaseModel]:  # noqa: ANN401 -- a class, perhaps with its type arguments
    """Return a model of the arguments, whose own fields have names that clash with none of pydantic's."""
    class_ = get_origin(hint) or hint
    values = dict(zip(getattr(class_, "__parameters__", ()), get_args(hint), strict=False))
    hints = get_type_hints(class_, include_extras=True)
    attributes = {field.alias: field for field in attrs.fields(class_)} if attrs.has(class_) else {}
    fields: dict[str, Any] = {}
    for name, (argument, default) in _arguments(class_, hints).items():
        attribute = attributes.get(name)
        if attribute is None or attribute.converter is None or argument is Parameter.empty or isinstance(argument, str):
            argument = hints.get(name if attribute is None else attribute.name, Any)  # noqa: PLW2901 -- the same one
        shown: dict[str, Any] = {"default_factory": NoneType}  # never called: only what the model wrote is passed
        if isinstance(default, bool | int | float | str | None):
            shown = {"default": default}
        optional = {} if default is Parameter.empty else shown
        fields[f"field_{len(fields)}"] = (bridged(_filled(argument, values)), Field(alias=name, **optional))
    words = class_.__doc__ if attributes or is_typeddict(class_) else None  # a dataclass has its signature there
    config = ConfigDict(defer_build=True)  # a class may hold itself
    return create_model(class_.__name__, __config__=config, __doc__=words, **fields)


def _arguments(class_: type, hints: Mapping[str, object]) -> dict[str, tuple[object, object]]:
    """Return annotation and default of each argument; the default of an optional key is ``...``."""
    if not is_typeddict(class_):
        parameters = signature(class_).parameters.items()
        return {name: (parameter.annotation, parameter.default) for name, parameter in parameters}
    required: frozenset[str] = getattr(class_, "__required_keys__", frozenset())
    optional = {name for name, hint in hints.items() if name not in required or get_origin(hint) is NotRequired}
    return {name: (Parameter.empty, ... if name in optional else Parameter.empty) for name in hints}


def _filled(hint: Any, values: Mapping[Any, object]) -> Any:  # noqa: ANN401 -- types
    """Return *hint* with *values* for its type variables, without the mark of a TypedDict's key."""
    hint = get_args(hint)[0] if get_origin(hint) in (Required, NotRequired) else hint
    if isinstance(hint, TypeVar):
        return values.get(hint, Any)
    variables = () if isinstance(hint, type) else getattr(hint, "__parameters__", ())
    return hint[tuple(values.get(variable, Any) for variable in variables)] if variables else hint
