"""An adapter for `llm_core`: any server that speaks OpenAI chat completions, over httpx."""

import json
import os
import ssl
from collections.abc import AsyncGenerator
from contextlib import aclosing

import attrs
import httpx
import llm_core as llm

from .wire import CODES, Wire, encode, end, read

_TLS = ssl.create_default_context()  # once: reading the certificates takes longer than many a call


@attrs.frozen(kw_only=True)
class StrangerChat:
    """The `ChatEventSource` of the server at *base_url*, as in ``http://localhost:8000/v1``."""

    base_url: str
    model: str
    api_key: str = attrs.field(default="", repr=False)
    provider = "stranger"
    transport_errors = (httpx.TransportError,)

    async def events(self, request: llm.ChatRequest, /) -> AsyncGenerator[llm.StreamEvent, None]:
        """Yield the answer to *request*."""
        body, told = encode(request, self.model), Wire()
        headers = {"authorization": f"Bearer {self.api_key}"} if self.api_key else {}
        async with (  # a client a call: httpx's belong to one event loop each, an adapter to any
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
                    for event in read(json.loads(data), told):
                        yield event
        if "finish_reason" in told:  # an end without one is no end
            yield end(told)


def chat_from_env() -> llm.ManagedChatPort:
    """Return the chat that STRANGER_BASE_URL, STRANGER_MODEL and, if set, STRANGER_API_KEY describe."""
    try:
        base_url, model = os.environ["STRANGER_BASE_URL"], os.environ["STRANGER_MODEL"]
    except KeyError as missing:
        raise llm.ConfigurationError(f"{missing.args[0]}: not set") from None
    return llm.from_events(StrangerChat(base_url=base_url, model=model, api_key=os.environ.get("STRANGER_API_KEY", "")))
