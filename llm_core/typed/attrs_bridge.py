"""attrs classes for pydantic: it reads the arguments of ``__init__``, and ``__init__`` builds the value.

So are the TypedDicts of `typing`, which pydantic refuses before Python 3.12.
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
    if isinstance(hint, type) and not args:
        return Annotated[hint, _Bridge(hint)] if _holds_attrs(hint, set()) else hint
    if origin is Annotated:
        return Annotated[(bridged(args[0]), *args[1:])]
    if origin is Literal or not args:
        return hint
    members = tuple(map(bridged, args))
    return Union[members] if origin is UnionType else origin[members]  # noqa: UP007 -- any number of members


def _holds_attrs(hint: object, seen: set[object]) -> bool:
    if not isinstance(hint, type) or get_args(hint):
        return any(_holds_attrs(member, seen) for member in get_args(hint))
    if attrs.has(hint) or is_typeddict(hint):
        return True
    if hint in seen or not (is_dataclass(hint) or hasattr(hint, "_fields")):
        return False
    seen.add(hint)
    return any(_holds_attrs(member, seen) for member in get_type_hints(hint).values())


@attrs.frozen
class _Bridge:
    class_: type

    def __get_pydantic_core_schema__(self, _: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        arguments = handler.generate_schema(_arguments_of(self.class_))
        return core_schema.no_info_after_validator_function(self._build, arguments)

    def _build(self, arguments: BaseModel) -> object:
        fields = type(arguments).model_fields
        given = {str(fields[name].alias): getattr(arguments, name) for name in arguments.model_fields_set}
        try:
            return self.class_(**given)
        except (TypeError, ArithmeticError, LookupError) as error:  # as validators and converters raise them
            raise ValueError(f"{type(error).__name__}: {error}") from None


@lru_cache(maxsize=256)
def _arguments_of(class_: type) -> type[BaseModel]:
    """Return a model of the arguments, whose own fields have names that clash with none of pydantic's."""
    hints = get_type_hints(class_, include_extras=True)
    attributes = {field.alias: field for field in attrs.fields(class_)} if attrs.has(class_) else {}
    fields: dict[str, Any] = {}
    for name, parameter in _parameters(class_, hints).items():
        attribute, hint = attributes.get(name), parameter.annotation
        if attribute is None or attribute.converter is None or hint is parameter.empty or isinstance(hint, str):
            hint = hints.get(name if attribute is None else attribute.name, Any)
        default: dict[str, Any] = {"default_factory": NoneType}  # never called: only what the model wrote is passed
        if isinstance(parameter.default, bool | int | float | str | None):
            default = {"default": parameter.default}
        optional = {} if parameter.default is parameter.empty else default
        hint = get_args(hint)[0] if get_origin(hint) in (Required, NotRequired) else hint
        fields[f"field_{len(fields)}"] = (bridged(hint), Field(alias=name, **optional))
    config = ConfigDict(defer_build=True)  # a class may hold itself
    words = class_.__doc__ if attrs.has(class_) or is_typeddict(class_) else None  # a dataclass has its signature there
    return create_model(class_.__name__, __config__=config, __doc__=words, **fields)


def _parameters(class_: type, hints: dict[str, Any]) -> Mapping[str, Parameter]:
    if not is_typeddict(class_):
        return signature(class_).parameters
    required: frozenset[str] = getattr(class_, "__required_keys__", frozenset())
    optional = {name for name, hint in hints.items() if name not in required or get_origin(hint) is NotRequired}
    defaults = {name: ... if name in optional else Parameter.empty for name in hints}
    return {name: Parameter(name, Parameter.KEYWORD_ONLY, default=default) for name, default in defaults.items()}
