"""`StrangerChat`: one colour of the port, over httpx."""

import asyncio
import json
import os
import ssl
from collections.abc import AsyncGenerator
from contextlib import aclosing

import attrs
import httpx
import llm_core as llm

from .answering import Chunk, end, events
from .asking import Wire, encode
from .failing import failure, partial, refusal

_TLS = ssl.create_default_context()  # once: reading the certificates takes longer than many a call


@attrs.frozen(kw_only=True)
class StrangerChat:
    """An `AsyncChatPort` over the server at *base_url*, as in ``http://localhost:8000/v1``."""

    base_url: str
    model: str
    api_key: str = attrs.field(default="", repr=False)

    async def acomplete(self, request: llm.ChatRequest, /) -> llm.ChatResponse:
        """Return the whole answer: the fold of a stream that has one deadline for all of it."""
        return llm.fold([event async for event in self._events(request, whole=True)])

    def astream(self, request: llm.ChatRequest, /) -> llm.AsyncChatStream:
        """Return the answer as it comes."""
        return llm.AsyncEventStream(self._events(request, whole=False))

    async def _events(self, request: llm.ChatRequest, *, whole: bool) -> AsyncGenerator[llm.StreamEvent, None]:
        body, chunks, told = encode(request, self.model), list[Chunk](), list[llm.StreamEvent]()
        clock, seconds = asyncio.get_running_loop().time, request.settings.timeout or 120
        deadline = clock() + seconds
        try:
            async with aclosing(self._chunks(body)) as arriving:
                while True:
                    async with asyncio.timeout_at(deadline):
                        chunk = await anext(arriving, None)
                    if chunk is None:
                        break
                    chunks.append(chunk)
                    for event in events(chunk):
                        told.append(event)
                        yield event
                        deadline = deadline if whole else clock() + seconds
                yield end(chunks, told)
                return
        except Exception as error:  # noqa: BLE001 -- whatever it is, nothing but a ChatError leaves
            fault, cause = failure(error, begun=bool(chunks)), llm.ProviderFault(type(error).__name__, "")
        fault.provider, fault.model, fault.partial = "stranger", body["model"], partial(told) if chunks else None
        raise fault from cause  # out here: inside of the `except`, httpx and its headers would hang on it

    async def _chunks(self, body: Wire) -> AsyncGenerator[Chunk, None]:
        headers = {"authorization": f"Bearer {self.api_key}"} if self.api_key else {}
        async with (  # a client a call: httpx's belong to one event loop each, an adapter to any
            httpx.AsyncClient(headers=headers, timeout=None, verify=_TLS, trust_env=False) as client,
            client.stream("POST", f"{self.base_url}/chat/completions", json=body) as answer,
        ):
            if not answer.is_success:
                await answer.aread()
                raise refusal(answer, self.api_key)
            waiting = b""
            async for packet in answer.aiter_bytes():
                *lines, waiting = (waiting + packet).split(b"\n")  # `aiter_lines` breaks at U+2028 too
                for line in lines:
                    if line.strip() == b"data: [DONE]":
                        return
                    if line.startswith(b"data:"):
                        yield json.loads(line[5:])


def chat_from_env() -> llm.ManagedChatPort:
    """Return the chat that STRANGER_BASE_URL, STRANGER_MODEL and, if set, STRANGER_API_KEY describe."""
    try:
        base_url, model = os.environ["STRANGER_BASE_URL"], os.environ["STRANGER_MODEL"]
    except KeyError as missing:
        raise llm.ConfigurationError(f"{missing.args[0]}: not set") from None
    return llm.from_async(StrangerChat(base_url=base_url, model=model, api_key=os.environ.get("STRANGER_API_KEY", "")))
