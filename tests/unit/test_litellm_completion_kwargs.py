"""Tests of the keywords for LiteLLM's completion call, and of details of its responses and errors."""

from types import SimpleNamespace

import attrs
import httpx
import pytest

from llm_core import (
    ChatRequest,
    ChatSettings,
    FinishReason,
    ImagePart,
    JsonOutput,
    NamedTool,
    TextPart,
    Tool,
    ToolMessage,
    Usage,
    UserMessage,
)
from llm_core.adapters.litellm.attr_access import content_of
from llm_core.adapters.litellm.completion_calls import CompletionCalls
from llm_core.adapters.litellm.completion_kwargs import completion_kwargs
from llm_core.adapters.litellm.exception_mapping import chat_error_from
from llm_core.adapters.litellm.litellm_module import litellm
from llm_core.adapters.litellm.litellm_response import decode_response
from llm_core.adapters.litellm.model_info import find_model_info
from llm_core.adapters.litellm.prepared_request import PreparedRequest, prepare_request
from llm_core.domain.errors import BadResponseError, UnsupportedFeatureError
from llm_core.domain.messages import AssistantMessage
from llm_core.domain.tools import ToolCall
from llm_core.ports.valid_text import valid_text
from llm_core.transport.adapter_config import AdapterConfig
from llm_core.transport.deadline import Deadline
from llm_core.transport.error_mapping import ErrorContext
from llm_core.transport.masking import masked

from .provider_environment import unset_all

TOOL = Tool(name="look", description="Look.", parameters={"type": "object"})
CONFIG = AdapterConfig(
    model="openai/gpt-4o",
    api_key=None,
    api_base=None,
    settings=ChatSettings(),
    unsupported="drop",
    headers={},
    provider_options={},
)


def prepared_request(request: ChatRequest) -> PreparedRequest:
    return prepare_request(request, find_model_info(CONFIG.model, None), CONFIG)


def test_supported_settings_count_more_than_litellms_list() -> None:
    config = attrs.evolve(CONFIG, model="openai/o3", supported_settings={"temperature"})
    request = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(temperature=0.5, max_tokens=7))
    prepared = prepare_request(request, find_model_info(config.model, None), config)

    kwargs = completion_kwargs(prepared, config, stream=False)

    assert ({"temperature": 0.5}, ("max_tokens",)) == (prepared.parameters, prepared.ignored)
    assert ["temperature"] == kwargs["allowed_openai_params"]


def test_a_setting_that_litellm_does_not_list_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    calls = CompletionCalls(config=attrs.evolve(CONFIG, model="openai/gpt-5-mini"))
    request = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(stop="END"))

    for _ in range(3):
        calls.attempt(request)

    assert ["openai/gpt-5-mini does not accept the setting stop: it is not sent"] == [
        record.getMessage() for record in caplog.records if record.name == "llm_core"
    ]


def test_a_request_becomes_keywords_of_litellms_completion() -> None:
    settings = ChatSettings(parallel_tool_calls=False)
    request = ChatRequest(
        messages=[UserMessage("hi")],
        tools=[TOOL],
        tool_choice=NamedTool("look"),
        output=JsonOutput(),
        settings=settings,
    )

    prepared = prepared_request(request)
    kwargs = completion_kwargs(prepared, CONFIG, stream=True)

    assert () == prepared.ignored
    assert [{"role": "user", "content": "hi"}] == kwargs["messages"]
    assert {"type": "function", "function": {"name": "look"}} == kwargs["tool_choice"]
    assert {"type": "json_object"} == kwargs["response_format"]
    assert False is kwargs["parallel_tool_calls"]
    assert {"include_usage": True} == kwargs["stream_options"]


def test_complete_sends_no_stream_keywords() -> None:
    kwargs = completion_kwargs(prepared_request(ChatRequest(messages=[UserMessage("hi")])), CONFIG, stream=False)

    seen = kwargs.keys() & {"stream", "stream_options", "tools", "tool_choice", "response_format"}

    assert set() == seen


def test_the_history_is_encoded_for_the_requested_model() -> None:
    look = AssistantMessage(tool_calls=[ToolCall(id="c", name="look", arguments={})])
    seen = ToolMessage([TextPart("see"), ImagePart(url="https://a.test/a.png")], tool_call_id="c")
    request = ChatRequest(messages=[UserMessage("hi"), look, seen])

    with pytest.raises(UnsupportedFeatureError) as caught:
        prepared_request(request)

    assert "messages[2].content: an image in a tool result" == caught.value.feature


def test_content_that_is_not_text_is_a_bad_response_that_names_its_type() -> None:
    message = SimpleNamespace(content=["text"])

    with pytest.raises(BadResponseError) as caught:
        content_of(message)

    assert "the content is a list, not text" == caught.value.detail


def test_the_cost_that_litellm_computed_is_not_reported_for_a_model_without_a_price() -> None:
    response = litellm().ModelResponse(choices=[{"message": {"content": "text"}, "finish_reason": "stop"}])
    response.usage = SimpleNamespace(prompt_tokens=7, completion_tokens=5)
    response._hidden_params["response_cost"] = 0.5

    usage = decode_response(response, model=find_model_info("openai/unknown-model", None)).usage

    assert Usage(input_tokens=7, output_tokens=5, cost_usd=None) == usage


def test_an_answer_that_ended_without_text_or_calls_is_an_empty_answer() -> None:
    response = litellm().ModelResponse(choices=[{"message": {"content": None}, "finish_reason": "stop"}])

    seen = decode_response(response, model=find_model_info("openai/unknown-model", None))

    assert ("", FinishReason.STOP) == (seen.text, seen.finish_reason)


def test_half_a_surrogate_pair_in_text_is_a_bad_response_with_its_position() -> None:
    text = "ab\ud800"

    with pytest.raises(BadResponseError) as caught:
        valid_text(text)

    assert "text: half a surrogate pair at character 2" == caught.value.detail


def test_a_deadline_raises_a_timeout_only_after_its_end() -> None:
    deadline = Deadline(0.5)

    deadline.check()
    deadline.seconds = -1.0
    deadline.reset()

    with pytest.raises(TimeoutError):
        deadline.check()


def test_a_retry_after_date_in_the_past_is_zero_seconds() -> None:
    request = httpx.Request("POST", "https://a.test/v1")
    answer = httpx.Response(429, headers={"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, request=request)
    refused = httpx.HTTPStatusError("refused", request=request, response=answer)

    seen = chat_error_from(refused, ErrorContext(provider="openai", model="openai/x", secrets=()))

    assert 0.0 == seen.retry_after


def test_a_secret_of_four_characters_is_masked() -> None:
    seen = masked("a fine cabcage", ["cabc"])

    assert "a fine ****age" == seen


@pytest.mark.parametrize(
    ("expected", "model", "variable", "key"),
    [
        ("sk-spaced", "openai/gpt-4o", "OPENAI_API_KEY", " sk-spaced\n"),
        (None, "openai/gpt-4o", "OPENAI_API_KEY", "sk-tidy"),
        (None, "replicate/any", "REPLICATE_API_KEY", " of-a-provider-without-a-profile "),
    ],
)
def test_only_an_untidy_key_of_the_environment_is_given_to_litellm(
    expected: str | None, model: str, variable: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    unset_all(monkeypatch)
    monkeypatch.setenv(variable, key)
    calls = CompletionCalls(config=attrs.evolve(CONFIG, model=model))

    call = calls.attempt(ChatRequest(messages=[UserMessage("hi")]))

    assert expected == call.prepared.api_key
