"""The `provider_options` of LiteLLMChat: LiteLLM's own keyword arguments, but those that the adapter sets itself."""

from collections.abc import Mapping

import attrs

from llm_core.domain.settings import ChatSettings

_RESERVED = frozenset(
    {
        *("model", "messages", "tools", "tool_choice", "response_format", "stream", "stream_options"),
        *("api_key", "api_base", "base_url", "timeout", "extra_headers", "extra_body", "drop_params"),
        *("max_retries", "num_retries", "fallbacks", "caching", "mock_response", "client", "headers", "n"),
        *("max_completion_tokens", "functions", "function_call", *attrs.fields_dict(ChatSettings)),
    }
)


def check_options(options: Mapping[str, object]) -> None:
    """Raise ValueError for an option that the adapter sets itself."""
    for key in options:
        if key in _RESERVED:
            raise ValueError(f"provider_options.{key}: the adapter sets it")
