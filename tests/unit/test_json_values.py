import math
from collections import OrderedDict
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_core import JsonValue
from llm_core.domain.json_bounds import MAX_NESTING
from llm_core.domain.json_values import json_object, json_text, json_value, parse_arguments

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)
OBJECTS = st.dictionaries(st.text(), VALUES)
HALF = "\ud83d"


@settings(deadline=None)
@given(OBJECTS)
def test_a_copy_is_equal_and_shares_no_container_with_the_original(value: dict[str, JsonValue]) -> None:
    original = _containers(value)

    copy = json_object(value, "value")

    assert value == copy
    assert not original & _containers(copy)


@settings(deadline=None)
@given(OBJECTS)
def test_what_is_written_as_text_reads_back_the_same(value: dict[str, JsonValue]) -> None:
    text = json_text(value)

    seen = parse_arguments(text)

    assert value == seen
    assert text == json_text(seen)


def test_tuples_become_lists_and_any_mapping_a_dict() -> None:
    value = OrderedDict(a=(1, (2,)), b=MappingProxyType({"c": ()}))

    copy = json_object(value, "value")

    assert {"a": [1, [2]], "b": {"c": []}} == copy
    assert [dict, list, dict] == [type(copy), type(copy["a"]), type(copy["b"])]


def test_a_later_change_of_the_original_does_not_reach_the_copy() -> None:
    inner: list[object] = [1]
    copy = json_object({"a": inner}, "value")

    inner.append(2)

    assert {"a": [1]} == copy


def test_the_same_value_twice_is_not_a_cycle() -> None:
    shared = [1]

    copy = json_object({"a": shared, "b": [shared, shared]}, "value")

    assert {"a": [1], "b": [[1], [1]]} == copy
    assert copy["a"] is not copy["b"]


@pytest.mark.parametrize("leaf", [None, True, 0, -1.5, "text", [], {}])
def test_any_json_value_is_accepted_at_the_top(leaf: JsonValue) -> None:
    copy = json_value(leaf, "value")

    assert leaf == copy
    assert type(leaf) is type(copy)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"a": math.nan}, "value.a: nan is not a JSON number"),
        ({"a": [0, {"b": math.inf}]}, "value.a[1].b: inf is not a JSON number"),
        ({"a": (1, (2, -math.inf))}, "value.a[1][1]: -inf is not a JSON number"),
        ({"a": {1: "x"}}, "value.a: the key 1 is not a str"),
        ({None: 1}, "value: the key None is not a str"),
        ({"a": [b"x"]}, "value.a[0]: bytes is not a JSON value"),
        ({"a": {"b": {1, 2}}}, "value.a.b: set is not a JSON value"),
        ({"a": [HALF]}, "value.a[0]: half a surrogate pair at character 0"),
        ({"a": {"é" + HALF: 1}}, "value.a: a key: half a surrogate pair at character 1"),
    ],
)
def test_a_value_that_json_cannot_represent_is_refused_with_its_path(value: dict[str, object], problem: str) -> None:
    refused = pytest.raises(ValueError, match=r"\Avalue")

    with refused as caught:
        json_object(value, "value")

    assert problem == str(caught.value)


@pytest.mark.parametrize("value", [None, [], "{}", 1, [("a", 1)]])
def test_only_a_mapping_is_an_object(value: object) -> None:
    refused = pytest.raises(ValueError, match=rf"\Aarguments: expected a JSON object, got {type(value).__name__}\Z")

    with refused:
        json_object(value, "arguments")  # type: ignore[arg-type]  # -- a caller without mypy


def test_a_value_that_contains_itself_is_refused_with_its_path() -> None:
    itself: dict[str, object] = {}
    itself["a"] = [{"b": itself}]

    with pytest.raises(ValueError, match=r"\Avalue.a\[0\].b: the value contains itself\Z"):
        json_object(itself, "value")


def test_a_list_that_contains_itself_is_refused() -> None:
    itself: list[object] = []
    itself.append(itself)

    with pytest.raises(ValueError, match=r"\Avalue\[0\]: the value contains itself\Z"):
        json_value(itself, "value")


def test_a_value_may_nest_as_deep_as_the_bound_and_no_deeper() -> None:
    deepest = _nested(MAX_NESTING)

    copy = json_object(deepest, "value")

    assert deepest == copy
    with pytest.raises(ValueError, match=f"nested deeper than {MAX_NESTING} levels"):
        json_object(_nested(MAX_NESTING + 1), "value")


@pytest.mark.parametrize("text", ["", " \n\t", "null", " null ", "{}"])
def test_empty_text_and_null_are_the_empty_object(text: str) -> None:
    seen = parse_arguments(text)

    assert {} == seen


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[1]", "arguments: expected a JSON object, got a JSON array"),
        ('"{}"', "arguments: expected a JSON object, got a JSON string"),
        ("1", "arguments: expected a JSON object, got a JSON number"),
        ("1.5", "arguments: expected a JSON object, got a JSON number"),
        ("false", "arguments: expected a JSON object, got a JSON boolean"),
        ('{"a": ', "arguments: not JSON: Expecting value at character 6 of 6"),
        ('{"a": 1}{"a": 1}', "arguments: not JSON: Extra data at character 8 of 16"),
        ("secret prose", "arguments: not JSON: Expecting value at character 0 of 12"),
        ('{"a": NaN}', "arguments: NaN is not JSON"),
        ('{"a": -Infinity}', "arguments: -Infinity is not JSON"),
        ('{"a": 1e999}', "arguments.a: inf is not a JSON number"),
        ('{"a": "\\ud83d"}', "arguments.a: half a surrogate pair at character 0"),
        ("[" * 100_000, f"arguments: nested deeper than {MAX_NESTING} levels"),
        ('{"a":' * 101 + "1" + "}" * 101, f"arguments{'.a' * 100}: nested deeper than {MAX_NESTING} levels"),
    ],
)
def test_text_that_is_not_an_object_is_refused_without_quoting_it(text: str, problem: str) -> None:
    refused = pytest.raises(ValueError, match=r"\Aarguments")

    with refused as caught:
        parse_arguments(text)

    assert problem == str(caught.value)
    assert caught.value.__cause__ is None


def test_json_text_has_spaces_and_no_escapes() -> None:
    value: dict[str, JsonValue] = {"town": "Zürich 🏔", "days": [1, 2]}

    text = json_text(value)

    assert '{"town": "Zürich 🏔", "days": [1, 2]}' == text


def _containers(value: JsonValue) -> set[int]:
    match value:
        case dict():
            return {id(value)}.union(*map(_containers, value.values()))
        case list():
            return {id(value)}.union(*map(_containers, value))
        case _:
            return set()


def _nested(levels: int) -> dict[str, JsonValue]:
    value: dict[str, JsonValue] = {}
    for _ in range(levels - 1):
        value = {"a": value}
    return value


def test_an_int_with_more_digits_than_python_converts_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^arguments\.n: an int of more than 4,300 digits$"):
        json_object({"n": 10**4_300}, "arguments")


def test_every_leaf_is_copied_by_the_check_that_names_places() -> None:
    copy = json_value((None, True, 1, 1.5, "é", {"a": ()}), "value")

    assert [None, True, 1, 1.5, "é", {"a": []}] == copy


def test_nested_objects_beyond_the_bound_are_refused() -> None:
    value: dict[str, object] = {}
    for _ in range(MAX_NESTING):
        value = {"a": value}

    with pytest.raises(ValueError, match=f"nested deeper than {MAX_NESTING} levels"):
        json_object(value, "value")


def test_a_short_text_of_many_levels_is_refused() -> None:
    with pytest.raises(ValueError, match=f"arguments: nested deeper than {MAX_NESTING} levels"):
        parse_arguments('{"a":' + "[" * 1_015)


def test_many_plain_fields_are_copied() -> None:
    fields = {f"k{number}": number for number in range(20)}

    copy = json_object(fields, "value")

    assert fields == copy
    assert fields is not copy
