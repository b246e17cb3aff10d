"""The strict form of a type, judged by jsonschema: what it accepts is a value, and pydantic's schema accepts that."""

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, make_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Generic, Literal, NamedTuple, NotRequired, Required, TypedDict, TypeVar, Union, cast

import attrs
import jsonschema
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, WithJsonSchema

from llm_core.typed.answer_type import AnswerType, InvalidTextError

from .typed_shapes import SHAPES, Account, Bank, Point, Shape, Tree

T = TypeVar("T")
JsonSchema = Mapping[str, Any]
WORDS = st.text('abc äß€🙂"\\', max_size=4)


class Color(Enum):
    RED = "red"
    BLUE = "blue"


class Level(Enum):
    LOW = 1
    HIGH = "high"


def strict(type: Any) -> dict[str, Any]:  # noqa: ANN401 -- a type
    return AnswerType[Any](type).shape.strict(None)


def closed(**properties: object) -> dict[str, object]:
    """Return the strict form of an object."""
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


def pairs(key: object, value: object, **limits: object) -> dict[str, object]:
    """Return the strict form of a dict."""
    return {"type": "array", "items": closed(key=key, value=value), **limits}


TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
ANY = {"anyOf": [TEXT, {"type": "number"}, {"type": "boolean"}, {"type": "null"}]}


@dataclass
class Defaults:
    """Words."""

    a: int = 3
    b: list[str] = field(default_factory=list)
    c: Color = Color.RED


class Documented(BaseModel):
    path: Annotated[str, Field(description="Where.", examples=["/a"], max_length=9)]
    size: Annotated[float, Field(gt=0)] = 1.5


@pytest.mark.parametrize(
    ("type", "form"),
    [
        (int, closed(value=WHOLE)),
        (int | None, closed(value={"anyOf": [WHOLE, {"type": "null"}]})),
        (Literal["a", "b"], closed(value={"type": "string", "enum": ["a", "b"]})),
        (Literal["a"], closed(value={"type": "string", "enum": ["a"]})),
        (Level, closed(value={"type": ["integer", "string"], "enum": [1, "high"]})),
        (Decimal, closed(value={"type": "number"})),
        (date, closed(value={"type": "string", "format": "date"})),
        (bytes, closed(value={"type": "string", "description": 'format: "binary".'})),
        (Any, closed(value=ANY)),
        (list[Any], closed(value={"type": "array", "items": ANY})),
        (list, closed(value={"type": "array", "items": ANY})),
        (dict, closed(value=pairs(TEXT, ANY))),
        (dict[str, int], closed(value=pairs(TEXT, WHOLE))),
        (dict[int, bool], closed(value=pairs(WHOLE, {"type": "boolean"}))),
        (dict[Literal["a"], int], closed(value=pairs({"type": "string", "enum": ["a"]}, WHOLE))),
        (
            dict[Annotated[str, Field(pattern="^a")], int],
            closed(value=pairs({"type": "string", "pattern": "^a"}, WHOLE)),
        ),
        (
            Annotated[dict[str, int], Field(min_length=1, max_length=3)],
            closed(value=pairs(TEXT, WHOLE, minItems=1, maxItems=3)),
        ),
        (tuple[int, str], closed(value=closed(item_0=WHOLE, item_1=TEXT))),
        (
            Annotated[Any, WithJsonSchema({"type": ["string", "null"], "enum": ["a", None, [1]]})],
            closed(value={"type": ["array", "null", "string"], "enum": ["a", None, [1]]}),
        ),
        (set[int], closed(value={"type": "array", "items": WHOLE, "uniqueItems": True})),
        (
            Defaults,
            closed(
                a={"type": "integer", "description": "default: 3."},
                b={"type": "array", "items": TEXT},
                c={"anyOf": [{"$ref": "#/$defs/Color"}], "description": 'default: "red".'},
            )
            | {"description": "Words.", "$defs": {"Color": {"type": "string", "enum": ["red", "blue"]}}},
        ),
        (
            Documented,
            closed(
                path={"type": "string", "maxLength": 9, "description": "Where."},
                size={"type": "number", "exclusiveMinimum": 0, "description": "default: 1.5."},
            ),
        ),
    ],
)
def test_the_strict_form_is_an_object_of_closed_objects(type: Any, form: object) -> None:  # noqa: ANN401 -- a type
    assert form == strict(type)


@pytest.mark.parametrize("name", SHAPES)
def test_every_object_is_closed_and_all_its_properties_are_required(name: str) -> None:
    form = strict(SHAPES[name].type)

    objects = [each for each in _schemas(form) if each.get("type") == "object"]
    assert form in objects
    assert all(each["additionalProperties"] is False for each in objects)
    assert all(list(each["properties"]) == each["required"] for each in objects)
    assert "#/" not in json.dumps(form) or "$defs" in form


def _schemas(value: object) -> list[dict[str, Any]]:
    members = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    inner = [schema for member in members for schema in _schemas(member)]
    return [value, *inner] if isinstance(value, dict) else inner


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_an_answer_in_the_strict_form_is_the_value(shape: Shape) -> None:
    jsonschema.validate(json.loads(shape.text), strict(shape.type))

    assert shape.value == AnswerType[Any](shape.type).decode(shape.text)


@pytest.mark.parametrize(
    ("type", "is_recursive"), [(Tree, True), (list[Tree], True), (Account, True), (Bank, True), (Documented, False)]
)
def test_a_type_that_holds_itself_is_known(type: Any, is_recursive: bool) -> None:  # noqa: ANN401 -- a type
    assert is_recursive == AnswerType[Any](type).shape.is_recursive


@dataclass
class First:
    value: int


@dataclass
class Second:
    key: str
    first: First


def test_recursion_through_another_type_is_known() -> None:
    @attrs.frozen
    class Plain:
        second: Second
        first: First

    assert not AnswerType(Plain).shape.is_recursive


@attrs.define
class Parent:
    name: str
    kids: "list[Child]" = attrs.field(factory=list)


@attrs.define
class Child:
    parent: Parent | None = None


class Sized(NamedTuple):
    child: Child
    size: int = 0


class Labelled(TypedDict, total=False):
    label: Required[str]
    owner: Parent


class Loose(TypedDict):
    a: int
    b: NotRequired[int]


def _as_date(text: str) -> date:
    return date.fromisoformat(text)


@attrs.frozen
class Converted:
    day: date = attrs.field(converter=_as_date)
    number: int = attrs.field(converter=int)
    model_config: str = "shadows nothing"
    copy: int = attrs.field(kw_only=True, default=attrs.Factory(lambda self: self.number, takes_self=True))


@dataclass
class Holder:
    child: Child
    extra: int = field(default=2, init=False)


@attrs.frozen
class Box(Generic[T]):
    item: T
    more: "list[Box[T]]" = attrs.field(factory=list)


@dataclass
class Shelf(Generic[T]):
    boxes: list[Box[T]]


Words = TypedDict("Words", {"class": int, "a-b": str})


@pytest.mark.parametrize(
    ("type", "text", "value"),
    [
        (Box[int], '{"item": 1, "more": [{"item": 2, "more": []}]}', Box(1, [Box(2)])),
        (Box, '{"item": "x"}', Box("x")),
        (list[Shelf[Parent]], '{"value": [{"boxes": [{"item": {"name": "a"}}]}]}', [Shelf([Box(Parent("a"))])]),
        (Words, '{"class": 1, "a-b": "x"}', {"class": 1, "a-b": "x"}),
        (Parent, '{"name": "a", "kids": [{"parent": {"name": "b"}}, {}]}', Parent("a", [Child(Parent("b")), Child()])),
        (list[Parent] | None, '{"value": [{"name": "a"}]}', [Parent("a")]),
        (Annotated[dict[str, Child], "x"], '{"value": [{"key": "k", "value": {"parent": null}}]}', {"k": Child()}),
        (Sized, '{"child": {}, "size": 2}', Sized(Child(), 2)),
        (Sized, '{"child": {}}', Sized(Child())),
        (Holder, '{"child": {}}', Holder(Child())),
        (Labelled, '{"label": "x", "owner": {"name": "a"}}', {"label": "x", "owner": Parent("a")}),
        (Labelled, '{"label": "x"}', {"label": "x"}),
        (Loose, '{"a": 1, "b": 2}', {"a": 1, "b": 2}),
        (Converted, '{"day": "2024-01-02", "number": "7"}', Converted("2024-01-02", 7)),
        (
            Converted,
            '{"day": "2024-01-02", "number": 7, "model_config": "m", "copy": 1}',
            Converted("2024-01-02", 7, "m", copy=1),
        ),
        (Parent | int, '{"value": 3}', 3),
    ],
)
def test_attrs_classes_are_built_by_their_init_at_any_place(type: Any, text: str, value: object) -> None:  # noqa: ANN401
    assert value == AnswerType[Any](type).decode(text)


def test_what_init_does_not_take_is_hidden_and_a_converter_decides_what_is_taken() -> None:
    assert ["holder", "balance", "tags", "rank", "parts"] == strict(Account)["required"]
    assert TEXT == strict(Converted)["properties"]["day"]
    assert "An attrs class" in strict(Account)["description"]


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ('{"name": 3}', [("name", "Input should be a valid string")]),
        ('{"name": "a", "kids": [{"parent": 3}]}', [("kids[0].parent", "object")]),
    ],
)
def test_a_path_leads_into_attrs_classes(text: str, problems: list[tuple[str, str]]) -> None:
    with pytest.raises(InvalidTextError) as caught:
        AnswerType(Parent).decode(text)

    assert [path for path, _ in problems] == [path for path, _ in caught.value.problems]


@pytest.mark.parametrize(
    "rest", ['"balance": 1, "rank": 0', '"balance": "much"', '"balance": 1, "tags": 5', '"balance": 1, "rank": null']
)
def test_what_a_converter_or_validator_raises_is_a_problem(rest: str) -> None:
    with pytest.raises(InvalidTextError) as caught:
        AnswerType(Account).decode(f'{{"holder": "a", {rest}}}')

    assert caught.value.problems


Lines = attrs.make_class("Lines", {"lines": attrs.field(type=list[str], converter=lambda text: text.split("\n"))})


@pytest.mark.parametrize(
    ("type", "text", "problem"),
    [
        (Lines, '{"lines": ["a"]}', ("", "Value error, AttributeError: 'list' object has no attribute 'split'")),
        (Decimal, '{"value": 1e9999999999999999999}', ("", "not JSON: [<class 'decimal.InvalidOperation'>]")),
        (date, '{"value": "2026-02-30"}', ("value", "Input should be a valid date")),
    ],
)
def test_what_cannot_be_read_is_a_problem(type: Any, text: str, problem: tuple[str, str]) -> None:  # noqa: ANN401
    with pytest.raises(InvalidTextError) as caught:
        AnswerType[Any](type).decode(text)

    ((path, words),) = caught.value.problems
    assert problem == (path, words[: len(problem[1])])


def test_a_type_with_a_default_that_is_no_json_has_a_schema() -> None:
    class Odd(BaseModel):
        model_config = {"arbitrary_types_allowed": True}
        size: int = Field(default=cast("int", object()))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ["size"] == strict(Odd)["required"]


@dataclass
class Priced:
    kind: Literal["priced"]
    prices: dict[str, tuple[int, Decimal]]


@dataclass
class Listed:
    kind: Literal["listed"]
    prices: list[int]


@pytest.mark.parametrize(
    ("type", "text", "value"),
    [
        (Priced | Listed, '{"value": {"kind": "listed", "prices": []}}', Listed("listed", [])),
        (Priced | Listed, '{"value": {"kind": "priced", "prices": []}}', Priced("priced", {})),
        (
            Listed | Priced,
            '{"value": {"kind": "priced", "prices": [{"key": "a", "value": {"item_0": 1, "item_1": 2.5}}]}}',
            Priced("priced", {"a": (1, Decimal("2.5"))}),
        ),
        (dict[str, int] | dict[str, tuple[int]], '{"value": [{"key": "a", "value": {"item_0": 1}}]}', {"a": (1,)}),
        (list[Second] | dict[str, First], '{"value": [{"key": "a", "value": {"value": 1}}]}', {"a": First(1)}),
        (list[int | dict[str, int]], '{"value": [1, [{"key": "a", "value": 2}], {"b": 3}]}', [1, {"a": 2}, {"b": 3}]),
        (
            Priced | Listed,
            '{"value": {"kind": "priced", "prices": {"a": [1, 2.5]}}}',
            Priced("priced", {"a": (1, Decimal("2.5"))}),
        ),
    ],
)
def test_the_member_of_a_union_is_found_by_the_form_of_the_value(type: Any, text: str, value: object) -> None:  # noqa: ANN401
    assert value == AnswerType[Any](type).decode(text)


SCALARS = st.sampled_from(
    [
        *(int, float, str, bool, None, date, Decimal, Color, Level, Literal["a", 1], None),
        *(Annotated[int, Field(ge=-2, lt=7)], Annotated[str, Field(min_length=1, max_length=3)]),
        *(Annotated[float, Field(gt=0.5)], Annotated[Decimal, Field(le=2)], Tree, Parent, Sized, Point),
    ]
)
_count = iter(range(10**9))


def _holders(types: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(types, min_size=1, max_size=3)
    return st.one_of(
        types.map(lambda type: _of(list, type)),
        types.map(lambda type: _of(Annotated, _of(list, type), Field(max_length=2))),
        st.tuples(st.sampled_from([str, int, Color, date]), types).map(lambda both: _of(dict, *both)),
        lists.map(lambda types: _of(tuple, *types)),
        lists.map(lambda types: _of(Union, *types)),
        lists.map(lambda types: make_dataclass(f"D{next(_count)}", [(f"f{i}", t) for i, t in enumerate(types)])),
        lists.map(
            lambda types: attrs.make_class(
                f"A{next(_count)}", {f"f{i}": attrs.field(type=t) for i, t in enumerate(types)}
            )
        ),
    )


def _of(form: Any, *types: Any) -> Any:  # noqa: ANN401 -- types
    return form[types]


TYPES = st.recursive(SCALARS, _holders, max_leaves=6)


def instances(schema: JsonSchema, definitions: JsonSchema, depth: int = 0) -> st.SearchStrategy[Any]:  # noqa: C901 -- a case for each type
    """Return a strategy for what *schema*, in the strict form, accepts."""
    if "$ref" in schema:
        named = definitions[schema["$ref"].removeprefix("#/$defs/")]
        return st.deferred(lambda: instances(named, definitions, depth + 1))
    if "anyOf" in schema:
        return st.one_of([instances(member, definitions, depth) for member in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema["type"]:
        case "object":
            members = {name: instances(each, definitions, depth) for name, each in schema["properties"].items()}
            return st.fixed_dictionaries(members)
        case "array":
            most = 0 if depth > 3 else min(schema.get("maxItems", 3), 3)
            return st.lists(instances(schema["items"], definitions, depth), max_size=most)
        case "string" if schema.get("format") == "date":
            return st.dates().map(str)
        case "string":
            return st.text("ab ü", min_size=schema.get("minLength", 0), max_size=schema.get("maxLength", 4))
        case "integer":
            return st.integers(schema.get("minimum", -(2**70)), schema.get("exclusiveMaximum", 2**70) - 1)
        case "number":
            return st.floats(schema.get("exclusiveMinimum", -1e9), schema.get("maximum", 1e9), exclude_min=True)
        case "boolean":
            return st.booleans()
        case other:
            assert other == "null"
            return st.none()


@settings(
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(data=st.data(), type=TYPES)
def test_what_the_strict_form_accepts_decodes_and_the_loose_form_accepts_it(data: st.DataObject, type: Any) -> None:  # noqa: ANN401
    answer_type = AnswerType[Any](type)
    form = answer_type.shape.strict(None)
    answer = data.draw(instances(form, form.get("$defs", {})))
    checker = jsonschema.Draft202012Validator(form, format_checker=jsonschema.FormatChecker())
    assert checker.is_valid(answer)

    answer_type.decode(json.dumps(answer))
    jsonschema.validate(answer_type.shape.loose(answer), answer_type._adapter.json_schema())
