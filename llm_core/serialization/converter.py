"""The cattrs converter between domain values and parsed JSON."""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import NoneType
from typing import Literal, TypeAlias, TypeVar, get_args, get_origin

import attrs
from cattrs import Converter
from cattrs.errors import IterableValidationError, IterableValidationNote
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn

from llm_core.domain.events import StreamEvent
from llm_core.domain.messages import Message
from llm_core.domain.parts import UserPart
from llm_core.domain.requests import OutputFormat
from llm_core.domain.responses import FinishReason
from llm_core.domain.tools import NamedTool

Value = TypeVar("Value")
Hook: TypeAlias = Callable[[object, object], Value]  # cattrs calls it with the parsed JSON and the target type


def _exactly(value: object, type_: type[Value]) -> Value:
    if type(value) is type_:
        return value
    raise ValueError(f"expected {type_.__name__}, got {type(value).__name__}")


def _tag(class_: type) -> str:
    return "_".join(re.findall("[A-Z][a-z]+", re.sub("(Message|Part|Output)$", "", class_.__name__))).lower()


_TAGGED = [*get_args(Message), *get_args(UserPart), *get_args(OutputFormat), *get_args(StreamEvent), NamedTool]
_TAGS = {class_: _tag(class_) for class_ in _TAGGED}


def _reader(class_: type[Value], converter: Converter) -> Hook[Value]:
    tag, read = _TAGS.get(class_), make_dict_structure_fn(class_, converter)

    def hook(value: object, _: object) -> Value:
        fields = {**_exactly(value, dict)}
        if tag and fields.pop("type", None) != tag:
            raise ValueError(f"type: expected {tag}")
        return read(fields, class_)

    return hook


def _writer(class_: type[Value], converter: Converter) -> Callable[[Value], dict[str, object]]:
    tag = {"type": _TAGS[class_]} if class_ in _TAGS else {}
    write = make_dict_unstructure_fn(class_, converter, _cattrs_omit_if_default=True)
    return lambda value: {**tag, **write(value)}


def _array_reader(type_: type, converter: Converter) -> Hook[object]:
    """Return a reader that stops at the first bad member; that of cattrs makes an error of each."""
    member = get_args(type_)[0]
    read = converter.get_structure_hook(member)

    def hook(value: object, _: object) -> tuple[object, ...]:
        members, items = _exactly(value, list), list[object]()
        try:
            for item in members:
                items.append(read(item, member))
        except Exception as error:  # noqa: BLE001 -- of any class: cattrs reports it with its path
            error.add_note(IterableValidationNote("", len(items), member))
            raise IterableValidationError("", [error], type_) from None
        return tuple(items)

    return hook


def _shape(type_: object) -> object:
    """Return what identifies a member of a union: its tag, or the Python type of its parsed JSON."""
    return _TAGS.get(type_) or {tuple: list, Literal: str}.get(get_origin(type_), type_)


def _union_reader(union: object, converter: Converter) -> Hook[object]:
    members = {_shape(member): member for member in get_args(union)}
    names = " or ".join(str(getattr(shape, "__name__", shape)) for shape in members)

    def hook(value: object, _: object) -> object:
        tag = value.get("type") if isinstance(value, dict) else None
        shape = tag if isinstance(tag, str) else type(value)
        if shape not in members:
            raise ValueError(f"{'type: ' if isinstance(value, dict) else ''}expected {names}")
        return converter.structure(value, members[shape])

    return hook


def _is_json(type_: object) -> bool:
    return get_origin(type_) is Mapping or dict in [get_origin(member) for member in get_args(type_)]


def _is_union(type_: object) -> bool:
    return any(_shape(member) is not member for member in get_args(type_))


def make_converter() -> Converter:
    """Return a converter that is strict in what it reads, and omits default values in what it writes."""
    converter = Converter(forbid_extra_keys=True)
    for type_ in (str, bool, int, NoneType):
        converter.register_structure_hook(type_, _exactly)
    converter.register_structure_hook(FinishReason, lambda value, _: FinishReason(value))
    converter.register_structure_hook(
        float, lambda value, type_: value if type(value) is int else _exactly(value, type_)
    )
    converter.register_structure_hook(bytes, lambda value, _: b64decode(_exactly(value, str), validate=True))
    converter.register_unstructure_hook(bytes, lambda data: b64encode(data).decode())
    converter.register_structure_hook(Decimal, lambda value, _: Decimal(_exactly(value, str)))
    converter.register_unstructure_hook(Decimal, str)
    converter.register_structure_hook_factory(attrs.has, _reader)
    converter.register_unstructure_hook_factory(attrs.has, _writer)
    converter.register_structure_hook_factory(_is_union, _union_reader)
    converter.register_structure_hook_factory(lambda type_: _shape(type_) is list, _array_reader)
    converter.register_structure_hook_func(lambda type_: _shape(type_) is str, lambda value, _: _exactly(value, str))
    converter.register_structure_hook_func(_is_json, lambda value, _: value)  # the domain checks and copies it
    converter.register_unstructure_hook_func(_is_json, lambda value: value)
    return converter
