"""Types for typed answers, each with an answer in the strict form and the value that it stands for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, NamedTuple, NotRequired, TypedDict

import attrs
from pydantic import BaseModel, Field


class Size(Enum):
    SMALL = "small"
    LARGE = "large"


@dataclass
class Item:
    name: str
    price: Decimal
    size: Size = Size.SMALL


@dataclass
class Order:
    """What a customer orders."""

    items: list[Item]
    day: date
    note: str | None = None


class Point(TypedDict):
    x: float
    label: NotRequired[str]


class Span(NamedTuple):
    start_line: int
    end_line: int = 0


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    lives: Annotated[int, Field(ge=1, le=9, description="How many are left.")]


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    tricks: dict[str, int] = Field(default_factory=dict)


Pet = Annotated[Cat | Dog, Field(discriminator="kind")]


@dataclass
class Tree:
    name: str
    children: list["Tree"] = field(default_factory=list)


def _as_tuple(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(values)


def _positive(_: object, attribute: "attrs.Attribute[int]", value: int) -> None:
    if value <= 0:
        raise TypeError(f"{attribute.name}: must be positive")


@attrs.frozen
class Account:
    """An attrs class with everything that pydantic does not know."""

    _owner: str = attrs.field(alias="holder")
    balance: Decimal = attrs.field(converter=Decimal)
    tags: tuple[str, ...] = attrs.field(converter=_as_tuple, factory=tuple)
    rank: int = attrs.field(default=1, validator=_positive)
    parts: list["Account"] = attrs.field(factory=list)
    cached: int = attrs.field(init=False, default=0)


@dataclass
class Bank:
    accounts: dict[str, Account]


@attrs.frozen
class Shape:
    type: Any
    text: str
    value: object


SHAPES = {
    "dataclass": Shape(
        Order,
        '{"items": [{"name": "pen", "price": 1.10, "size": "large"}], "day": "2024-02-29", "note": null}',
        Order([Item("pen", Decimal("1.1"), Size.LARGE)], date(2024, 2, 29)),
    ),
    "TypedDict": Shape(Point, '{"x": 1.5, "label": "a"}', {"x": 1.5, "label": "a"}),
    "NamedTuple": Shape(Span, '{"value": {"start_line": 3, "end_line": 4}}', Span(3, 4)),
    "model": Shape(Cat, '{"kind": "cat", "lives": 7}', Cat(lives=7)),
    "Literal": Shape(Literal["yes", "no"], '{"value": "no"}', "no"),
    "Enum": Shape(Size, '{"value": "small"}', Size.SMALL),
    "union": Shape(Pet, '{"value": {"kind": "dog", "tricks": [{"key": "sit", "value": 2}]}}', Dog(tricks={"sit": 2})),
    "nested lists": Shape(
        list[list[Item]], '{"value": [[{"name": "a", "price": 2, "size": "small"}], []]}', [[Item("a", Decimal(2))], []]
    ),
    "limits": Shape(Annotated[int, Field(ge=0, lt=10)], '{"value": 9}', 9),
    "dict": Shape(
        dict[int, tuple[date, bool]],
        '{"value": [{"key": 4, "value": {"item_0": "2024-01-01", "item_1": true}}]}',
        {4: (date(2024, 1, 1), True)},
    ),
    "recursion": Shape(Tree, '{"name": "a", "children": [{"name": "b", "children": []}]}', Tree("a", [Tree("b")])),
    "attrs": Shape(
        Bank,
        '{"accounts": [{"key": "k", "value": {"holder": "Ann", "balance": 0.1, "tags": ["x"], "rank": 2,'
        ' "parts": []}}]}',
        Bank({"k": Account("Ann", Decimal("0.1"), ("x",), 2)}),
    ),
}
