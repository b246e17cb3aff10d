"""Defaults have the type that is declared for them: a flag is False, not None, and what is absent None, not ""."""

import builtins
import importlib
import inspect
import pkgutil
import types
import typing
from collections.abc import Callable, Iterator, Mapping

import attrs
import pytest

import llm_core

PACKAGES = ("domain", "ports", "wires", "providers", "transport")
IN_STUBS_ALONE = {"Inflater"}  # classes with a type that exists in the stubs of the standard library alone


class _AnyAttribute(type):
    def __getattr__(cls, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return cls

    def __getitem__(cls, item: object) -> object:
        return cls


class Unknown(metaclass=_AnyAttribute):
    """Stands for a type that a module imports for type checkers alone, or for its module."""


class Names(dict[str, object]):
    """The names of a module, and those that it imports for type checkers alone."""

    def __missing__(self, name: str) -> object:
        if name.startswith("__"):  # pytest looks for its own in every frame
            raise KeyError(name)
        return getattr(builtins, name, Unknown)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_default_has_its_declared_type(package: str) -> None:
    path, name = f"{llm_core.__path__[0]}/{package}", f"llm_core.{package}."
    modules = [importlib.import_module(module.name) for module in pkgutil.walk_packages([path], name)]

    wrong = [
        f"{module.__name__}: {place} = {default!r}"
        for module in modules
        for place, declared, default in _defaults(module)
        if not fits(default, declared)
    ]

    assert [] == wrong
    assert len(modules) > 5


def test_a_default_of_another_type_is_found() -> None:
    found = {place: fits(default, declared) for place, declared, default in _of_class(Sample, Names())}

    assert {
        "Sample.flag": False,
        "Sample.count": False,
        "Sample.name": False,
        "Sample.id": False,
        "Sample.kind": False,
        "Sample.right": True,
        "Sample.other": True,
        "Sample.do(size)": False,
        **{f"Sample.{name}: repr": name != "name" for name in ("flag", "count", "name", "id", "kind", "right")},
    } == found


@attrs.frozen
class Sample:
    """A class with defaults of the declared type, and of another."""

    flag: bool = None  # type: ignore[assignment]  # wrong, as those below
    count: int = True
    name: "str | None" = attrs.field(default=0, repr=None)  # type: ignore[call-overload]
    id: str | None = ""
    kind: typing.Literal["a"] = "b"  # type: ignore[assignment]
    right: "Missing | None" = None  # type: ignore[name-defined]  # noqa: F821 -- as a name for type checkers alone
    other: typing.ClassVar[float] = 1

    def do(self, size: int = None) -> None:  # type: ignore[assignment]  # noqa: RUF013 -- wrong as well
        """Do nothing."""


def _defaults(module: types.ModuleType) -> Iterator[tuple[str, object, object]]:
    """Yield the place, the declared type and the default of each field and parameter of *module*."""
    names = Names(vars(module))
    for value in list(vars(module).values()):
        if getattr(value, "__module__", None) != module.__name__:
            continue
        if isinstance(value, types.FunctionType):
            yield from _of_function(value, names)
        elif isinstance(value, type) and not issubclass(value, tuple) and value.__name__ not in IN_STUBS_ALONE:
            yield from _of_class(value, names)


def _of_class(class_: type, names: Mapping[str, object]) -> Iterator[tuple[str, object, object]]:
    declared = typing.get_type_hints(class_, localns=names)
    fields = attrs.fields(class_) if attrs.has(class_) else ()
    defaults = {field.name: field.default for field in fields}
    for field in fields:
        yield f"{class_.__qualname__}.{field.name}: repr", bool | Callable[..., str], field.repr
    for name in inspect.get_annotations(class_):
        default = defaults.get(name, class_.__dict__.get(name, attrs.NOTHING))
        if default is not attrs.NOTHING and not isinstance(default, _NO_DEFAULTS):
            yield f"{class_.__qualname__}.{name}", declared[name], default
    for method in class_.__dict__.values():
        function = getattr(method, "__func__", method)
        if isinstance(function, types.FunctionType) and function.__code__.co_filename == inspect.getfile(class_):
            yield from _of_function(function, names)


def _of_function(function: types.FunctionType, names: Mapping[str, object]) -> Iterator[tuple[str, object, object]]:
    parameters = inspect.signature(function).parameters.values()
    defaults = {one.name: one.default for one in parameters if one.default is not inspect.Parameter.empty}
    declared = typing.get_type_hints(function, localns=names) if defaults else {}
    for name, default in defaults.items():
        yield f"{function.__qualname__}({name})", declared[name], default


_NO_DEFAULTS: tuple[type, ...] = (type(attrs.Factory(list)), types.MemberDescriptorType)


def fits(value: object, declared: object) -> bool:
    """Return whether *value* is of the type *declared*, as far as one look at it shows."""
    origin, inner = typing.get_origin(declared), typing.get_args(declared)
    if declared is Unknown:
        return not isinstance(value, str | bool | None)
    if declared is typing.Any or isinstance(declared, typing.TypeVar):
        return True
    if origin in (typing.Union, types.UnionType):
        return any(fits(value, one) for one in inner) and not (value == "" and types.NoneType in inner)
    if origin in (typing.ClassVar, typing.Final):
        return fits(value, inner[0])
    if origin is typing.Literal:
        return value in inner
    class_ = origin or declared
    if class_ is float:
        return type(value) in (float, int)
    if getattr(class_, "_is_protocol", False):
        return value is not None
    return isinstance(class_, type) and isinstance(value, class_) and not (class_ is int and isinstance(value, bool))
