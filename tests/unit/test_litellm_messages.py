"""Messages in the form that LiteLLM's own call takes."""

import pytest

from llm_core import (
    AssistantMessage,
    ImagePart,
    InvalidToolCall,
    ReasoningPart,
    TextPart,
    ToolCall,
    ToolMessage,
    UnsupportedFeatureError,
    UserMessage,
)
from llm_core.adapters.litellm.completion_messages import encode_messages
from llm_core.adapters.litellm.model_info import ModelInfo
from llm_core.domain.messages import Message

CALL = ToolCall(id="c1", name="draw", arguments={"size": 1.0}, arguments_text='{"size":1.0}')
IMAGE = ImagePart(data=b"\x89PNG", media_type="image/png")


def model(*, openai_wire: bool) -> ModelInfo:
    return ModelInfo(name="p/m", bare_name="m", provider="p", openai_wire=openai_wire, supported_params=None)


def with_result(*parts: TextPart | ImagePart) -> list[Message]:
    return [UserMessage("hi"), AssistantMessage(tool_calls=[CALL]), ToolMessage(parts, tool_call_id="c1")]


def test_an_image_in_a_result_is_refused_where_results_carry_text_only() -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        encode_messages(with_result(TextPart("Look: "), IMAGE), model(openai_wire=True))

    assert "messages[2].content: an image in a tool result" == caught.value.feature


def test_an_image_in_a_result_is_a_part_elsewhere() -> None:
    seen = encode_messages(with_result(TextPart("Look: "), IMAGE), model(openai_wire=False))[2]["content"]

    assert [
        {"type": "text", "text": "Look: "},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}},
    ] == seen


@pytest.mark.parametrize(("openai_wire", "text"), [(True, '{"size":1.0}'), (False, '{"size": 1.0}')])
def test_the_models_own_text_of_arguments_is_kept_where_the_wire_carries_text(*, openai_wire: bool, text: str) -> None:
    [seen] = encode_messages([AssistantMessage(tool_calls=[CALL])], model(openai_wire=openai_wire))

    assert [{"id": "c1", "type": "function", "function": {"name": "draw", "arguments": text}}] == seen["tool_calls"]


@pytest.mark.parametrize(
    ("openai_wire", "text"), [(True, '{"si'), (False, '{"invalid_arguments": "{\\"si"}')], ids=["text", "object"]
)
def test_an_invalid_call_keeps_its_text(*, openai_wire: bool, text: str) -> None:
    call = InvalidToolCall(id="c1", name="draw", arguments_text='{"si', problem="cut off")

    [seen] = encode_messages([AssistantMessage(invalid_tool_calls=[call])], model(openai_wire=openai_wire))

    assert [{"id": "c1", "type": "function", "function": {"name": "draw", "arguments": text}}] == seen["tool_calls"]


def test_reasoning_without_blocks_of_the_provider_is_not_sent() -> None:
    [seen] = encode_messages([AssistantMessage("Hi.", reasoning=[ReasoningPart("Hm.")])], model(openai_wire=True))

    assert {"role": "assistant", "content": "Hi."} == seen
