"""What an adapter without HTTP expresses: as much as OpenAI chat completions, and all of earlier answers."""

import attrs

from llm_core.domain.messages import AssistantMessage
from llm_core.domain.requests import ChatRequest

from .openai_chat import OpenAIChat


class WithoutHTTP(OpenAIChat):
    """The dialect of an adapter that reports its requests by `record`: nothing of an earlier answer is lost."""

    interleaves = True

    def normalise(self, request: ChatRequest) -> ChatRequest:
        """Return the normal form of OpenAI, with the settings and opaque data that its wire has no field for."""
        normal = super().normalise(request)
        messages = [
            original if isinstance(original, AssistantMessage) else message
            for original, message in zip(request.messages, normal.messages, strict=True)
        ]
        sent = request.settings
        settings = attrs.evolve(normal.settings, cache=sent.cache, service_tier=sent.service_tier)
        return attrs.evolve(normal, messages=messages, settings=settings)
