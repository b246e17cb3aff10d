"""Values that a field permits and code for tame ones loses: long, precise, empty, repeated, named like a keyword."""

from collections.abc import Mapping

from llm_core.domain.json_values import JsonValue
from llm_core.domain.parts import ProviderData

LONG = 100_000  # characters of a long text
OPAQUE = "0paque-7f3a9c1e"  # stands in all opaque data that no other provider may see

# JSON from other providers' answers: every one holds `OPAQUE`.
_FOREIGN: Mapping[str, JsonValue] = {
    "anthropic": {"type": "thinking", "thinking": "Well.", "signature": OPAQUE},
    "cohere": {"field": "tool_plan", "plan": OPAQUE},
    "gemini": {"thoughtSignature": OPAQUE, "thought": True},
    "openai": {"type": "reasoning", "id": "rs_1", "encrypted_content": OPAQUE, "summary": []},
    "elsewhere": {"reasoning_details": [{"type": "reasoning.encrypted", "data": OPAQUE, "index": 0}]},
}


def long_text(size: int = LONG) -> str:
    """Return *size* characters in which every place differs, so that a cut shows where it is."""
    return "".join(f"{line:06} é🜁 words and more.\n" for line in range(size // 24 + 1))[:size]


def foreign_data(dialect: str) -> list[ProviderData]:
    """Return opaque data of every provider but that of *dialect*, whose name begins with the provider's."""
    return [
        ProviderData(provider=provider, value=value)
        for provider, value in _FOREIGN.items()
        if not dialect.startswith(provider)
    ]


ANOTHERS_TOOL = ProviderData(provider="some_provider", value={"type": "search", "places": ["é", None, 1.0]})
_SERVER_TOOLS: Mapping[str, JsonValue] = {
    "anthropic": {"type": "web_search_20250305", "name": "web_search", "max_uses": 2, "allowed_domains": ["a.test"]},
    "gemini": {"googleSearch": {"timeRangeFilter": {"startTime": "2025-01-01T00:00:00Z"}}},
    "openai_responses": {
        "type": "web_search",
        "search_context_size": "low",
        "filters": {"allowed_domains": ["a.test"]},
    },
}


def server_tool_of(dialect: str) -> ProviderData | None:
    """Return a tool that the provider of *dialect* runs itself; None if it has none that is known here."""
    tools = [(name.partition("_")[0], tool) for name, tool in _SERVER_TOOLS.items() if dialect.startswith(name)]
    return next((ProviderData(provider=provider, value=tool) for provider, tool in tools), None)


HARD_TEXTS = (
    " ",
    "\n\nBegins and ends with white space.\t\n",
    "e\u0301 \u212b \ufb01",  # Unicode normalisation would change each of them
    "\ufeffA byte order mark",
    "line\u2028paragraph\u2029next\x85form\x0c",
    '{"a": 1}',
    "null",
    "\\u00e9 \\n",  # escapes, as text
    "Error: not one",
    "data: [DONE]\n\n",
    "<think>no</think> <|im_end|> &amp; %20 {{x}} ${y}",
    "👩‍👩‍👧‍👦🏳️‍🌈",
    "\x00\x07\x1b[31m",
    "\r\nA line,\r\nanother,\rand one more.\t\r\n",
)
# Every digit counts: a float has 53 bits, a rounded one fewer.
PRECISE_NUMBERS = (0.1 + 0.2, 1e-7, 123456.123456789, 2**53 + 1, -(10**20), 1.0, 5e-324)
_PRECISE: list[JsonValue] = [*PRECISE_NUMBERS]
_EMPTY: Mapping[str, JsonValue] = {"null": None, "list": [], "object": {}, "text": "", "false": False, "zero": 0}
HARD_OBJECTS: Mapping[str, Mapping[str, JsonValue]] = {
    "nulls": {"a": None, "b": {"c": None, "d": [None, {"e": None}]}},
    "empty": {"a": dict(_EMPTY), "b": [dict(_EMPTY)], **_EMPTY},
    "numbers": {
        "numbers": _PRECISE,
        "a": 0.1 + 0.2,
        "b": 1e-7,
        "c": 2**53 + 1,
        "d": 10**20,
        "e": 1.0,
        "f": True,
        "g": 1,
    },
    "names": {
        "": 1,
        " ": 2,
        "naïve é 你好 🜁": 3,
        "a.b[0]": 4,
        "$ref": "x",
        "a-b_c:d/e": 5,
        "type": "object",
        "title": "t",
    },
    "order": {"z": 1, "a": {"y": 1, "b": 2}, "m": [3, 1, 2, 2]},
    "texts": {"texts": [*HARD_TEXTS], "long": long_text(5_000)},
    "deep": {"a": {"b": {"c": {"d": {"e": {"f": {"g": [[[{"h": None}]]]}}}}}}},
}

_PLACE: JsonValue = {
    "type": "object",
    "title": "Place",
    "properties": {"town": {"type": "string"}},
    "required": ["town"],
}
_KEYWORDS: Mapping[str, JsonValue] = {
    "titled": {
        "type": "string",
        "title": "The city",
        "description": " Where. ",
        "default": "Oslo",
        "examples": ["Oslo"],
    },
    "default_null": {"type": ["string", "null"], "default": None},
    "default_false": {"type": "boolean", "default": False},
    "when": {"type": "string", "format": "date-time", "pattern": "^\\d{4}-\\d{2}", "minLength": 1, "maxLength": 64},
    "count": {"type": "integer", "minimum": 0, "maximum": 2**53 + 1, "multipleOf": 2, "default": 0},
    "share": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.1 + 0.2, "default": 1e-7},
    "constant": {"const": "x"},
    "choice": {"type": "string", "enum": ["b", "a", "", "c"]},
    "mixed": {"enum": [2, "1", None, True]},
    "any": {"anyOf": [{"type": "string", "format": "uuid"}, {"type": "null"}]},
    "all": {"allOf": [{"type": "object"}, {"required": ["a"]}]},
    "one": {"oneOf": [{"type": "integer"}, {"type": "string"}], "not": {"const": 3}},
    "place": {"$ref": "#/$defs/place", "description": "Described beside its reference."},
    "list": {"type": "array", "items": {"$ref": "#/$defs/place"}, "minItems": 0, "maxItems": 3, "uniqueItems": True},
    "pair": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}]},
    "free": {"type": "object", "additionalProperties": {"type": "number"}, "propertyNames": {"pattern": "^x_"}},
    "open": {"type": "object", "properties": {}, "additionalProperties": True},
    "anything": {},
    "old": {"type": "string", "deprecated": True, "readOnly": False, "$comment": "Kept.", "x-order": 3},
}
SCHEMA_LEAVES = tuple(schema for schema in _KEYWORDS.values() if "$defs" not in repr(schema))
KEYWORDS_AS_NAMES = (
    *("title", "default", "format", "type", "required", "properties", "description", "enum", "items", "const", "name"),
    *(
        "additionalProperties",
        "$ref",
        "$defs",
        "$schema",
        "anyOf",
        "strict",
        "examples",
        "nullable",
        "parameters",
        "id",
    ),
)


def _object(properties: Mapping[str, JsonValue], **keywords: JsonValue) -> dict[str, JsonValue]:
    required: list[JsonValue] = [*properties]
    return {"type": "object", "properties": dict(properties), "required": required, **keywords}


HARD_SCHEMAS: Mapping[str, Mapping[str, JsonValue]] = {
    "keywords": _object(_KEYWORDS, title="Everything", description="All of it.", **{"$defs": {"place": _PLACE}}),
    "keywords as names": _object({name: {"type": "string", "title": name} for name in KEYWORDS_AS_NAMES}),
    "keywords as names, nested": _object({"outer": _object({name: {"type": "string"} for name in KEYWORDS_AS_NAMES})}),
    "odd names": _object({name: {"type": "string"} for name in ("naïve", "a b", "a.b", "x-y", "0", "_", "你好")}),
    "long": _object(
        {
            **{f"property_{index}": {"type": "string", "description": long_text(2_000)} for index in range(3)},
            f"property_{'x' * 120}": {"type": "string", "enum": [long_text(1_000), "short"]},
        },
        description=long_text(5_000),
    ),
}
