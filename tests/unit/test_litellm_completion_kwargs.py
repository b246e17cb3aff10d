"""What a request becomes for LiteLLM, and the small print of what it reads."""

from decimal import Decimal
from types import SimpleNamespace

import httpx
import pytest

from llm_core import (
    ChatRequest,
    ChatSettings,
    ImagePart,
    JsonOutput,
    NamedTool,
    TextPart,
    Tool,
    ToolMessage,
    Usage,
    UserMessage,
)
from llm_core.adapters.litellm.attr_access import content_of, text_or_none
from llm_core.adapters.litellm.completion_kwargs import completion_kwargs
from llm_core.adapters.litellm.config import AdapterConfig
from llm_core.adapters.litellm.exception_mapping import chat_error_from
from llm_core.adapters.litellm.litellm_module import litellm
from llm_core.adapters.litellm.litellm_response import decode_response
from llm_core.adapters.litellm.model_info import find_model_info
from llm_core.adapters.litellm.prepared_request import PreparedRequest, prepare_request
from llm_core.domain.errors import BadResponseError, ChatTimeoutError, UnsupportedFeatureError
from llm_core.domain.messages import AssistantMessage
from llm_core.domain.tools import ToolCall
from llm_core.transport.deadline import Deadline
from llm_core.transport.error_mapping import ErrorContext
from llm_core.transport.masking import masked

TOOL = Tool(name="look", description="Look.", parameters={"type": "object"})
OPTIONS = AdapterConfig(
    model="openai/gpt-4o",
    api_key=None,
    api_base=None,
    settings=ChatSettings(),
    unsupported="drop",
    headers={},
    provider_options={},
)


def planned(request: ChatRequest) -> PreparedRequest:
    return prepare_request(request, find_model_info(OPTIONS.model, None), OPTIONS, direct=False)


def test_a_request_is_said_in_litellms_keywords() -> None:
    settings = ChatSettings(parallel_tool_calls=False)
    request = ChatRequest(
        messages=[UserMessage("hi")],
        tools=[TOOL],
        tool_choice=NamedTool("look"),
        output=JsonOutput(),
        settings=settings,
    )

    asked = planned(request)
    told = completion_kwargs(asked, OPTIONS, stream=True)

    assert () == asked.ignored
    assert [{"role": "user", "content": "hi"}] == told["messages"]
    assert {"type": "function", "function": {"name": "look"}} == told["tool_choice"]
    assert {"type": "json_object"} == told["response_format"]
    assert False is told["parallel_tool_calls"]
    assert {"include_usage": True} == told["stream_options"]


def test_an_answer_at_once_asks_for_no_stream() -> None:
    told = completion_kwargs(planned(ChatRequest(messages=[UserMessage("hi")])), OPTIONS, stream=False)

    seen = told.keys() & {"stream", "stream_options", "tools", "tool_choice", "response_format"}

    assert set() == seen


def test_the_history_is_written_for_the_model_that_is_asked() -> None:
    look = AssistantMessage(tool_calls=[ToolCall(id="c", name="look", arguments={})])
    seen = ToolMessage([TextPart("see"), ImagePart(url="https://a.test/a.png")], tool_call_id="c")
    request = ChatRequest(messages=[UserMessage("hi"), look, seen])

    with pytest.raises(UnsupportedFeatureError) as caught:
        planned(request)

    assert "messages[2].content: an image in a tool result" == caught.value.feature


def test_content_that_is_no_text_is_told_by_its_type() -> None:
    message = SimpleNamespace(content=["said"])

    with pytest.raises(BadResponseError) as caught:
        content_of(message)

    assert "the content is a list, not text" == caught.value.detail


def test_the_cost_that_litellm_has_counted_is_told() -> None:
    response = litellm().ModelResponse(choices=[{"message": {"content": "said"}, "finish_reason": "stop"}])
    response.usage = SimpleNamespace(prompt_tokens=7, completion_tokens=5)
    response._hidden_params["response_cost"] = 0.5

    usage = decode_response(response, model=find_model_info("openai/nobody-knows", None)).usage

    assert Usage(input_tokens=7, output_tokens=5, cost_usd=Decimal("0.5")) == usage


def test_an_answer_that_says_nothing_is_told_as_that() -> None:
    response = litellm().ModelResponse(choices=[{"message": {"content": None}, "finish_reason": "stop"}])

    with pytest.raises(BadResponseError) as caught:
        decode_response(response, model=find_model_info("openai/nobody-knows", None))

    assert "the answer holds neither text nor a call" == caught.value.detail


def test_text_that_no_message_can_hold_is_told_by_its_place() -> None:
    text = "ab\ud800"

    with pytest.raises(BadResponseError) as caught:
        text_or_none(text)

    assert "text: half a surrogate pair at character 2" == caught.value.detail


def test_patience_lasts_to_its_last_half_second() -> None:
    patience = Deadline(0.5)

    patience.check()
    patience.seconds = -1.0
    patience.reset()

    with pytest.raises(ChatTimeoutError):
        patience.check()


def test_a_date_that_is_past_is_no_wait() -> None:
    request = httpx.Request("POST", "https://a.test/v1")
    answer = httpx.Response(429, headers={"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, request=request)
    refused = httpx.HTTPStatusError("refused", request=request, response=answer)

    seen = chat_error_from(refused, ErrorContext(provider="openai", model="openai/x", secrets=()))

    assert 0.0 == seen.retry_after


def test_four_characters_may_be_a_key() -> None:
    seen = masked("a fine cabcage", ["cabc"])

    assert "a fine ****age" == seen
