"""An `llm_core` adapter for any server that implements OpenAI chat completions, over httpx."""

import json
import os
import ssl
from collections.abc import AsyncGenerator
from contextlib import aclosing

import attrs
import httpx
import llm_core as llm

from .wire import CODES, JsonObject, decode, encode, end

_TLS = ssl.create_default_context()  # loaded once: it takes longer than many calls


@attrs.frozen(kw_only=True)
class ThirdPartyChat:
    """The `ChatEventSource` of the server at *base_url*, as in ``http://localhost:8000/v1``."""

    base_url: str
    model: str
    api_key: str = attrs.field(default="", repr=False)
    provider = "third_party"
    transport_errors = (httpx.TransportError,)

    async def events(self, request: llm.ChatRequest, /) -> AsyncGenerator[llm.StreamEvent | llm.Usage, None]:
        """Yield the answer to *request*."""
        body, reported = encode(request, self.model), JsonObject()
        headers = {"authorization": f"Bearer {self.api_key}"} if self.api_key else {}
        async with (  # one client per call: an httpx client belongs to one event loop, an adapter to any
            httpx.AsyncClient(headers=headers, timeout=None, verify=_TLS, trust_env=False) as client,
            client.stream("POST", f"{self.base_url}/chat/completions", json=body) as answer,
            aclosing(llm.aiter_lines(answer.aiter_bytes())) as lines,
        ):
            if not answer.is_success:
                raise llm.error_from_http(
                    answer.status_code, answer.headers, await answer.aread(), CODES, key=self.api_key
                )
            async for line in lines:
                field, _, data = line.partition(":")
                if data.strip() == "[DONE]":
                    break
                if field == "data":
                    for event in decode(json.loads(data), reported):
                        yield event
        if "finish_reason" in reported:  # without one, the answer broke off
            yield end(reported)


def chat_from_env() -> llm.ManagedChatPort:
    """Return a chat from THIRD_PARTY_BASE_URL, THIRD_PARTY_MODEL and, if set, THIRD_PARTY_API_KEY."""
    try:
        base_url, model = os.environ["THIRD_PARTY_BASE_URL"], os.environ["THIRD_PARTY_MODEL"]
    except KeyError as missing:
        raise llm.ConfigurationError(f"{missing.args[0]}: not set") from None
    api_key = os.environ.get("THIRD_PARTY_API_KEY", "")
    return llm.from_events(ThirdPartyChat(base_url=base_url, model=model, api_key=api_key))
