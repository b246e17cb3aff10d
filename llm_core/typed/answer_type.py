"""The caller's type: its JSON Schema, and the values of it that texts hold."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

from pydantic import PydanticUserError, TypeAdapter, ValidationError
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import ErrorDetails, core_schema, from_json

from llm_core.domain.json_values import JsonValue

from .attrs_bridge import bridged
from .strict_schema import KEY_SCHEMA, Schema, Shape

if TYPE_CHECKING:
    from typing_extensions import TypeForm

    from .results import Problem

T = TypeVar("T")


class InvalidTextError(ValueError):
    """A text that holds no value of the type."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__()
        self.problems = problems


class AnswerType(Generic[T]):
    """A type that pydantic reads, or an attrs class. Raises TypeError: it has no JSON Schema."""

    def __init__(self, type: TypeForm[T]) -> None:
        try:
            self._adapter: TypeAdapter[T] = TypeAdapter(bridged(type))
            self.shape: Shape = Shape(self._adapter.json_schema(schema_generator=_Schemas))
        except (PydanticUserError, NameError) as error:
            raise TypeError(f"type: {getattr(error, 'message', error)}") from None

    def decode(self, text: str) -> T:
        """Return the value that the JSON *text* holds; raises InvalidTextError."""
        try:
            value = self.shape.loose(json.loads(text, parse_float=Decimal, parse_constant=_refuse))
            loose = json.dumps(value, default=float)
        except (ValueError, RecursionError) as error:
            raise InvalidTextError((("", f"not JSON: {error}"),)) from None
        try:
            return self._adapter.validate_json(loose)
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)
        root = "value" if self.shape.is_wrapped else ""
        raise InvalidTextError(tuple((path_of(root, value, each), each["msg"]) for each in found))

    def snapshot(self, text: str) -> JsonValue:
        """Return the JSON that *text* begins with, in the form of the value. Raises ValueError: there is none yet."""
        value: JsonValue = from_json(text, allow_partial="trailing-strings")
        if self.shape.is_wrapped and value == {}:
            raise ValueError("the wrapped value has not begun")
        loose: JsonValue = self.shape.loose(value, is_whole=False)
        return loose


def path_of(path: str, value: Any, error: ErrorDetails) -> str:  # noqa: ANN401 -- JSON
    """Return *path* and the way of *error* through *value*, without the steps that name the member of a union."""
    for step in error["loc"]:
        if isinstance(step, int) and isinstance(value, list) and step < len(value):
            path, value = f"{path}[{step}]", value[step]
        elif isinstance(value, dict) and (step in value or (error["type"] == "missing" and step == error["loc"][-1])):
            path, value = f"{path}.{step}".lstrip("."), value.get(step)
    return path


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


class _Schemas(GenerateJsonSchema):
    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012 -- as pydantic declares it

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> Schema:
        """Leave strings out: no limit holds for them, and providers refuse the look-ahead in their pattern."""
        number: Schema = super().decimal_schema(schema)["anyOf"][0]
        return number

    def dict_schema(self, schema: core_schema.DictSchema) -> Schema:
        """Add the schema of the keys."""
        keys = self.generate_inner(schema["keys_schema"]) if "keys_schema" in schema else {}
        return super().dict_schema(schema) | {KEY_SCHEMA: keys}
