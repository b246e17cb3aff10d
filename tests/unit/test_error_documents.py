"""Errors as JSON text, and back."""

import json

import pytest

import llm_core
from llm_core import (
    AssistantMessage,
    BadResponseError,
    ChatError,
    InvalidToolCall,
    RateLimitError,
    RecordingMissingError,
    ServerError,
    UnsupportedFeatureError,
    Usage,
)
from llm_core.serialization import InvalidDocumentError, error_from_json, error_to_json

CLASSES = [
    value
    for value in (getattr(llm_core, name) for name in llm_core.__all__)
    if isinstance(value, type) and issubclass(value, ChatError)
]
CALL = InvalidToolCall(id="1", name="f", arguments_text="{", problem="cut off")


class ThirdPartyError(ServerError):
    """An error class of others."""


@pytest.mark.parametrize("error_class", CLASSES)
def test_every_field_of_every_class_comes_back(error_class: type[ChatError]) -> None:
    error = error_class(
        provider="p",
        model="m",
        host="h:1",
        status_code=429,
        request_id="r",
        retry_after=2.5,
        detail="d",
        partial=AssistantMessage("he", invalid_tool_calls=[CALL]),
        usage=Usage(input_tokens=1),
        previous=(RateLimitError(retry_after=1, previous=(ChatError(detail="first"),)), ServerError()),
    )

    back = error_from_json(error_to_json(error))

    assert (type(error), error.retryable) == (type(back), back.retryable)
    first, second = vars(error), vars(back)
    assert first | {"previous": ()} == second | {"previous": ()}
    assert repr(error.previous) == repr(back.previous)
    assert "first" == back.previous[0].previous[0].detail


@pytest.mark.parametrize(
    ("error", "field", "value"),
    [
        (UnsupportedFeatureError(feature="settings.seed"), "feature", "settings.seed"),
        (RecordingMissingError(differs_at="messages[0]"), "differs_at", "messages[0]"),
        (BadResponseError(retryable=False), "retryable", False),
        (BadResponseError(), "retryable", True),
    ],
)
def test_what_one_class_has_alone_comes_back(error: ChatError, field: str, value: object) -> None:
    assert value == vars(error_from_json(error_to_json(error)))[field]


def test_an_error_without_facts_is_its_class_alone() -> None:
    assert '{"type": "ServerError"}' == error_to_json(ServerError())


def test_an_error_of_others_becomes_one_of_the_nearest_class() -> None:
    assert ServerError is type(error_from_json(error_to_json(ThirdPartyError())))


@pytest.mark.parametrize(
    ("document", "path", "problem"),
    [
        ({"type": "ValueError"}, "type", "no error class 'ValueError'"),
        ({}, "type", "is missing"),
        ({"type": "ChatError", "colour": 1}, "colour", "unknown key"),
        ({"type": "ChatError", "model": 1}, "model", "expected str"),
        ({"type": "ChatError", "partial": {"type": "user"}}, "partial", "type: expected assistant"),
        ({"type": "ChatError", "previous": [{"type": "No"}]}, "previous[0].type", "no error class 'No'"),
        (None, "$", "expected dict, got NoneType"),
    ],
)
def test_a_text_that_holds_no_error_is_refused(document: object, path: str, problem: str) -> None:
    with pytest.raises(InvalidDocumentError) as caught:
        error_from_json(json.dumps(document))

    assert path in str(caught.value)
    assert problem in str(caught.value)
