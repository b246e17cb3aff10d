"""What is known of several chats of which any may answer."""

from decimal import Decimal

import attrs
import pytest

from llm_core import ModelDescription
from llm_core.wrappers.merged_description import merged_description

ONE = ModelDescription(
    provider="p",
    model="one",
    wire="w",
    settings=["seed", "stop"],
    tools=True,
    tool_choices=["none", "named"],
    images=True,
    json_output=None,
    context_window=1000,
    input_usd_per_token=Decimal(1),
    output_usd_per_token=Decimal(5),
    closes_from_other_threads=True,
)
OTHER = ModelDescription(
    provider="p",
    model="other",
    wire="w",
    settings=["seed"],
    tools=True,
    tool_choices=["named", "required"],
    images=False,
    json_output=True,
    context_window=500,
    input_usd_per_token=Decimal(2),
    output_usd_per_token=Decimal(3),
    closes_from_other_threads=False,
)


def test_one_description_stays_as_it_is() -> None:
    assert ONE == merged_description([ONE])


def test_what_holds_for_each_chat_is_known_of_all() -> None:
    expected = ModelDescription(
        provider="p",
        wire="w",
        settings=["seed"],
        tools=True,
        tool_choices=["named"],
        images=False,
        context_window=500,
        input_usd_per_token=Decimal(2),
        output_usd_per_token=Decimal(5),
        closes_from_other_threads=False,
    )

    assert expected == merged_description([ONE, OTHER])


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_unknown_of_one_chat_is_unknown(order: int) -> None:
    merged = merged_description([ONE, ModelDescription()][::order])

    assert ModelDescription() == merged


def test_an_ability_that_one_chat_lacks_is_lacking() -> None:
    merged = merged_description([OTHER, ModelDescription()])

    assert ModelDescription(images=False, closes_from_other_threads=False) == merged


def test_without_a_chat_nothing_is_known() -> None:
    assert ModelDescription() == merged_description([])


def test_every_field_is_merged() -> None:
    values: dict[str, object] = {
        "settings": frozenset({"seed"}),
        "tool_choices": frozenset({"named"}),
        "schema_limits": frozenset({"pattern"}),
        "context_window": 1000,
        "input_usd_per_token": Decimal(1),
        "output_usd_per_token": Decimal(2),
        **dict.fromkeys(("provider", "model", "wire", "wire_reason"), "x"),
    }
    full = ModelDescription(**{name: values.get(name, True) for name in attrs.fields_dict(ModelDescription)})  # type: ignore[arg-type]  # by the name of the field

    assert full == merged_description([full, full])
