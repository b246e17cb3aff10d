import itertools
from decimal import Decimal
from typing import get_args

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_core import Usage

COUNTS = st.none() | st.just(0) | st.integers(0, 10**12)
PRICES = st.none() | st.just(Decimal(0)) | st.decimals(0, 10**9, places=12)
USAGES = st.builds(
    Usage,
    input_tokens=COUNTS,
    output_tokens=COUNTS,
    cache_read_tokens=COUNTS,
    cache_write_tokens=COUNTS,
    reasoning_tokens=COUNTS,
    cost_usd=PRICES,
)
FIELDS = tuple(field.name for field in attrs.fields(Usage))
COUNT_FIELDS = FIELDS[:-1]


@settings(deadline=None)
@given(USAGES)
def test_an_empty_usage_is_the_neutral_element_on_both_sides(usage: Usage) -> None:
    nothing = Usage()

    left, right = nothing + usage, usage + nothing

    assert usage == left
    assert usage == right


@settings(deadline=None)
@given(USAGES, USAGES)
def test_the_order_of_a_sum_does_not_matter(one: Usage, other: Usage) -> None:
    there = one + other

    back = other + one

    assert there == back


@settings(deadline=None)
@given(USAGES, USAGES, USAGES)
def test_the_grouping_of_a_sum_does_not_matter(one: Usage, two: Usage, three: Usage) -> None:
    left = (one + two) + three

    right = one + (two + three)

    assert left == right


@settings(deadline=None)
@given(st.lists(st.none() | USAGES))
def test_a_total_adds_each_field_over_the_usages_that_report_it(usages: list[Usage | None]) -> None:
    reported = {
        name: [value for usage in usages if (value := getattr(usage, name, None)) is not None] for name in FIELDS
    }

    total = Usage.total(iter(usages))

    assert {name: sum(values) if values else None for name, values in reported.items()} == attrs.asdict(total)


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_is_added_to_the_same_field(name: str) -> None:
    one, two, three = (_usage(name, Decimal(n) if name == "cost_usd" else n) for n in (1, 2, 3))

    seen = one + two

    assert three == seen


def test_zero_is_a_number_and_none_is_not_reported() -> None:
    zero, nothing = Usage(input_tokens=0, cost_usd=Decimal(0)), Usage()

    total = zero + nothing

    assert (0, Decimal(0), None) == (total.input_tokens, total.cost_usd, total.output_tokens)
    assert zero != nothing


def test_a_total_of_no_usages_is_empty() -> None:
    none: tuple[Usage | None, ...] = ()

    totals = [Usage.total(none), Usage.total([None, None])]

    assert [Usage(), Usage()] == totals


def test_prices_of_every_size_add_without_rounding() -> None:
    prices = [Decimal("0.1"), Decimal("1e-30"), Decimal("1e28"), Decimal("123456789.000000001")]

    sums = {Usage.total(Usage(cost_usd=price) for price in order).cost_usd for order in itertools.permutations(prices)}

    assert {Decimal("10000000000000000000123456789.100000001000000000000000000001")} == sums


def test_figures_that_contradict_each_other_are_kept_as_reported() -> None:
    contradiction = Usage(input_tokens=1, cache_read_tokens=5, output_tokens=0, reasoning_tokens=9)

    seen = (contradiction.cache_read_tokens, contradiction.reasoning_tokens)

    assert (5, 9) == seen


def test_a_count_larger_than_any_provider_reports_is_kept() -> None:
    usage = Usage(input_tokens=2**63 + 1)

    seen = usage + Usage(input_tokens=1)

    assert 2**63 + 2 == seen.input_tokens


def test_only_usage_can_be_added() -> None:
    usage = Usage(input_tokens=1)

    with pytest.raises(TypeError, match="unsupported operand"):
        usage + 1  # type: ignore[operator]  # -- what mypy refuses, Python refuses too


@pytest.mark.parametrize("name", COUNT_FIELDS)
@pytest.mark.parametrize(
    ("value", "problem"),
    [(-1, "must not be negative, got -1"), (1.0, "expected int, got float"), (True, "expected int, got bool")],
)
def test_an_invalid_count_is_refused_by_name(name: str, value: float, problem: str) -> None:
    refused = pytest.raises(ValueError, match=rf"\A{name}: {problem}\Z")

    with refused:
        _usage(name, value)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (0.5, "expected Decimal, got float"),
        (1, "expected Decimal, got int"),
        (Decimal("-0.01"), "must be finite and not negative, got -0.01"),
        (Decimal("NaN"), "must be finite and not negative, got NaN"),
        (Decimal("sNaN"), "must be finite and not negative, got sNaN"),
        (Decimal("Infinity"), "must be finite and not negative, got Infinity"),
    ],
)
def test_an_invalid_price_is_refused(value: Decimal | float, problem: str) -> None:
    refused = pytest.raises(ValueError, match=rf"\Acost_usd: {problem}\Z")

    with refused:
        _usage("cost_usd", value)


def test_every_field_may_be_none() -> None:
    classes = [get_args(field.type) for field in attrs.fields(Usage)]

    seen = Usage()

    assert all(type(None) in class_ for class_ in classes)
    assert {None} == set(attrs.astuple(seen))


def _usage(name: str, value: Decimal | float) -> Usage:
    return Usage(**{name: value})  # type: ignore[arg-type]  # -- the field is chosen at run time
