"""Annotations that are texts, and name what is local to a function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import attrs
import pytest

from llm_core import AssistantMessage, ToolCall
from llm_core.typed import Toolbox, tool
from llm_core.typed.answer_type import AnswerType


def result_of(function: Callable[..., object], **arguments: object) -> object:
    box = Toolbox([function])
    (result,) = box.run(AssistantMessage(tool_calls=[ToolCall(id="1", name=box.tools[0].name, arguments=arguments)]))
    return result.content


def functions() -> tuple[Callable[..., object], Callable[..., object]]:
    @dataclass
    class Place:
        city: str

    def plain(place: Place, others: list[Place]) -> str:
        return f"{place.city} {len(others)}"

    @tool
    def decorated(place: Place) -> str:
        return place.city

    assert "Oslo 1" == result_of(plain, place={"city": "Oslo"}, others=[{"city": "Rome"}])
    assert "Oslo" == result_of(decorated, place={"city": "Oslo"})
    return plain, decorated


def test_a_tool_may_name_a_class_of_the_function_that_defines_it_while_that_runs() -> None:
    plain, decorated = functions()

    assert "Oslo" == result_of(decorated, place={"city": "Oslo"})
    with pytest.raises(ValueError, match="tool plain: name 'Place' is not defined; define it in the module"):
        Toolbox([plain])


def test_a_tool_may_name_what_an_outer_function_defines() -> None:
    @dataclass
    class Place:
        city: str

    def inner() -> object:
        def look(place: Place) -> str:
            return place.city

        return result_of(look, place={"city": "Oslo"})

    assert "Oslo" == inner()


def test_a_class_may_name_another_one_of_its_function() -> None:
    @dataclass
    class Place:
        city: str

    @attrs.frozen
    class Trip:
        to: Place

    @dataclass
    class Plan:
        trips: list[Trip]
        home: Place | None = None

    answer = '{"trips": [{"to": {"city": "Oslo"}}], "home": {"city": "Rome"}}'

    assert Plan([Trip(Place("Oslo"))], Place("Rome")) == AnswerType[Any](Plan).decode(answer)
