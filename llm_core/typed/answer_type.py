"""The caller's type: its JSON Schema, and the values of it that texts hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from pydantic import PydanticUserError, TypeAdapter
from pydantic_core import core_schema, from_json

from llm_core.domain.json_values import JsonValue

from .arguments import bridged
from .decoding import JsonSchemas, decoded, schema_problem
from .strict_schema import KEY_SCHEMA, Schema, Shape

if TYPE_CHECKING:
    from typing_extensions import TypeForm

T = TypeVar("T")


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


class _Schemas(JsonSchemas):
    def dict_schema(self, schema: core_schema.DictSchema) -> Schema:
        """Add the schemas of the keys, for which JSON Schema has no keyword, and of the values."""
        keys = self.generate_inner(schema["keys_schema"]) if "keys_schema" in schema else {}
        values = self.generate_inner(schema["values_schema"]) if "values_schema" in schema else {}
        return super().dict_schema(schema) | {KEY_SCHEMA: keys, "additionalProperties": values}
