"""The arguments of functions and classes as TypedDicts, which pydantic reads.

So it reads the classes that it does not know: attrs classes, which ``__init__`` builds; the TypedDicts of `typing`,
which it refuses before Python 3.12; and the dataclasses, NamedTuples and TypedDicts that hold such ones.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import is_dataclass
from functools import lru_cache, partial
from inspect import Parameter, currentframe, signature
from types import UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Optional,
    Required,
    TypeAlias,
    TypeVar,
    Union,
    get_args,
    get_origin,
)

import attrs
from pydantic import ConfigDict, Field, GetCoreSchemaHandler, PydanticUserError, TypeAdapter
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, core_schema, from_json, to_json
from typing_extensions import TypedDict, get_type_hints, is_typeddict

Argument: TypeAlias = tuple[Any, object]
"""The annotation and the default of an argument: `REQUIRED`, or ``...`` for one that may be left out."""
REQUIRED: Any = Parameter.empty
_MARKS: tuple[Any, ...] = (Required, NotRequired)
_TYPED_DICT: Any = TypedDict  # checkers want its fields to be literals


def arguments_type(
    name: str, arguments: Mapping[str, Argument], descriptions: Mapping[str, str], config: ConfigDict
) -> Any:  # noqa: ANN401 -- no type describes a TypedDict
    """Return a TypedDict of *arguments*; one of *descriptions* holds where the annotation has none of its own."""
    fields = {name: _field(*argument, descriptions.get(name)) for name, argument in arguments.items()}
    made = _TYPED_DICT(name, fields)
    made.__pydantic_config__ = config
    return made


def hints_of(owner: Any) -> dict[str, Any]:  # noqa: ANN401 -- a class or function
    """Return the annotations of *owner*, which may name what is local to the functions being executed that define it.

    Raises:
        NameError: one names what is not there.
        TypeError: one is no type.
    """
    names: dict[str, object] = {}
    frame = currentframe()
    while frame is not None:
        if f"{owner.__module__}.{owner.__qualname__}".startswith(
            f"{frame.f_globals.get('__name__')}.{frame.f_code.co_qualname}.<locals>."
        ):
            names = {**frame.f_locals, **names}
        frame = frame.f_back
    return get_type_hints(owner, localns=names or None, include_extras=True)


def _field(hint: Any, default: object, description: str | None) -> Any:  # noqa: ANN401 -- types
    hint = bridged(hint)
    if isinstance(default, FieldInfo):
        hint, default = Annotated[hint, default], REQUIRED
    type_, *marks = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    if not hasattr(type_, "__module__"):
        raise TypeError(f"{type_!r} is no type")
    if default is None:  # a model may pass the default that it reads
        type_ = Optional[type_]  # noqa: UP045 -- a value
    options: dict[str, Any] = {"description": description} if description else {}
    if default is not REQUIRED and default is not ...:
        with suppress(ValueError):  # it has no JSON form; it is shown alone: what is left out is not passed
            options["json_schema_extra"] = {"default": from_json(to_json(default, inf_nan_mode="strings"))}
    is_required = default is REQUIRED and all(mark.is_required() for mark in marks if isinstance(mark, FieldInfo))
    field: Any = Annotated[(type_, Field(**options), *marks)]  # the later mark wins
    return field if is_required else NotRequired[field]


def bridged(hint: Any) -> Any:  # noqa: ANN401 -- no type describes a type
    """Return *hint* with the classes that pydantic does not know as it takes them."""
    origin, args = get_origin(hint), get_args(hint)
    class_: Any = origin or hint
    if isinstance(class_, type) and (
        attrs.has(class_) or is_typeddict(class_) or is_dataclass(class_) or hasattr(class_, "_fields")
    ):
        return hint if _is_known(hint) else Annotated[hint, _Bridge()]
    if origin is Annotated:
        return Annotated[(bridged(args[0]), *args[1:])]
    if origin is Literal or not args:
        return hint
    members = tuple(map(bridged, args))
    return Union[members] if origin is UnionType else origin[members]  # noqa: UP007 -- any number of members


def _is_known(hint: Any) -> bool:  # noqa: ANN401 -- a type
    try:
        return TypeAdapter(hint).pydantic_complete
    except (PydanticUserError, NameError):
        return False


class _Bridge:
    """Reads the arguments of a class in place of its fields."""

    def __get_pydantic_core_schema__(self, hint: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401
        arguments = handler.generate_schema(_arguments_of(hint))
        return core_schema.no_info_after_validator_function(partial(_build, hint), arguments)


def _build(class_: Any, arguments: dict[str, object]) -> object:  # noqa: ANN401 -- a class
    try:
        return class_(**arguments)
    except (
        TypeError,
        AttributeError,
        ArithmeticError,
        LookupError,
    ) as error:  # as validators and converters raise them
        raise ValueError(f"{type(error).__name__}: {error}") from None


@lru_cache(maxsize=256)  # a class may hold itself
def _arguments_of(hint: Any) -> Any:  # noqa: ANN401 -- a class, perhaps with its type arguments
    class_ = get_origin(hint) or hint
    values = dict(zip(getattr(class_, "__parameters__", ()), get_args(hint), strict=False))
    arguments = {name: (_filled(type_, values), default) for name, (type_, default) in _arguments(class_).items()}
    made = arguments_type(class_.__name__, arguments, {}, ConfigDict())
    made.__doc__ = None if is_dataclass(class_) or hasattr(class_, "_fields") else class_.__doc__  # it is a signature
    return made


def _arguments(class_: Any) -> dict[str, Argument]:  # noqa: ANN401 -- a class
    hints = hints_of(class_)
    if is_typeddict(class_):
        optional = {name for name, hint in hints.items() if get_origin(hint) in _MARKS[1:]} | class_.__optional_keys__
        return {name: (hint, ... if name in optional else REQUIRED) for name, hint in hints.items()}
    fields = {field.alias: field for field in attrs.fields(class_)} if attrs.has(class_) else {}
    arguments: dict[str, Argument] = {}
    for name, parameter in signature(class_).parameters.items():
        field, hint = fields.get(name), parameter.annotation
        if field is None or field.converter is None or hint is REQUIRED or isinstance(hint, str):
            hint = hints.get(name if field is None else field.name, Any)
        arguments[name] = (hint, ... if parameter.default is attrs.NOTHING else parameter.default)
    return arguments


def _filled(hint: Any, values: Mapping[Any, object]) -> Any:  # noqa: ANN401 -- types
    """Return *hint* with *values* for its type variables, without the mark of a TypedDict's key."""
    hint = get_args(hint)[0] if get_origin(hint) in _MARKS else hint
    if isinstance(hint, TypeVar):
        return values.get(hint, Any)
    variables = () if isinstance(hint, type) else getattr(hint, "__parameters__", ())
    return hint[tuple(values.get(variable, Any) for variable in variables)] if variables else hint
