"""A function becomes a tool: name, description, JSON Schema; and the arguments of a call become values."""

import asyncio
import functools
import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import IntEnum, StrEnum
from math import inf
from threading import Lock
from typing import Annotated, Any, Generic, Literal, NamedTuple, ParamSpec, TypeVar

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from llm_core import AssistantMessage, ToolCall, ToolMessage, parse_tool_call
from llm_core.domain.json_values import JsonObject
from llm_core.testing import strategies
from llm_core.typed import Context, FunctionTool, Toolbox, tool

P = ParamSpec("P")
T = TypeVar("T")
QUICK = settings(max_examples=40, deadline=None)


class Unit(StrEnum):
    CELSIUS = "c"
    FAHRENHEIT = "f"


@dataclass
class Span:
    start: date
    days: list[int] = field(default_factory=list)


def _traced(function: Callable[P, str]) -> Callable[P, str]:
    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> str:
        return f"traced {function(*args, **kwargs)}"

    return call


@attrs.frozen
class Place:
    city: str
    country: str = "no"


class Price(BaseModel):
    amount: Decimal


class Point(NamedTuple):
    x: int
    y: int


class Mode(TypedDict):
    fast: bool


class Grade(IntEnum):
    GOOD = 1


class Node(BaseModel, Generic[T]):
    item: T
    next: "Node[T] | None" = None


def _split(text: str) -> list[str]:
    return text.split(",")


def _as_date(text: str) -> date:
    return date.fromisoformat(text)


@attrs.frozen
class Words:
    words: list[str] = attrs.field(converter=_split)
    on: date | None = attrs.field(default=None, converter=attrs.converters.optional(_as_date))
    counts: dict[str, int] = attrs.field(factory=dict)


class Db:
    rows = ("a", "b")


def google(city: str, days: int = 1) -> str:
    """Return the weather.

    Of some days.

    Args:
        city: The city,
            by name.
        days (int): How many.

    Returns:
        The weather.
    """
    return f"{city} {days}"


def numpy(city: str, days: int = 1) -> str:
    """Return the weather.

    Of some days.

    Parameters
    ----------
    city : str
        The city,
        by name.
    days
        How many.
    """
    return f"{city} {days}"


def sphinx(city: str, days: int = 1) -> str:
    """Return the weather.

    Of some days.

    :param city: The city,
        by name.
    :param int days: How many.
    :returns: The weather.
    """
    return f"{city} {days}"


@pytest.mark.parametrize("function", [google, numpy, sphinx])
def test_the_description_and_those_of_the_parameters_come_from_the_docstring(function: Callable[..., object]) -> None:
    (described,) = Toolbox([function]).tools

    assert "Return the weather.\n\nOf some days." == described.description
    assert {
        "city": {"type": "string", "description": "The city,\nby name."},
        "days": {"type": "integer", "description": "How many.", "default": 1},
    } == described.parameters["properties"]
    assert ["city"] == described.parameters["required"]
    assert (function.__name__, False) == (described.name, described.parameters["additionalProperties"])


def test_a_function_without_parameters_and_docstring_has_an_empty_object() -> None:
    def ping() -> None: ...

    (described,) = Toolbox([ping]).tools

    assert ("ping", "") == (described.name, described.description)
    assert {"type": "object", "properties": {}, "additionalProperties": False} == described.parameters


@given(
    st.text(max_size=200)
    | st.lists(st.sampled_from(["Args:", "  x: y", ":param", "----", "\n", "a", " "])).map("\n".join)
)
@QUICK
def test_any_docstring_makes_a_tool(text: str) -> None:
    def look(x: int) -> int:
        return x

    look.__doc__ = text

    assert "look" == FunctionTool(look).tool.name


def test_a_description_beside_the_type_wins() -> None:
    def look(city: Annotated[str, Field(description="Own.", max_length=3)]) -> str:
        """Look.

        Args:
            city: Of the docstring.
        """
        return city

    (described,) = Toolbox([look]).tools

    assert {"city": {"type": "string", "maxLength": 3, "description": "Own."}} == described.parameters["properties"]


def _value(hint: object, text: str) -> object:
    def keep(value: object) -> str:
        kept.append(value)
        return ""

    kept: list[object] = []
    keep.__annotations__["value"] = hint
    call = parse_tool_call(id="1", name="keep", arguments_text=f'{{"value": {text}}}')
    assert isinstance(call, ToolCall)
    (result,) = Toolbox([keep]).run(AssistantMessage(tool_calls=[call]))
    assert not result.is_error, result.content
    return kept[0]


@pytest.mark.parametrize(
    ("hint", "text", "value"),
    [
        (str, '"a"', "a"),
        (float, "1", 1.0),
        (bool, "true", True),
        (list[int], "[1, 2]", [1, 2]),
        (tuple[int, str], '[1, "a"]', (1, "a")),
        (set[int], "[1, 1]", {1}),
        (dict[str, date], '{"a": "2026-01-02"}', {"a": date(2026, 1, 2)}),
        (int | None, "null", None),
        (Literal["a", 2], "2", 2),
        (Unit, '"f"', Unit.FAHRENHEIT),
        (Decimal, "0.1", Decimal("0.1")),
        (float, "1e5", 100000.0),
        (float, "1234567890123456789.01", 1234567890123456789.01),
        (Decimal, "1234567890123456789.01", Decimal("1234567890123456789.01")),
        (bytes, '"a"', b"a"),
        (Span, '{"start": "2026-01-02", "days": [1]}', Span(date(2026, 1, 2), [1])),
        (list[Span], '[{"start": "2026-01-02"}]', [Span(date(2026, 1, 2))]),
        (Place, '{"city": "Oslo"}', Place("Oslo")),
        (list[Place] | None, '[{"city": "Oslo", "country": "x"}]', [Place("Oslo", "x")]),
        (Price, '{"amount": 0.1}', Price(amount=Decimal("0.1"))),
        (Point, "[1, 2]", Point(1, 2)),
        (Mode, '{"fast": true}', {"fast": True}),
        (Annotated[int, Field(ge=1)], "1", 1),
        (int, "9" * 400, int("9" * 400)),
        (tuple[int, ...], "[1, 2]", (1, 2)),
        (frozenset[str], '["a", "a"]', frozenset({"a"})),
        (Literal["a", 1, True] | None, "true", True),
        (Literal["a", 1, True] | None, "null", None),
        (Grade, "1", Grade.GOOD),
        (datetime, '"2026-01-02T12:00:00Z"', datetime(2026, 1, 2, 12, tzinfo=UTC)),
        (timedelta, '"PT90S"', timedelta(seconds=90)),
        (Node[int], '{"item": 1, "next": {"item": 2}}', Node[int](item=1, next=Node[int](item=2))),
        (Words, '{"words": "a,b", "on": "2026-01-02"}', Words("a,b", "2026-01-02")),
        (Words, '{"words": "a", "on": null, "counts": {"a": 1}}', Words("a", None, {"a": 1})),
    ],
)
def test_an_argument_becomes_a_value_of_the_annotated_type(hint: object, text: str, value: object) -> None:
    seen = _value(hint, text)

    assert value == seen
    assert type(value) is type(seen)


WHOLE = st.integers(-(2**53), 2**53)
EXACT = st.decimals(allow_nan=False, allow_infinity=False, places=4)
SPANS = st.builds(Span, st.dates(), st.lists(WHOLE, max_size=2))
VALUES: tuple[tuple[object, st.SearchStrategy[object]], ...] = (
    (str, st.text(max_size=9)),
    (float, st.floats(allow_nan=False, allow_infinity=False)),
    (Decimal, EXACT),
    (int | None, st.none() | WHOLE),
    (Unit, st.sampled_from(Unit)),
    (Span, SPANS),
    (list[Span], st.lists(SPANS, max_size=2)),
    (dict[str, Place], st.dictionaries(st.text(max_size=3), st.builds(Place, st.text(max_size=3)), max_size=2)),
    (tuple[int, str], st.tuples(WHOLE, st.text(max_size=3))),
    (Place | Point, st.builds(Place, st.text(max_size=3)) | st.builds(Point, WHOLE, WHOLE)),
)


@given(st.sampled_from(VALUES).flatmap(lambda pair: st.tuples(st.just(pair[0]), pair[1])))
@QUICK
def test_what_a_tool_returns_is_what_another_takes(drawn: tuple[object, object]) -> None:
    hint, value = drawn

    def give() -> object:
        return value

    (result,) = Toolbox([give]).run(AssistantMessage(tool_calls=[ToolCall(id="1", name="give", arguments={})]))
    text = json.dumps(value) if isinstance(value, str) else result.content

    assert isinstance(text, str)
    assert value == _value(hint, text)


@given(strategies.json_objects())
@QUICK
def test_any_json_reaches_a_parameter_of_any_shape(value: JsonObject) -> None:
    kept: list[object] = []

    def keep(value: object) -> None:
        kept.append(value)

    call = ToolCall(id="1", name="keep", arguments={"value": value})
    Toolbox([keep]).run(AssistantMessage(tool_calls=[call]))

    assert [value] == kept


@pytest.mark.parametrize("text", ["", "null", " {} "])
def test_a_call_without_arguments_has_the_defaults_of_the_function(text: str) -> None:
    sentinel = object()
    kept: list[object] = []

    def keep(value: Annotated[object, Field(description="Any.")] = sentinel, /, *, other: int = 3) -> None:
        kept.extend([value, other])

    call = ToolCall(id="1", name="keep", arguments={}, arguments_text=text)
    Toolbox([keep]).run(AssistantMessage(tool_calls=[call]))

    assert [sentinel, 3] == kept


def test_a_default_is_the_object_of_the_function_and_its_json_form_is_shown() -> None:
    memory: list[str] = []

    def keep(
        word: str, memory: list[str] = memory, unit: Unit = Unit.CELSIUS, lock: object = Lock, most: float = inf
    ) -> int:
        memory.append(f"{word} {unit} {lock is Lock} {most}")
        return len(memory)

    (described,) = Toolbox([keep]).tools
    properties = described.parameters["properties"]

    assert isinstance(properties, dict)
    assert {"memory": [], "unit": "c", "most": "Infinity"} == {
        name: schema["default"]
        for name, schema in properties.items()
        if isinstance(schema, dict) and "default" in schema
    }
    assert ["1", "2"] == [_ran(keep, word="a"), _ran(keep, word="b")]
    assert ["a c True inf", "b c True inf"] == memory


def test_positional_parameters_reach_their_places() -> None:
    def join(first: str, second: str = "2", /, third: str = "3", *, fourth: str) -> str:
        return first + second + third + fourth

    assert "a2cd" == _ran(join, first="a", third="c", fourth="d")


@pytest.mark.parametrize("name", ["schema", "json", "copy", "model_config", "self_", "_private", "__class", "cls_"])
def test_a_parameter_may_have_any_name(name: str) -> None:
    scope: dict[str, Callable[..., object]] = {}
    exec(f"def echo({name}: str) -> str: return {name}", scope)  # noqa: S102 -- a name cannot be a parameter

    assert "x" == _ran(scope["echo"], **{name: "x"})


def test_an_alias_is_the_name_that_the_model_sees() -> None:
    def look(from_: Annotated[str, Field(alias="from")]) -> str:
        return from_

    assert "x" == _ran(look, **{"from": "x"})


def test_a_field_of_pydantic_may_be_the_default() -> None:
    def look(city: str = Field(description="Own.", min_length=2), days: int = Field(default=7)) -> str:
        return f"{city} {days}"

    (described,) = Toolbox([look]).tools

    assert {
        "city": {"type": "string", "description": "Own.", "minLength": 2},
        "days": {"type": "integer", "default": 7},
    } == described.parameters["properties"]
    assert "Oslo 7" == _ran(look, city="Oslo")


def test_a_default_beside_the_type_is_used() -> None:
    def look(days: Annotated[int, Field(default=7)]) -> str:
        return str(days)

    assert "7" == _ran(look)


def test_a_context_parameter_is_not_part_of_the_schema() -> None:
    def look(city: str, db: Annotated[Db, Context], *, again: Annotated[Db, Context()]) -> str:
        return f"{city} {db.rows} {db is again}"

    box = Toolbox([look], context=Db())

    assert {"city": {"type": "string"}} == box.tools[0].parameters["properties"]
    assert "Oslo ('a', 'b') True" == _ran_by(box, "look", city="Oslo")


def test_a_context_with_a_default_may_be_missing() -> None:
    def look(db: Annotated[Db | None, Context] = None) -> str:
        return "none" if db is None else str(db.rows)

    assert "none" == _ran(look)
    assert "('a', 'b')" == _ran_by(Toolbox([look], context=Db()), "look")


def test_the_model_cannot_pass_a_context() -> None:
    def look(db: Annotated[Db, Context]) -> str:
        return str(db.rows)

    assert "db: Extra inputs are not permitted" == _ran_by(Toolbox([look], context=Db()), "look", db="mine")


class Shop:
    def __init__(self, factor: int) -> None:
        self.factor = factor

    @tool
    def buy(self, item: str, count: int = 1) -> str:
        """Buy something.

        Args:
            item: What.
        """
        return f"{count * self.factor} {item}"

    @tool
    async def sell(self, item: str) -> str:
        """Sell something."""
        return f"{item} sold"

    @classmethod
    @tool
    def name(cls, upper: bool = False) -> str:  # noqa: FBT002 -- as a model passes it
        return cls.__name__.upper() if upper else cls.__name__

    @staticmethod
    @tool
    def hours(day: str) -> str:
        return f"{day}: 9-17"

    @tool
    @staticmethod
    def address(street: str) -> str:
        return f"{street} 1"

    @tool
    @_traced
    def count(self, x: int) -> str:
        """Count."""
        return f"{x + self.factor}"

    def plain(self, x: int) -> str:
        return f"{x * self.factor}"


def test_methods_of_any_sort_are_tools_of_their_instance() -> None:
    shop = Shop(3)
    box = Toolbox([shop.buy, Shop.name, Shop.hours, shop.address, shop.plain, shop.count])

    assert ["buy", "name", "hours", "address", "plain", "count"] == [one.name for one in box.tools]
    assert "Buy something." == box.tools[0].description
    assert ["6 eggs", "SHOP", "Mo: 9-17", "Oak 1", "12", "traced 7"] == [
        _ran_by(box, "buy", item="eggs", count=2),
        _ran_by(box, "name", upper=True),
        _ran_by(box, "hours", day="Mo"),
        _ran_by(box, "address", street="Oak"),
        _ran_by(box, "plain", x=4),
        _ran_by(box, "count", x=4),
    ]


def test_a_tool_is_called_as_its_function_is() -> None:
    decorated = tool(google)

    assert "Oslo 2" == decorated("Oslo", days=2)
    assert "9 eggs" == Shop(3).buy("eggs", 3)
    assert "egg sold" == asyncio.run(Shop(3).sell("egg"))
    assert (google, "google", google.__doc__) == (decorated.function, decorated.name, decorated.__doc__)
    assert inspect.signature(google) == inspect.signature(decorated)
    assert isinstance(Shop.buy, FunctionTool)


class Adder:
    """Adds to a number."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __call__(self, other: int) -> int:
        return self.number + other


class Documented(Adder):
    def __call__(self, other: int) -> int:
        """Add *other*."""
        return super().__call__(other)


def test_a_callable_object_has_the_name_of_its_class() -> None:
    box = Toolbox([Adder(1), tool(Documented(2))])

    assert [("Adder", "Adds to a number."), ("Documented", "Add *other*.")] == [
        (one.name, one.description) for one in box.tools
    ]
    assert ["3", "4"] == [_ran_by(box, "Adder", other=2), _ran_by(box, "Documented", other=2)]


class Fetcher:
    async def __call__(self, url: str) -> str:
        return url


async def fetch(url: str, times: int) -> str:
    return url * times


@pytest.mark.parametrize("function", [fetch, tool(fetch), Fetcher(), functools.partial(fetch, times=1), Shop(1).sell])
def test_what_is_async_is_known(function: Callable[..., object]) -> None:
    (name,) = [one.name for one in Toolbox([function]).tools]

    with pytest.raises(TypeError, match=rf"\Arun: the tool {name} is async; await arun\Z"):
        Toolbox([function]).run(AssistantMessage("Done."))


def test_a_callable_object_in_a_class_is_not_bound() -> None:
    class Desk:
        add = tool(Adder(1))

    assert 3 == Desk().add(2)  # type: ignore[call-arg]  # -- mypy takes it for a method


def test_a_partial_function_has_the_name_and_docstring_of_its_function() -> None:
    (described,) = Toolbox([functools.partial(google, days=2)]).tools

    assert ("google", "Return the weather.\n\nOf some days.") == (described.name, described.description)
    assert "Oslo 2" == _ran(functools.partial(google, days=2), city="Oslo")


def test_a_function_may_have_another_name() -> None:
    box = Toolbox([FunctionTool(lambda: "pong", name="ping")])

    assert "pong" == _ran_by(box, "ping")


def test_annotations_may_be_texts() -> None:
    def look(at: "Span") -> str:
        return at.start.isoformat()

    assert "2026-01-02" == _ran(look, at={"start": "2026-01-02"})


def open_ended(**options: str) -> str:
    return str(options)


def many(*cities: str) -> str:
    return str(cities)


def _untraced(function):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 -- as many decorators are
    def call(*args, **kwargs):  # type: ignore[no-untyped-def]  # noqa: ANN002, ANN003, ANN202 -- as above
        return function(*args, **kwargs)

    return call


def bare(city) -> str:  # type: ignore[no-untyped-def]  # noqa: ANN001 -- what is refused
    return str(city)


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        (open_ended, r"tool open_ended: a model cannot pass \*\*options"),
        (many, r"tool many: a model cannot pass \*cities"),
        (bare, "tool bare: the parameter city has no annotation"),
        (_untraced(google), r"tool call: a model cannot pass \*args; a decorator needs functools\.wraps"),  # type: ignore[no-untyped-call]
        (lambda: "x", "tool '<lambda>': a name has 1 to 64 letters, digits, _ or -; pass name="),
    ],
)
def test_what_cannot_be_a_tool_is_refused_by_the_decorator(function: Callable[..., object], problem: str) -> None:
    with pytest.raises(ValueError, match=rf"\A{problem}\Z"):
        tool(function)


@pytest.mark.parametrize("given", [classmethod(lambda _: "x"), property(google), "google"])
def test_what_cannot_be_called_is_refused_by_the_decorator(given: Any) -> None:  # noqa: ANN401 -- what is refused
    with pytest.raises(TypeError, match=r"is not callable; @tool stands below @classmethod and @property\Z"):
        tool(given)


def test_the_schema_of_an_attrs_class_shows_defaults_that_are_values() -> None:
    (described,) = Toolbox([lambda_of(Words)]).tools

    definitions = described.parameters["$defs"]
    assert isinstance(definitions, dict)
    assert {
        "words": {"type": "string"},
        "on": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
    } == definitions["Words"]["properties"]  # type: ignore[index,call-overload]


def test_none_is_accepted_where_it_is_the_default() -> None:
    def look(days: int = None) -> str:  # type: ignore[assignment]  # noqa: RUF013 -- as many write it
        return str(days)

    assert ["None", "None", "3"] == [_ran(look), _ran(look, days=None), _ran(look, days=3)]
    assert "days: Input should be a valid integer" == _ran(look, days=[])


def unresolved(at: "Nowhere") -> str:  # type: ignore[name-defined]  # noqa: F821 -- what is refused
    return str(at)


def unknown_type(db: Db) -> str:
    return str(db)


def unmarked(db: Context) -> str:
    return str(db)


def callback(then: Callable[[], None]) -> str:
    return str(then)


def lambda_of(hint: object) -> Callable[..., object]:
    """Return a function whose parameter has the annotation *hint*."""

    def given(value: object) -> str:
        return str(value)

    given.__annotations__["value"] = hint
    return given


@pytest.mark.parametrize(
    ("tools", "problem"),
    [
        ([unresolved], "tool unresolved: name 'Nowhere' is not defined; define it in the module of the annotation"),
        (
            [unknown_type],
            r"tool unknown_type: no JSON Schema for .*Db.*; a dataclass, .* have one; .* is Annotated\[T, Context]",
        ),
        ([callback], "tool callback: no JSON Schema for .*Callable"),
        ([unmarked], r"tool unmarked: no JSON Schema for .*; what the toolbox passes is Annotated\[T, Context]"),
        ([lambda_of(5)], "tool given: 5 is no type"),
        ([lambda_of([int])], r"tool given: \[<class 'int'>\] is no type"),
        ([Shop.buy], "tool buy: the parameter self has no annotation; pass the method of an instance"),
        ([google, google], "tools: a second tool named google"),
        ([Shop(1).buy, Shop(2).buy], "tools: a second tool named buy"),
    ],
)
def test_what_cannot_be_offered_is_refused_by_the_toolbox(tools: list[Callable[..., object]], problem: str) -> None:
    with pytest.raises(ValueError, match=rf"\A{problem}"):
        Toolbox(tools)


def test_a_missing_context_is_refused() -> None:
    def look(db: Annotated[Db, Context]) -> str:
        return str(db.rows)

    with pytest.raises(ValueError, match=r"\Atool look: the parameter db needs a context\Z"):
        Toolbox([look])


@pytest.mark.parametrize("timeout", [0, -1.0, float("nan")])
def test_a_timeout_is_more_than_zero(timeout: float) -> None:
    with pytest.raises(ValueError, match=r"\Atimeout: must be more than 0"):
        Toolbox([google], timeout=timeout)


def _ran(function: Callable[..., object], **arguments: object) -> str:
    box = Toolbox([function])
    return _ran_by(box, box.tools[0].name, **arguments)


def _ran_by(box: Toolbox, name: str, **arguments: object) -> str:
    (result,) = box.run(AssistantMessage(tool_calls=[ToolCall(id="1", name=name, arguments=arguments)]))
    assert isinstance(result, ToolMessage)
    assert isinstance(result.content, str)
    return result.content
