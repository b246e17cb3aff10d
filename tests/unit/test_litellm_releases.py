"""What newer releases of LiteLLM do differently from 1.106: both are read."""

from llm_core import AssistantMessage, FinishReason, StreamInterruptedError
from llm_core.adapters.litellm.exception_mapping import chat_error_from
from llm_core.adapters.litellm.litellm_module import litellm
from llm_core.adapters.litellm.litellm_response import decode_response
from llm_core.adapters.litellm.model_info import find_model_info
from llm_core.transport.error_mapping import ErrorContext

SAID = AssistantMessage("Well")


def test_a_stream_that_newer_releases_call_ended_early_broke_off() -> None:
    error = RuntimeError("litellm.APIConnectionError: Stream ended before a finish_reason was received")

    seen = chat_error_from(error, ErrorContext(provider="openai", model="openai/x"), SAID)

    assert (StreamInterruptedError, SAID) == (type(seen), seen.partial)


def test_a_refusal_may_stand_beside_the_content() -> None:
    message = {"content": None, "role": "assistant", "refusal": "I will not."}
    answer = litellm().ModelResponse(choices=[{"message": message, "finish_reason": "stop", "index": 0}])
    answer.choices[0].message.refusal = "I will not."

    response = decode_response(answer, model=find_model_info("openai/x", None), ignored=())

    assert ("I will not.", FinishReason.CONTENT_FILTER) == (response.text, response.finish_reason)
