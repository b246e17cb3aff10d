"""An agent with tools on OpenAI's current flagship, by default settings: its two turns take the Responses API."""

import asyncio

import httpx
import pytest

from llm_core import ChatRequest, ChatResponse, Tool, ToolMessage, UserMessage
from llm_core.adapters.direct import DirectChat
from llm_core.testing import Call, FakeProvider, Replies
from llm_core.testing.clauses.modes import EVERY, Mode
from llm_core.testing.dialects.openai_responses import OpenAIResponses
from llm_core.testing.fake_provider.recorder import Recorder

WEATHER = Tool(name="weather", description="Get the weather.", parameters={"type": "object"})
CALLS = Replies(calls=[Call(id="call_1", name="weather", arguments_text='{"city": "Oslo"}')], reasoning="Look it up.")


class ToFakeProvider(httpx.HTTPTransport):
    """Sends what is meant for OpenAI to the fake provider."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = httpx.URL(url)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return super().handle_request(redirected(request, self._url))


class AsyncToFakeProvider(httpx.AsyncHTTPTransport):
    """The same for tasks."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = httpx.URL(url)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await super().handle_async_request(redirected(request, self._url))


def redirected(request: httpx.Request, url: httpx.URL) -> httpx.Request:
    assert "api.openai.com" == request.url.host
    request.url = request.url.copy_with(scheme=url.scheme, host=url.host, port=url.port)
    return request


def answer(scenario: Replies, request: ChatRequest, mode: Mode) -> tuple[ChatResponse, Recorder]:
    with FakeProvider(scenario, OpenAIResponses(), recorder := Recorder()) as fake_provider:
        if mode in ("complete", "stream"):
            return sync_answer(fake_provider.url, request, mode), recorder
        return asyncio.run(async_answer(fake_provider.url, request, mode)), recorder


def sync_answer(url: str, request: ChatRequest, mode: Mode) -> ChatResponse:
    with httpx.Client(transport=ToFakeProvider(url)) as client:
        chat = DirectChat("openai/gpt-5.4", api_key="k", client=client)
        return chat.complete(request) if mode == "complete" else chat.stream(request).until_done()


async def async_answer(url: str, request: ChatRequest, mode: Mode) -> ChatResponse:
    async with httpx.AsyncClient(transport=AsyncToFakeProvider(url)) as client:
        chat = DirectChat("openai/gpt-5.4", api_key="k", async_client=client)
        return await (chat.acomplete(request) if mode == "acomplete" else chat.astream(request).until_done())


@pytest.mark.parametrize("mode", EVERY)
def test_an_agent_with_tools_runs_on_the_flagship_by_default_settings(mode: Mode) -> None:
    asked = ChatRequest(messages=[UserMessage("Is it raining in Oslo?")], tools=[WEATHER])
    first, recorder = answer(CALLS, asked, mode)
    results = [ToolMessage("wet", tool_call_id=call.id) for call in first.message.tool_calls]
    second, last = answer(
        Replies(text="It is."), ChatRequest(messages=[*asked.messages, first.message, *results], tools=[WEATHER]), mode
    )

    assert ["/v1/responses"] * 2 == [one.requests[0].path for one in (recorder, last)]
    assert (1, "It is.") == (len(first.message.tool_calls), second.message.content)
    sent = last.requests[0].body
    assert b"encrypted_content" in sent
    assert b'"call_id":"call_1"' in sent
