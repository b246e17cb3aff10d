"""OpenAI, Azure OpenAI, and other providers with OpenAI's Chat Completions API."""

import re

from llm_core.wires.openai_chat.decode import OpenAIChatDecoder

from .profile import Profile

_TOOL_CALL_IDS = re.compile(r".{1,40}", re.DOTALL)  # "a string with maximum length 40"

OPENAI = Profile(
    decoder=OpenAIChatDecoder,
    openai_wire=True,
    base_url="https://api.openai.com/v1",
    base_variables=("OPENAI_BASE_URL", "OPENAI_API_BASE"),
    key_variables=("OPENAI_API_KEY",),
    tool_call_id_pattern=_TOOL_CALL_IDS,
)
AZURE = Profile(
    decoder=OpenAIChatDecoder,
    openai_wire=True,
    base_variables=("AZURE_API_BASE",),
    key_variables=("AZURE_API_KEY",),
    provider_options=frozenset({"api_version"}),
    tool_call_id_pattern=_TOOL_CALL_IDS,
)
COMPATIBLE = Profile(decoder=OpenAIChatDecoder, openai_wire=True)  # LiteLLM knows their addresses and keys
LOCAL = Profile(decoder=OpenAIChatDecoder, openai_wire=True, key_optional=True)
