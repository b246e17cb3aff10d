"""Maps the finish reasons of all providers to ours, in one table, and those that mean a failure to errors.

Sources: each wire's documentation; for failures and the reasons of single hosts Z.AI (``sensitive``,
``network_error``), DeepSeek (``insufficient_system_resource``), Mistral and OpenRouter (``error``), Cohere
(``ERROR``, ``TIMEOUT``), watsonx (``time_limit``, ``cancelled``, ``error``), vLLM and SGLang (``abort``).
"""

from llm_core.domain.errors import ChatError, ChatTimeoutError, ServerError
from llm_core.domain.responses import FinishReason

FINISH_REASONS = {
    "stop": FinishReason.STOP,
    "end_turn": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "eos": FinishReason.STOP,
    "eos_token": FinishReason.STOP,
    "complete": FinishReason.STOP,
    "completed": FinishReason.STOP,
    "end": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "max_tokens": FinishReason.LENGTH,
    "max_output_tokens": FinishReason.LENGTH,
    "model_length": FinishReason.LENGTH,
    "model_context_window_exceeded": FinishReason.LENGTH,
    "tool_calls": FinishReason.TOOL_CALLS,
    "tool_call": FinishReason.TOOL_CALLS,
    "tool_use": FinishReason.TOOL_CALLS,
    "function_call": FinishReason.TOOL_CALLS,
    "pause_turn": FinishReason.PAUSED,
    "paused": FinishReason.PAUSED,
    "compaction": FinishReason.PAUSED,
    "content_filter": FinishReason.CONTENT_FILTER,
    "refusal": FinishReason.CONTENT_FILTER,
    "content_filtered": FinishReason.CONTENT_FILTER,
    "guardrail_intervened": FinishReason.CONTENT_FILTER,
    "error_toxic": FinishReason.CONTENT_FILTER,
    "sensitive": FinishReason.CONTENT_FILTER,
    "image_prohibited_content": FinishReason.CONTENT_FILTER,
    "image_recitation": FinishReason.CONTENT_FILTER,
    **dict.fromkeys(
        ("safety", "recitation", "language", "blocklist", "prohibited_content", "spii", "image_safety", "model_armor"),
        FinishReason.CONTENT_FILTER,
    ),
}

_FAILURES: dict[str, type[ChatError]] = {
    "error": ServerError,
    "network_error": ServerError,
    "insufficient_system_resource": ServerError,
    "abort": ServerError,
    "aborted": ServerError,
    "cancelled": ServerError,  # not by the caller, who still reads
    "failed": ServerError,
    "timeout": ChatTimeoutError,
    "time_limit": ChatTimeoutError,
}


def failure_for(raw_reason: str) -> ChatError | None:
    """Return the error that a provider's finish reason means; None if the answer ended properly."""
    error_class = _FAILURES.get(raw_reason.lower())
    return None if error_class is None else error_class(detail=f"finish reason: {raw_reason}")


def finish_reason_for(raw_reason: str) -> FinishReason:
    """Return the finish reason for a provider's own reason, in any case; OTHER if it is unknown."""
    return FINISH_REASONS.get(raw_reason.lower(), FinishReason.OTHER)
