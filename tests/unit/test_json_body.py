"""Tests of the JSON body of a request: `extra` is merged key by key, and replaces nothing that the encoder writes."""

import json
from collections.abc import Mapping

import pytest

from llm_core import UnsupportedFeatureError
from llm_core.domain.json_values import JsonObject, JsonValue
from llm_core.wires.json_body import merge_extra
from llm_core.wires.json_codec import encode_json

BODY: JsonObject = {"model": "m", "options": {"seed": 7, "deep": {"a": 1}}, "stop": ["END"]}


@pytest.mark.parametrize(
    ("expected", "extra"),
    [
        ({}, {}),
        ({"top_k": 5}, {"top_k": 5}),
        ({"top_k": None}, {"top_k": None}),
        ({"options": {"seed": 7, "deep": {"a": 1}, "num_ctx": 4096}}, {"options": {"num_ctx": 4096}}),
        ({"options": {"seed": 7, "deep": {"a": 1, "b": [2]}}}, {"options": {"deep": {"b": [2]}}}),
        ({"new": {"a": {"b": 1}}}, {"new": {"a": {"b": 1}}}),
        ({"options": BODY["options"]}, {"options": {}}),
        ({"empty": {}}, {"empty": {}}),
    ],
)
def test_extra_is_merged_key_by_key_at_any_depth(expected: JsonObject, extra: Mapping[str, JsonValue]) -> None:
    assert {**BODY, **expected} == merge_extra(BODY, extra, ())


@pytest.mark.parametrize(
    ("path", "extra"),
    [
        ("model", {"model": "other"}),
        ("model", {"model": {"a": 1}}),
        ("stop", {"stop": ["other"]}),
        ("options", {"options": 1}),
        ("options", {"options": None}),
        ("options.seed", {"options": {"num_ctx": 1, "seed": 7}}),
        ("options.deep.a", {"options": {"deep": {"b": 2, "a": 1}}}),
        ("options.deep", {"options": {"deep": [1]}}),
        ("messages", {"messages": []}),
        ("tools", {"tools": {"a": 1}}),
        ("options.stop", {"options": {"stop": "END"}}),
        ("format.schema.name", {"format": {"schema": {"name": "a"}}}),
    ],
)
def test_a_field_that_the_encoder_writes_is_refused_at_any_depth(path: str, extra: Mapping[str, JsonValue]) -> None:
    reserved = {"messages", "tools", "options.stop", "format.schema.name"}

    with pytest.raises(UnsupportedFeatureError) as caught:
        merge_extra(BODY, extra, reserved)

    assert f"settings.extra.{path}" == caught.value.feature


def test_a_reserved_path_is_no_reserved_name_elsewhere() -> None:
    extra: dict[str, JsonValue] = {"stop_words": 1, "messages_": {"messages": 1}, "a": {"options": {"stop": 1}}}

    assert {**BODY, **extra} == merge_extra(BODY, extra, {"messages", "stop", "options.stop"})


def test_a_path_leads_to_a_nested_body() -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        merge_extra({"seed": 7}, {"seed": 8}, (), "options.")

    assert "settings.extra.options.seed" == caught.value.feature


def test_neither_the_body_nor_extra_is_changed() -> None:
    body: JsonObject = {"options": {"seed": 7}}
    extra: dict[str, JsonValue] = {"options": {"deep": {"a": 1}}, "new": {"b": {}}}
    before = json.dumps([body, extra])

    merged = merge_extra(body, extra, ())
    match merged:
        case {"options": {"deep": dict(deep)}, "new": {"b": dict(new)}}:
            deep["c"] = new["c"] = 1

    assert before == json.dumps([body, extra])


def test_the_body_is_utf8_without_white_space() -> None:
    assert '{"a":["Größe",1.5,null,true]}'.encode() == encode_json({"a": ["Größe", 1.5, None, True]})
