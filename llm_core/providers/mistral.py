"""Mistral."""

import re

from llm_core.wires.openai_chat.decode import OpenAIChatDecoder

from .profile import Profile

MISTRAL = Profile(
    decoder=OpenAIChatDecoder,
    openai_wire=True,
    tool_call_id_pattern=re.compile(r"[a-zA-Z0-9]{9}"),  # "must be a-z, A-Z, 0-9, with a length of 9"
)
