"""The pieces that all encoders share: addresses, headers, and the caller's own fields in a body."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_core import UnsupportedFeatureError
from llm_core.domain.json_values import JsonObject, JsonValue
from llm_core.testing import strategies
from llm_core.wires.endpoint import Endpoint
from llm_core.wires.http_request import merge_headers
from llm_core.wires.json_body import json_bytes, merge_extra


@pytest.mark.parametrize(
    ("url", "path", "query", "whole"),
    [
        ("https://x.test/v1/chat", "chat", "", False),
        ("https://x.test/v1/chat?a=1", "chat", "a=1", False),
        ("https://x.test/v1/chat?alt=sse&a=1", "chat?alt=sse", "a=1", False),
        ("https://x.test/v1", "chat", "a=1", True),
    ],
)
def test_an_address_is_the_base_the_path_and_the_query(url: str, path: str, query: str, whole: bool) -> None:
    endpoint = Endpoint(provider="x", model="x", base_url="https://x.test/v1", query=query, whole_url=whole)

    assert url == endpoint.url(path)


def test_later_headers_replace_earlier_ones_whatever_their_case() -> None:
    merged = merge_headers({"Authorization": "Bearer a", "X-One": "1"}, {"authorization": "Basic b"}, {})

    assert {"authorization": "Basic b", "X-One": "1"} == merged


def test_a_body_is_compact_and_keeps_its_characters() -> None:
    assert '{"a":["é",1.0,null]}'.encode() == json_bytes({"a": ["é", 1.0, None]})


@pytest.mark.parametrize(
    ("merged", "body", "extra"),
    [
        ({"a": 1, "b": None}, {"a": 1}, {"b": None}),
        ({"a": {"b": 1, "c": {"d": 2, "e": 3}}}, {"a": {"b": 1, "c": {"d": 2}}}, {"a": {"c": {"e": 3}}}),
        ({"a": {"b": {}}}, {}, {"a": {"b": {}}}),
        ({"a": [1]}, {}, {"a": [1]}),
    ],
)
def test_fields_are_merged_at_every_depth(merged: JsonObject, body: JsonObject, extra: dict[str, JsonValue]) -> None:
    before = copy.deepcopy((body, extra))

    assert merged == merge_extra(body, extra, frozenset())
    assert before == (body, extra)


@pytest.mark.parametrize(
    ("key", "body", "extra"),
    [
        ("a", {"a": 1}, {"a": 1}),
        ("a", {"a": {"b": 1}}, {"a": None}),
        ("a", {"a": 1}, {"a": {"b": 1}}),
        ("a.b", {"a": {"b": 1}}, {"a": {"b": 1}}),
        ("a.b", {"a": {"b": [1]}}, {"a": {"b": {"c": 1}}}),
        ("a", {"a": None}, {"a": 1}),
        ("model", {}, {"model": "x"}),
        ("options.seed", {}, {"options": {"seed": 1}}),
    ],
)
def test_a_field_that_the_encoder_writes_is_refused_at_every_depth(
    key: str, body: JsonObject, extra: dict[str, JsonValue]
) -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        merge_extra(body, extra, {"model", "options.seed"})

    assert f"settings.extra.{key}" == caught.value.feature


@given(strategies.json_objects(), strategies.json_objects(), st.sets(st.text(max_size=2)))
def test_merging_loses_no_field_and_changes_none(
    body: dict[str, JsonValue], extra: dict[str, JsonValue], reserved: set[str]
) -> None:
    given_body: JsonObject = dict(body)
    try:
        merged = merge_extra(given_body, extra, reserved)
    except UnsupportedFeatureError:
        return
    assert set(body) | set(extra) == set(merged)
    assert not reserved & set(extra)
    assert all(_holds(merged[key], value) for fields in (body, extra) for key, value in fields.items())


def _holds(merged: object, value: object) -> bool:
    """Return whether *merged* has everything that *value* has."""
    if isinstance(merged, dict) and isinstance(value, dict):
        return all(key in merged and _holds(merged[key], one) for key, one in value.items())
    return merged == value
