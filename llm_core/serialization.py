"""Domain values as JSON text, and back without loss. What stands at its default is left out; reading is strict.

The members of a union say which they are by `type`; bytes are base64; a price is a string, so that no digit is lost.
"""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from types import NoneType
from typing import Literal, TypeAlias, TypeVar, get_args, get_origin

import attrs
from cattrs import Converter, ForbiddenExtraKeysError, transform_error
from cattrs.cols import homogenous_tuple_structure_factory
from cattrs.errors import BaseValidationError
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn

from .domain.events import StreamEvent
from .domain.messages import Message
from .domain.parts import UserPart
from .domain.requests import ChatRequest, OutputFormat
from .domain.responses import ChatResponse, FinishReason
from .domain.tools import NamedTool

Value = TypeVar("Value")
# As cattrs calls it: with the parsed JSON, and the kind that it is to become.
_Hook: TypeAlias = Callable[[object, object], Value]


class InvalidDocumentError(ValueError):
    """A text that is no such document; `path` leads to the fault: ``messages[2].content[0].url``, the root is ``$``."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(path, problem)
        self.path = path
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"


def to_json(value: ChatRequest | ChatResponse | Message | StreamEvent) -> str:
    """Return *value* as JSON text, which the function named for its kind reads back."""
    return json.dumps(_CONVERTER.unstructure(value), ensure_ascii=False, allow_nan=False)


def request_from_json(document: str | bytes) -> ChatRequest:
    """Return the request that *document* holds, or raise `InvalidDocumentError`."""
    return _read(document, _REQUEST)


def message_from_json(document: str | bytes) -> Message:
    """Return the message that *document* holds, or raise `InvalidDocumentError`."""
    return _read(document, _MESSAGE)


def response_from_json(document: str | bytes) -> ChatResponse:
    """Return the response that *document* holds, or raise `InvalidDocumentError`."""
    return _read(document, _RESPONSE)


def event_from_json(document: str | bytes) -> StreamEvent:
    """Return the event that *document* holds, or raise `InvalidDocumentError`."""
    return _read(document, _EVENT)


def _read(document: str | bytes, hook: _Hook[Value]) -> Value:
    try:
        parsed = json.loads(document, parse_constant=ValueError, object_pairs_hook=_object)
        _refuse_faults(parsed, "")
        return hook(parsed, None)
    except (ValueError, RecursionError, BaseValidationError) as error:
        path, problem = _located(error)
    raise InvalidDocumentError(path.removeprefix(".") or "$", problem)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        found[key] = ValueError("a second value for one key") if key in found else value
    return found


def _refuse_faults(parsed: object, path: str) -> None:
    """Raise what the parser left in the place of a value: it alone does not know the path."""
    match parsed:
        case ValueError():
            raise InvalidDocumentError(path, f"{parsed} is no JSON")
        case dict():
            for key, value in parsed.items():
                _refuse_faults(value, f"{path}.{key}")
        case list():
            for index, value in enumerate(parsed):
                _refuse_faults(value, f"{path}[{index}]")


def _located(error: Exception) -> tuple[str, str]:
    """Return where and what. A message of the domain, and of the hooks here, begins with the path from where it is."""
    if isinstance(error, InvalidDocumentError):
        return error.path, error.problem
    message, _, path = transform_error(error, "", _message)[0].rpartition(" @ ")
    said = re.match(r"([\w-]+(?:[.\[].*?)?): (.*)", message, re.DOTALL)
    return (f"{path}.{said[1]}", said[2]) if said else (path, message)


_SAID: Mapping[type[BaseException], str] = {
    KeyError: "is missing",
    RecursionError: "nested too deeply",
    InvalidOperation: "expected a decimal number",
}


def _message(error: BaseException, _: object) -> str:
    if isinstance(error, ForbiddenExtraKeysError):
        return f"{min(error.extra_fields)}: unknown key"
    return _SAID.get(type(error), str(error))


def _exactly(value: object, kind: type[Value]) -> Value:
    if type(value) is kind:
        return value
    raise ValueError(f"expected {kind.__name__}, got {type(value).__name__}")


def _tag(kind: type) -> str:
    return "_".join(re.findall("[A-Z][a-z]+", re.sub("(Message|Part|Output)$", "", kind.__name__))).lower()


_TAGGED = [*get_args(Message), *get_args(UserPart), *get_args(OutputFormat), *get_args(StreamEvent), NamedTool]
_TAGS = {kind: _tag(kind) for kind in _TAGGED}


def _class(kind: type[Value], converter: Converter) -> _Hook[Value]:
    tag, read = _TAGS.get(kind), make_dict_structure_fn(kind, converter)

    def hook(value: object, _: object) -> Value:
        fields = {**_exactly(value, dict)}
        if tag and fields.pop("type", None) != tag:
            raise ValueError(f"type: expected {tag}")
        return read(fields, kind)

    return hook


def _plain(kind: type[Value], converter: Converter) -> Callable[[Value], dict[str, object]]:
    tag = {"type": _TAGS[kind]} if kind in _TAGS else {}
    write = make_dict_unstructure_fn(kind, converter, _cattrs_omit_if_default=True)
    return lambda value: {**tag, **write(value)}


def _array(kind: type, converter: Converter) -> _Hook[object]:
    read = homogenous_tuple_structure_factory(kind, converter)
    return lambda value, _: read(_exactly(value, list), kind)


def _shape(kind: object) -> object:
    """Return what tells a member of a union from the others: its tag, or its type in parsed JSON."""
    return _TAGS.get(kind) or {tuple: list, Literal: str}.get(get_origin(kind), kind)


def _union(union: object, converter: Converter) -> _Hook[object]:
    kinds = {_shape(kind): kind for kind in get_args(union)}
    names = " or ".join(str(getattr(shape, "__name__", shape)) for shape in kinds)

    def hook(value: object, _: object) -> object:
        tag = value.get("type") if isinstance(value, dict) else None
        shape = tag if isinstance(tag, str) else type(value)
        if shape not in kinds:
            raise ValueError(f"{'type: ' if isinstance(value, dict) else ''}expected {names}")
        return converter.structure(value, kinds[shape])

    return hook


def _is_json(kind: object) -> bool:
    return get_origin(kind) is Mapping or dict in [get_origin(one) for one in get_args(kind)]


_CONVERTER = Converter(forbid_extra_keys=True)
for kind in (str, bool, int, NoneType):
    _CONVERTER.register_structure_hook(kind, _exactly)
_CONVERTER.register_structure_hook(FinishReason, lambda value, _: FinishReason(value))
_CONVERTER.register_structure_hook(float, lambda value, kind: value if type(value) is int else _exactly(value, kind))
_CONVERTER.register_structure_hook(bytes, lambda value, _: b64decode(_exactly(value, str), validate=True))
_CONVERTER.register_unstructure_hook(bytes, lambda data: b64encode(data).decode())
_CONVERTER.register_structure_hook(Decimal, lambda value, _: Decimal(_exactly(value, str)))
_CONVERTER.register_unstructure_hook(Decimal, str)
_CONVERTER.register_structure_hook_factory(attrs.has, _class)
_CONVERTER.register_unstructure_hook_factory(attrs.has, _plain)
_CONVERTER.register_structure_hook_factory(lambda kind: any(_shape(one) is not one for one in get_args(kind)), _union)
_CONVERTER.register_structure_hook_factory(lambda kind: _shape(kind) is list, _array)
_CONVERTER.register_structure_hook_func(lambda kind: _shape(kind) is str, lambda value, _: _exactly(value, str))
_CONVERTER.register_structure_hook_func(_is_json, lambda value, _: value)  # the domain checks and copies it
_CONVERTER.register_unstructure_hook_func(_is_json, lambda value: value)
_REQUEST: _Hook[ChatRequest] = _CONVERTER.get_structure_hook(ChatRequest)
_MESSAGE: _Hook[Message] = _CONVERTER.get_structure_hook(Message)
_RESPONSE: _Hook[ChatResponse] = _CONVERTER.get_structure_hook(ChatResponse)
_EVENT: _Hook[StreamEvent] = _CONVERTER.get_structure_hook(StreamEvent)
