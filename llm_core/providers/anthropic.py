"""Anthropic."""

import re

from llm_core.wires.anthropic_messages.decode import AnthropicMessagesDecoder

from .profile import Profile

ANTHROPIC = Profile(
    decoder=AnthropicMessagesDecoder,
    base_url="https://api.anthropic.com",
    base_variables=("ANTHROPIC_API_BASE", "ANTHROPIC_BASE_URL"),
    key_variables=("ANTHROPIC_API_KEY",),
    tool_call_id_pattern=re.compile(r"[a-zA-Z0-9_-]+"),
    litellm_invents_ids=True,
)
