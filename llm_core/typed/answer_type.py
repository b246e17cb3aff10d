"""The caller's type: its JSON Schema, and the values of it that texts hold."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

from pydantic import PydanticUserError, TypeAdapter, ValidationError
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaWarningKind
from pydantic_core import ErrorDetails, core_schema, from_json

from llm_core.domain.json_values import JsonValue

from .arguments import bridged
from .strict_schema import KEY_SCHEMA, Schema, Shape

if TYPE_CHECKING:
    from typing_extensions import TypeForm

    from .results import Problem

T = TypeVar("T")


class InvalidTextError(ValueError):
    """A text that holds no value of the type."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(f"{path or 'answer'}: {words}" for path, words in problems))
        self.problems: tuple[Problem, ...] = problems


class AnswerType(Generic[T]):
    """A type that pydantic reads, or an attrs class. Raises TypeError: it has no JSON Schema."""

    def __init__(self, type: TypeForm[T]) -> None:
        try:
            self._adapter: TypeAdapter[T] = TypeAdapter(bridged(type))
            self.shape: Shape = Shape(self._adapter.json_schema(schema_generator=_Schemas))
        except (NameError, TypeError, PydanticUserError) as error:
            raise TypeError(f"type: {schema_problem(error)}") from None

    def decode(self, text: str) -> T:
        """Return the value that the JSON *text* holds; raises InvalidTextError."""
        return decoded(self._adapter, text, self.shape.loose, "value" if self.shape.is_wrapped else "")

    def snapshot(self, text: str) -> JsonValue:
        """Return the JSON that *text* begins with, in the form of the value. Raises ValueError: there is none yet."""
        value: JsonValue = from_json(text, allow_partial="trailing-strings")
        if self.shape.is_wrapped and value == {}:
            raise ValueError("the wrapped value has not begun")
        loose: JsonValue = self.shape.loose(value, is_whole=False)
        return loose


def decoded(adapter: TypeAdapter[T], text: str, form: Callable[[Any], object], root: str = "") -> T:
    """Return the value that the JSON *text* holds once *form* has changed it; its own path is *root*.

    Raises:
        InvalidTextError: it holds none.
    """
    try:
        value = form(json.loads(text, parse_float=_exact, parse_constant=_refuse))
        json_text = json.dumps(value)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise InvalidTextError(("", f"not JSON: {error}")) from None
    try:
        return adapter.validate_json(json_text)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
    raise InvalidTextError(*((_path_of(root, value, each), each["msg"]) for each in found))


def _path_of(path: str, value: Any, error: ErrorDetails) -> str:  # noqa: ANN401 -- JSON
    """Return *path* and the way of *error* through *value*, without the steps that name the member of a union."""
    for step in error["loc"]:
        if isinstance(step, int) and isinstance(value, list) and step < len(value):
            path, value = f"{path}[{step}]", value[step]
        elif isinstance(value, dict) and (step in value or (error["type"] == "missing" and step == error["loc"][-1])):
            path, value = f"{path}.{step}".lstrip("."), value.get(step)
    return path


def _exact(text: str) -> float | str:
    """Return the number, or *text* where a float would lose digits, which a Decimal keeps."""
    return float(text) if Decimal(repr(float(text))) == Decimal(text) else text


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


class JsonSchemas(GenerateJsonSchema):
    """The JSON Schema of a type, without what models do not need."""

    ignored_warning_kinds: set[JsonSchemaWarningKind] = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012 -- as pydantic declares it

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> dict[str, Any]:
        """Leave strings out: no limit holds for them, and providers refuse the look-ahead in their pattern."""
        number: dict[str, Any] = super().decimal_schema(schema)["anyOf"][0]
        return number


class _Schemas(JsonSchemas):
    def dict_schema(self, schema: core_schema.DictSchema) -> Schema:
        """Add the schemas of the keys, for which JSON Schema has no keyword, and of the values."""
        keys = self.generate_inner(schema["keys_schema"]) if "keys_schema" in schema else {}
        values = self.generate_inner(schema["values_schema"]) if "values_schema" in schema else {}
        return super().dict_schema(schema) | {KEY_SCHEMA: keys, "additionalProperties": values}


def schema_problem(error: NameError | TypeError | PydanticUserError) -> str:
    """Return why a type has no JSON Schema, and what to do."""
    if isinstance(error, NameError):
        return f"{error}; define it in the module of the annotation"
    words = str(getattr(error, "message", error)).partition("\n")[0].partition(". Set `arbitrary")[0]
    words = re.sub("Unable to generate pydantic-core schema|Cannot generate a JsonSchema", "no JSON Schema", words)
    return f"{words}; a dataclass, a TypedDict, an attrs class and a pydantic model have one"
