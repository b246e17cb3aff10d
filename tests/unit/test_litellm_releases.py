"""Tests of differences between LiteLLM 1.106 and newer releases, both of which are supported."""

from llm_core import AssistantMessage, FinishReason, StreamInterruptedError
from llm_core.adapters.litellm.exception_mapping import chat_error_from
from llm_core.adapters.litellm.litellm_module import litellm
from llm_core.adapters.litellm.litellm_response import decode_response
from llm_core.adapters.litellm.model_info import find_model_info
from llm_core.transport.error_mapping import ErrorContext

PARTIAL = AssistantMessage("Well")


def test_a_stream_that_newer_releases_report_as_ended_early_is_interrupted() -> None:
    error = RuntimeError("litellm.APIConnectionError: Stream ended before a finish_reason was received")

    seen = chat_error_from(error, ErrorContext(provider="openai", model="openai/x"), PARTIAL)

    assert (StreamInterruptedError, PARTIAL) == (type(seen), seen.partial)


def test_a_refusal_field_beside_the_content_is_read() -> None:
    message = {"content": None, "role": "assistant", "refusal": "I will not."}
    answer = litellm().ModelResponse(choices=[{"message": message, "finish_reason": "stop", "index": 0}])
    answer.choices[0].message.refusal = "I will not."

    response = decode_response(answer, model=find_model_info("openai/x", None), ignored=())

    assert ("I will not.", FinishReason.CONTENT_FILTER) == (response.text, response.finish_reason)
