"""What adapters know of their model."""

from decimal import Decimal

import pytest

from llm_core import ChatRequest, ModelDescription, UserMessage, description_of, from_sync
from llm_core.adapters.litellm.model_info import ModelInfo
from llm_core.adapters.litellm.prepared_request import prepare_request
from llm_core.adapters.litellm.price_map import token_rates_of
from llm_core.adapters.memory import InMemoryChat
from llm_core.domain.messages import AssistantMessage, ToolMessage
from llm_core.domain.tools import ToolCall
from llm_core.transport.adapter_config import AdapterConfig
from llm_core.transport.masking import masked_url


def test_the_fake_describes_what_it_was_given() -> None:
    known = ModelDescription(provider="acme", tools=True)

    assert known == description_of(InMemoryChat(["hi"], description=known))
    assert ModelDescription() == description_of(InMemoryChat(["hi"]))


def test_a_chat_that_cannot_describe_its_model_has_an_empty_description() -> None:
    assert ModelDescription() == description_of(from_sync(InMemoryChat(["hi"])))


def test_an_unknown_model_has_no_rates() -> None:
    assert (None, None) == token_rates_of("acme/unknown")


def test_a_known_model_has_rates_and_they_are_exact() -> None:
    assert (Decimal("0.0000025"), Decimal("0.00001")) == token_rates_of("openai/gpt-4o")


@pytest.mark.parametrize("id", ["call 1", "c"])
def test_the_ids_of_a_provider_without_a_profile_are_kept_on_the_call_lane(id: str) -> None:
    model = ModelInfo(name="acme/m", bare_name="m", provider="acme", openai_wire=True, supported_params=None)
    call = AssistantMessage(tool_calls=[ToolCall(id=id, name="f", arguments={})])
    request = ChatRequest(messages=[UserMessage("hi"), call, ToolMessage("ok", tool_call_id=id)])

    prepared = prepare_request(request, model, AdapterConfig(model="acme/m"))

    assert id == prepared.messages[2]["tool_call_id"]


def test_an_address_that_cannot_be_parsed_is_masked_whole() -> None:
    assert "****" == masked_url("http://[::1")


def test_a_wrong_member_after_right_ones_is_named_by_its_index() -> None:
    with pytest.raises(ValueError, match=r"^messages\[1\]: expected "):
        ChatRequest(messages=[UserMessage("hi"), "hello"])  # type: ignore[list-item]  # a wrong member
