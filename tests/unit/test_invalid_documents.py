import json
import pickle
from collections.abc import Callable
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llm_core.domain.json_values import JsonValue
from llm_core.domain.requests import ChatRequest
from llm_core.serialization import (
    InvalidDocumentError,
    event_from_json,
    message_from_json,
    request_from_json,
    response_from_json,
    to_json,
)
from llm_core.testing import strategies

PATIENT = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # machines are shared
Reader: TypeAlias = Callable[[str | bytes], object]

READERS = (request_from_json, message_from_json, response_from_json, event_from_json)
USER = '{"type": "user", "content": "hi"}'


def asking(**fields: object) -> str:
    return json.dumps({"messages": [{"type": "user", "content": "hi"}], **fields})


def saying(part: str) -> str:
    return f'{{"type": "user", "content": [{part}]}}'


def refusal(read: Reader, document: str | bytes) -> InvalidDocumentError:
    with pytest.raises(InvalidDocumentError) as caught:
        read(document)
    return caught.value


REFUSED: list[tuple[Reader, str | bytes, str, str]] = [
    (request_from_json, "", "$", "Expecting value: line 1 column 1 (char 0)"),
    (request_from_json, '{"messages": [', "$", "Expecting value: line 1 column 15 (char 14)"),
    (request_from_json, b'"\xff"', "$", "'utf-8' codec can't decode byte 0xff in position 1: invalid start byte"),
    (request_from_json, "[" * 100_000, "$", "nested too deeply"),
    (request_from_json, "NaN", "$", "NaN is not JSON"),
    (request_from_json, "[]", "$", "expected dict, got list"),
    (request_from_json, "{}", "messages", "is missing"),
    (request_from_json, '{"messages": null}', "messages", "expected list, got NoneType"),
    (request_from_json, '{"messages": "hi"}', "messages", "expected list, got str"),
    (request_from_json, '{"messages": []}', "messages", "must not be empty"),
    (request_from_json, asking(top_k=1), "top_k", "unknown key"),
    (request_from_json, asking(type="request"), "type", "unknown key"),
    (request_from_json, asking(settings={"max-tokens": 1}), "settings.max-tokens", "unknown key"),
    (request_from_json, asking(settings=[]), "settings", "expected dict, got list"),
    (request_from_json, asking(settings=None), "settings", "expected dict, got NoneType"),
    (request_from_json, asking(settings={"stop": "end"}), "settings.stop", "expected list, got str"),
    (request_from_json, asking(settings={"seed": "5"}), "settings.seed", "expected int, got str"),
    (request_from_json, asking(settings={"seed": 5.0}), "settings.seed", "expected int, got float"),
    (request_from_json, asking(settings={"seed": True}), "settings.seed", "expected int, got bool"),
    (request_from_json, asking(settings={"top_p": True}), "settings.top_p", "expected float, got bool"),
    (request_from_json, asking(settings={"top_p": 2}), "settings.top_p", "must lie between 0 and 1, got 2"),
    (request_from_json, asking(settings={"extra": [1]}), "settings.extra", "expected a JSON object, got list"),
    (request_from_json, asking(settings={"extra": {"seed": 1}}), "settings.extra.seed", "has a field of its own"),
    (
        request_from_json,
        asking(settings={"parallel_tool_calls": 1}),
        "settings.parallel_tool_calls",
        "expected bool, got int",
    ),
    (
        request_from_json,
        asking(settings={"reasoning_effort": "huge"}),
        "settings.reasoning_effort",
        "must be one of none, minimal, low, medium, high, xhigh, max",
    ),
    (
        request_from_json,
        asking(settings={"reasoning_effort": 1}),
        "settings.reasoning_effort",
        "expected str or NoneType",
    ),
    (request_from_json, asking(model=5), "model", "expected str, got int"),
    (request_from_json, asking(tool_choice="lookup"), "tool_choice", "must be auto, none, required or a NamedTool"),
    (request_from_json, asking(tool_choice=None), "tool_choice", "expected str or named_tool"),
    (request_from_json, asking(tool_choice={"name": "x"}), "tool_choice.type", "expected str or named_tool"),
    (request_from_json, asking(output={"type": "xml"}), "output.type", "expected json or json_schema or NoneType"),
    (
        request_from_json,
        f'{{"messages": [{USER}, {{"type": "user", "content": [{{"type": "image", "url": 5}}]}}]}}',
        "messages[1].content[0].url",
        "expected str, got int",
    ),
    (
        request_from_json,
        f'{{"messages": [{USER}], "settings": {{"extra": {{"a": [1, -Infinity]}}}}}}',
        "settings.extra.a[1]",
        "-Infinity is not JSON",
    ),
    (
        request_from_json,
        f'{{"messages": [{USER}], "settings": {{"extra": {{"a": [1e999]}}}}}}',
        "settings.extra.a[0]",
        "inf is not a JSON number",
    ),
    (
        request_from_json,
        f'{{"messages": [{USER}, {{"type": "tool", "content": "", "tool_call_id": "1"}}]}}',
        "messages[1]",
        "tool_call_id answers no earlier call",
    ),
    (
        message_from_json,
        '{"type": "user", "content": "a", "content": "b"}',
        "content",
        "a second value for one key is no JSON",
    ),
    (message_from_json, '"user"', "$", "expected system or user or assistant or tool"),
    (message_from_json, '{"content": "a"}', "type", "expected system or user or assistant or tool"),
    (message_from_json, '{"type": ["user"]}', "type", "expected system or user or assistant or tool"),
    (message_from_json, '{"type": "user", "content": null}', "content", "expected str or list"),
    (message_from_json, '{"type": "user", "content": []}', "content", "no parts"),
    (message_from_json, saying('"hi"'), "content[0]", "expected text or image or audio or file"),
    (message_from_json, saying('{"type": "image"}'), "content[0]", "url, data: exactly one of them must be given"),
    (
        message_from_json,
        saying('{"type": "audio", "data": "?", "media_type": "a"}'),
        "content[0].data",
        "Only base64 data is allowed",
    ),
    (
        message_from_json,
        '{"type": "tool", "tool_call_id": "1", "content": [{"type": "audio", "data": "", "media_type": "a"}]}',
        "content[0].type",
        "expected text or image",
    ),
    (
        message_from_json,
        '{"type": "assistant", "tool_calls": [{"id": "1", "name": "n", "arguments": {}, "arguments_text": "[]"}]}',
        "tool_calls[0].arguments_text",
        "does not parse to arguments",
    ),
    (response_from_json, '{"message": {"type": "user", "content": "a"}}', "message.type", "expected assistant"),
    (
        response_from_json,
        '{"message": {"type": "assistant"}, "usage": {"cost_usd": 0.1}}',
        "usage.cost_usd",
        "expected str, got float",
    ),
    (
        response_from_json,
        '{"message": {"type": "assistant"}, "usage": {"cost_usd": "cheap"}}',
        "usage.cost_usd",
        "expected a decimal number",
    ),
    (
        response_from_json,
        '{"message": {"type": "assistant"}, "finish_reason": "tired"}',
        "finish_reason",
        "'tired' is not a valid FinishReason",
    ),
    (event_from_json, '{"type": "text_delta", "text": 5}', "text", "expected str, got int"),
    (
        event_from_json,
        '{"type": "stream_end", "response": {"message": {"type": "assistant", "content": 1}}}',
        "response.message.content",
        "expected str, got int",
    ),
]


@pytest.mark.parametrize(("read", "document", "path", "problem"), REFUSED)
def test_what_is_no_such_document_is_refused_with_its_path(
    read: Reader, document: str | bytes, path: str, problem: str
) -> None:
    error = refusal(read, document)

    assert (path, problem) == (error.path, error.problem)
    assert f"{path}: {problem}" == str(error)


@pytest.mark.parametrize("document", ["{", "[" * 100_000, "NaN", "[]", "{}", asking(top_k=1)])
def test_nothing_foreign_hangs_on_the_error(document: str) -> None:
    error = refusal(request_from_json, document)

    assert error.__context__ is None
    assert error.__cause__ is None


def test_the_error_is_a_value_error_that_pickles() -> None:
    error = refusal(request_from_json, "{}")

    back = pickle.loads(pickle.dumps(error))  # noqa: S301 -- our own bytes

    assert isinstance(back, ValueError)
    assert str(error) == str(back)


@given(st.text() | st.binary(), st.sampled_from(READERS))
@PATIENT
def test_any_text_or_bytes_are_a_value_or_refused(document: str | bytes, read: Reader) -> None:
    error = _error(read, document)

    assert error is None or error.path


def _changed(document: JsonValue, steps: list[int], junk: JsonValue) -> JsonValue:
    if not steps or not isinstance(document, dict | list) or not document:
        return junk
    if isinstance(document, list):
        at = steps[0] % len(document)
        return [_changed(value, steps[1:], junk) if at == index else value for index, value in enumerate(document)]
    changed = sorted(document)[steps[0] % len(document)]
    return {key: _changed(value, steps[1:], junk) if changed == key else value for key, value in document.items()}


def _error(read: Reader, document: str | bytes) -> InvalidDocumentError | None:
    try:
        read(document)
    except InvalidDocumentError as error:
        return error
    return None


@given(
    strategies.requests(),
    st.lists(st.integers(0, 20), max_size=6),
    strategies.json_values() | st.sampled_from(("user", "text", "5", "auto", "e30=")),
)
@PATIENT
def test_a_document_with_one_place_changed_is_a_value_or_refused(
    request: ChatRequest, steps: list[int], junk: JsonValue
) -> None:
    document = json.dumps(_changed(json.loads(to_json(request)), steps, junk))

    error = _error(request_from_json, document)

    assert error is None or (error.path and error.__context__ is None)
