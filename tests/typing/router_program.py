"""A program with LiteLLM's Router that mypy accepts."""

from litellm.router import Router

from llm_core import ChatPort
from llm_core.adapters.litellm import LiteLLMChat


def routed(router: Router) -> ChatPort:
    return LiteLLMChat("mine", router=router)
