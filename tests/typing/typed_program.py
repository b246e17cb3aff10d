"""A program with typed answers, whose types mypy and pyright infer from the forms of the type that it passes."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Annotated, Literal, NamedTuple, TypeAlias, TypedDict, assert_type

import attrs
from annotated_types import Ge
from pydantic import BaseModel

from llm_core import ChatPort, ChatRequest, ChatResponse, JsonValue, Usage
from llm_core.typed import (
    InvalidAnswerError,
    Method,
    Partial,
    Problem,
    Typed,
    acomplete_as,
    astream_as,
    complete_as,
    stream_as,
)


@dataclass
class Order:
    """A dataclass."""

    day: date


@attrs.frozen
class Account:
    """An attrs class."""

    owner: str


class Point(TypedDict):
    """A TypedDict."""

    x: float


class Span(NamedTuple):
    """A NamedTuple."""

    start: int


class Cat(BaseModel):
    """A model."""

    lives: int


class Size(Enum):
    """An enum."""

    SMALL = "small"


Pet: TypeAlias = Cat | Order


def forms(chat: ChatPort, request: ChatRequest) -> None:
    """Pass the twelve forms of a type."""
    assert_type(complete_as(chat, request, Order).value, Order)
    assert_type(complete_as(chat, request, Account).value, Account)
    assert_type(complete_as(chat, request, Point).value, Point)
    assert_type(complete_as(chat, request, Span).value, Span)
    assert_type(complete_as(chat, request, Cat).value, Cat)
    assert_type(complete_as(chat, request, Size).value, Size)
    assert_type(complete_as(chat, request, Cat | Order | None).value, Cat | Order | None)
    assert_type(complete_as(chat, request, Literal["yes", "no"]).value, Literal["yes", "no"])
    assert_type(complete_as(chat, request, Annotated[int, Ge(0)]).value, int)
    assert_type(complete_as(chat, request, list[list[Order]]).value, list[list[Order]])
    assert_type(complete_as(chat, request, dict[str, tuple[int, bool]]).value, dict[str, tuple[int, bool]])
    assert_type(complete_as(chat, request, Pet).value, Cat | Order)


async def verbs(chat: ChatPort, request: ChatRequest) -> None:
    """Call every verb, and read every field."""
    method: Method = "tool"
    typed = await acomplete_as(chat, request, list[Order], repairs=2, method=method)
    assert_type(typed, Typed[list[Order]])
    assert_type(typed.response, ChatResponse)
    assert_type(typed.usage, Usage)
    assert_type(typed.method, Method)
    assert_type(typed.attempts, int)
    items: Iterator[Partial | Typed[Order | None]] = stream_as(chat, request, Order | None, method="json")
    for item in items:
        if isinstance(item, Partial):
            assert_type(item.json, JsonValue)
        else:
            assert_type(item.value, Order | None)
    more: AsyncIterator[Partial | Typed[Pet]] = astream_as(chat, request, Pet)
    async for other in more:
        if isinstance(other, Typed):
            assert_type(other.value, Cat | Order)


def problems(error: InvalidAnswerError) -> tuple[Problem, ...]:
    """Read the fields of the error."""
    assert_type(error.text, str)
    assert_type(error.response, ChatResponse)
    assert_type(error.method, Method)
    return error.problems
