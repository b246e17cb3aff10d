"""The pieces that all encoders share: addresses, headers, and the caller's own fields in a body."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_core import UnsupportedFeatureError
from llm_core.domain.json_values import JsonObject, JsonValue
from llm_core.testing import strategies
from llm_core.wires.endpoint import Endpoint
from llm_core.wires.http_request import merge_headers
from llm_core.wires.json_body import merge_extra


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
