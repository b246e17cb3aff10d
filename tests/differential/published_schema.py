"""The published schema of requests to OpenAI's Responses API, as a judge of what our encoder writes.

The typed parameters of the package `openai` are generated from OpenAI's OpenAPI document
(https://github.com/openai/openai-openapi); pydantic turns them into JSON Schema. Three changes make a stateless
client's schema of it: no object has keys that the document does not name, nothing refers to what the provider stored,
and the two places where the document is stricter than the API are open (`_LAXER`).
"""

from collections.abc import Iterator
from functools import cache

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match  # type: ignore[import-untyped]  # as above
from openai.types.responses.response_create_params import (
    ResponseCreateParamsNonStreaming,
    ResponseCreateParamsStreaming,
)
from pydantic import TypeAdapter

from llm_core.domain.json_values import JsonObject

_STORED_FIELDS = ("previous_response_id", "conversation", "prompt")
_STORED_ITEMS = ("ItemReference",)  # a bare id of something that the provider stored
_LAXER = {
    "ResponseInputImageParam": "detail",  # the guides on images send none: it is "auto" then
    "ResponseOutputMessageParam": "id",  # only a stored message has one: the Open Responses specification demands none
}
"""The field of each schema that the document demands, and the API does not."""


def problem_of(body: JsonObject) -> str | None:
    """Return where *body* breaks the schema, and how; None if it does not."""
    error = best_match(_validator(stream=body.get("stream") is True).iter_errors(body))
    return None if error is None else f"{error.json_path}: {error.message[:200]}"


@cache
def _validator(*, stream: bool) -> Draft202012Validator:
    parameters = ResponseCreateParamsStreaming if stream else ResponseCreateParamsNonStreaming
    schema = TypeAdapter[object](parameters).json_schema()
    for name in _STORED_FIELDS:
        del schema["properties"][name]
    for name in _STORED_ITEMS:
        schema["$defs"][name] = False
    for name, field in _LAXER.items():
        schema["$defs"][name]["required"].remove(field)
    for part in _objects(schema):
        if "properties" in part:
            part["additionalProperties"] = False
    return Draft202012Validator(schema)


def _objects(value: object) -> Iterator[dict[str, object]]:
    match value:
        case dict():
            yield value
            for item in value.values():
                yield from _objects(item)
        case list():
            for item in value:
                yield from _objects(item)
