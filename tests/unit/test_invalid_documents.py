import json
import pickle
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llm_core.domain.json_values import JsonValue
from llm_core.domain.messages import SystemMessage
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse
from llm_core.domain.usage import Usage
from llm_core.serialization import (
    InvalidDocumentError,
    event_from_json,
    from_json,
    message_from_json,
    messages_from_json,
    to_json,
)
from llm_core.testing import strategies

SLOW = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a shared machine
Reader: TypeAlias = Callable[[str | bytes], object]

read_request = partial(from_json, ChatRequest)
read_response = partial(from_json, ChatResponse)
read_usage = partial(from_json, Usage)
READERS = (read_request, message_from_json, messages_from_json, read_response, read_usage, event_from_json)
USER = '{"type": "user", "content": "hi"}'
NAN_TEXT = '{"type": "text", "text": NaN}'


def request_json(**fields: object) -> str:
    return json.dumps({"messages": [{"type": "user", "content": "hi"}], **fields})


def user_message_json(part: str) -> str:
    return f'{{"type": "user", "content": [{part}]}}'


def refusal(read: Reader, document: str | bytes) -> InvalidDocumentError:
    with pytest.raises(InvalidDocumentError) as caught:
        read(document)
    return caught.value


REFUSED: list[tuple[Reader, str | bytes, str, str]] = [
    (read_request, "", "$", "Expecting value: line 1 column 1 (char 0)"),
    (read_request, '{"messages": [', "$", "Expecting value: line 1 column 15 (char 14)"),
    (read_request, b'"\xff"', "$", "'utf-8' codec can't decode byte 0xff in position 1: invalid start byte"),
    (read_request, "[" * 100_000, "$", "nested too deeply"),
    (read_request, "NaN", "$", "NaN is not JSON"),
    (read_request, "[]", "$", "expected dict, got list"),
    (read_request, "{}", "messages", "is missing"),
    (read_request, '{"messages": null}', "messages", "expected list, got NoneType"),
    (read_request, '{"messages": "hi"}', "messages", "expected list, got str"),
    (read_request, '{"messages": []}', "messages", "must not be empty"),
    (read_request, request_json(top_k=1), "top_k", "unknown key"),
    (read_request, request_json(type="request"), "type", "unknown key"),
    (read_request, request_json(settings={"max-tokens": 1}), "settings.max-tokens", "unknown key"),
    (read_request, request_json(settings=[]), "settings", "expected dict, got list"),
    (read_request, request_json(settings=None), "settings", "expected dict, got NoneType"),
    (read_request, request_json(settings={"stop": "end"}), "settings.stop", "expected list, got str"),
    (read_request, request_json(settings={"seed": "5"}), "settings.seed", "expected int, got str"),
    (read_request, request_json(settings={"seed": 5.0}), "settings.seed", "expected int, got float"),
    (read_request, request_json(settings={"seed": True}), "settings.seed", "expected int, got bool"),
    (read_request, request_json(settings={"top_p": True}), "settings.top_p", "expected float, got bool"),
    (read_request, request_json(settings={"top_p": 2}), "settings.top_p", "must lie between 0 and 1, got 2"),
    (read_request, request_json(settings={"extra": [1]}), "settings.extra", "expected a JSON object, got list"),
    (read_request, request_json(settings={"extra": {"seed": 1}}), "settings.extra.seed", "has a field of its own"),
    (
        read_request,
        request_json(settings={"parallel_tool_calls": 1}),
        "settings.parallel_tool_calls",
        "expected bool, got int",
    ),
    (
        read_request,
        request_json(settings={"reasoning_effort": "huge"}),
        "settings.reasoning_effort",
        "must be one of none, minimal, low, medium, high, xhigh, max, got 'huge'",
    ),
    (
        read_request,
        request_json(settings={"reasoning_effort": 1}),
        "settings.reasoning_effort",
        "expected str or NoneType",
    ),
    (read_request, request_json(model=5), "model", "expected str, got int"),
    (
        read_request,
        request_json(tool_choice="lookup"),
        "tool_choice",
        "must be auto, none, required or a NamedTool, got 'lookup'",
    ),
    (read_request, request_json(tool_choice=None), "tool_choice", "expected str or named_tool"),
    (read_request, request_json(tool_choice={"name": "x"}), "tool_choice.type", "expected str or named_tool"),
    (read_request, request_json(output={"type": "xml"}), "output.type", "expected json or json_schema or NoneType"),
    (
        read_request,
        f'{{"messages": [{USER}, {{"type": "user", "content": [{{"type": "image", "url": 5}}]}}]}}',
        "messages[1].content[0].url",
        "expected str, got int",
    ),
    (
        read_request,
        f'{{"messages": [{USER}], "settings": {{"extra": {{"a": [1, -Infinity]}}}}}}',
        "settings.extra.a[1]",
        "-Infinity is not JSON",
    ),
    (
        read_request,
        f'{{"messages": [{USER}], "settings": {{"extra": {{"a": [1e999]}}}}}}',
        "settings.extra.a[0]",
        "inf is not a JSON number",
    ),
    (
        read_request,
        f'{{"messages": [{USER}, {{"type": "tool", "content": "", "tool_call_id": "1"}}]}}',
        "messages[1]",
        "tool_call_id answers no earlier call",
    ),
    (
        message_from_json,
        '{"type": "user", "content": "a", "content": "b"}',
        "content",
        "duplicate key",
    ),
    (message_from_json, '"user"', "$", "expected system or user or assistant or tool"),
    (message_from_json, '{"content": "a"}', "type", "expected system or user or assistant or tool"),
    (message_from_json, '{"type": ["user"]}', "type", "expected system or user or assistant or tool"),
    (message_from_json, '{"type": "user", "content": null}', "content", "expected str or list"),
    (message_from_json, '{"type": "user", "content": []}', "content", "no parts"),
    (message_from_json, user_message_json('"hi"'), "content[0]", "expected text or image or audio or file"),
    (
        message_from_json,
        user_message_json('{"type": "image"}'),
        "content[0]",
        "url, data: exactly one of them must be given",
    ),
    (
        message_from_json,
        user_message_json('{"type": "audio", "data": "?", "media_type": "a"}'),
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
    (read_response, '{"message": {"type": "user", "content": "a"}}', "message.type", "expected assistant"),
    (
        read_response,
        '{"message": {"type": "assistant"}, "usage": {"cost_usd": 0.1}}',
        "usage.cost_usd",
        "expected str, got float",
    ),
    (
        read_response,
        '{"message": {"type": "assistant"}, "usage": {"cost_usd": "cheap"}}',
        "usage.cost_usd",
        "expected a decimal number",
    ),
    (
        read_response,
        '{"message": {"type": "assistant"}, "finish_reason": "tired"}',
        "finish_reason",
        "'tired' is not a valid FinishReason",
    ),
    (messages_from_json, "{}", "$", "expected list, got dict"),
    (messages_from_json, f"[{USER}, {USER}, null]", "[2]", "expected system or user or assistant or tool"),
    (messages_from_json, f'[{USER}, {{"type": "user", "content": 1}}]', "[1].content", "expected str or list"),
    (
        messages_from_json,
        f"[{USER}, {USER}, {user_message_json(NAN_TEXT)}]",
        "[2].content[0].text",
        "NaN is not JSON",
    ),
    (messages_from_json, '[{"type": "system", "content": "s", "name": "n"}]', "[0].name", "unknown key"),
    (read_usage, '{"input_tokens": -1}', "input_tokens", "must not be negative, got -1"),
    (read_usage, '{"tokens": 1}', "tokens", "unknown key"),
    (partial(from_json, SystemMessage), USER, "type", "expected system"),
    (event_from_json, '{"type": "text_delta", "text": 5}', "text", "expected str, got int"),
    (
        event_from_json,
        '{"type": "stream_end", "response": {"message": {"type": "assistant", "content": 1}}}',
        "response.message.content",
        "expected str, got int",
    ),
]


@pytest.mark.parametrize(("read", "document", "path", "problem"), REFUSED)
def test_an_invalid_document_is_refused_with_the_path(
    read: Reader, document: str | bytes, path: str, problem: str
) -> None:
    error = refusal(read, document)

    assert (path, problem) == (error.path, error.problem)
    assert f"{path}: {problem}" == str(error)


@pytest.mark.parametrize("document", ["{", "[" * 100_000, "NaN", "[]", "{}", request_json(top_k=1)])
def test_the_error_has_no_cause_and_no_context(document: str) -> None:
    error = refusal(read_request, document)

    assert error.__context__ is None
    assert error.__cause__ is None


def test_the_error_is_a_value_error_that_pickles() -> None:
    error = refusal(read_request, "{}")

    back = pickle.loads(pickle.dumps(error))  # noqa: S301 -- our own bytes

    assert isinstance(back, ValueError)
    assert str(error) == str(back)


@given(st.text() | st.binary(), st.sampled_from(READERS))
@SLOW
def test_any_text_or_bytes_are_a_value_or_refused(document: str | bytes, read: Reader) -> None:
    error = _error(read, document)

    assert error is None or error.path


def _changed(document: JsonValue, steps: list[int], replacement: JsonValue) -> JsonValue:
    if not steps or not isinstance(document, dict | list) or not document:
        return replacement
    if isinstance(document, list):
        at = steps[0] % len(document)
        return [
            _changed(value, steps[1:], replacement) if at == index else value for index, value in enumerate(document)
        ]
    changed = sorted(document)[steps[0] % len(document)]
    return {
        key: _changed(value, steps[1:], replacement) if changed == key else value for key, value in document.items()
    }


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
@SLOW
def test_a_document_with_one_place_changed_is_a_value_or_refused(
    request: ChatRequest, steps: list[int], replacement: JsonValue
) -> None:
    document = json.dumps(_changed(json.loads(to_json(request)), steps, replacement))

    error = _error(read_request, document)

    assert error is None or (error.path and error.__context__ is None)
