"""Tests of each provider with OpenAI's Chat Completions API: ten requests and ten answers.

Every request must arrive as it is: the settings that the model does not accept are named in `ignored_settings`, and
anything else that it does not accept is refused before it is sent.
"""

import asyncio
import json
import re
from itertools import cycle

import attrs
import pytest

from llm_core import (
    AssistantMessage,
    ChatError,
    ChatRequest,
    ChatResponse,
    ChatSettings,
    Message,
    ToolMessage,
    UnsupportedFeatureError,
)
from llm_core.adapters.direct import DirectChat
from llm_core.providers.registry import all_profiles
from llm_core.testing import Fails, FakeProvider, RecordedRequest, Replies, expected_response
from llm_core.testing.dialects.openai_chat import OpenAIChat
from llm_core.wires.openai_chat.decode import OpenAIChatDecoder

from .provider_rows import ANSWERS, HOSTS, REQUESTS, Host, history

KEY = "sk-planted-0123456789abcdef"
MODES = ("complete", "stream", "acomplete", "astream")
ROWS = sorted(name for name, profile in all_profiles().items() if profile.wire.decoder is OpenAIChatDecoder)
OPENAI = Host()
NOT_SENT = attrs.asdict(ChatSettings())


def chat_of(provider: str, host: Host, url: str) -> DirectChat:
    """Return an adapter whose requests for *provider* go to *url*."""
    return DirectChat(f"{provider}/{host.model}", api_key=KEY, api_base=f"{url}/v1")


def call(chat: DirectChat, request: ChatRequest, mode: str) -> ChatResponse:
    """Return the response in one of the four modes."""
    if mode == "complete":
        return chat.complete(request)
    if mode == "stream":
        return chat.stream(request).until_done()
    return asyncio.run(_acall(chat, request, mode))


async def _acall(chat: DirectChat, request: ChatRequest, mode: str) -> ChatResponse:
    async with chat:
        return await (chat.acomplete(request) if mode == "acomplete" else chat.astream(request).until_done())


class DialectOf(OpenAIChat):
    """OpenAI's format in the words of one host."""

    def __init__(self, host: Host) -> None:
        """Read the words of *host*."""
        self._host = host

    def parse(self, request: RecordedRequest) -> ChatRequest:
        """Return the request as OpenAI would understand it."""
        return super().parse(attrs.evolve(request, body=self._host.in_openai_words(request.body.decode()).encode()))


def with_numbered_calls(messages: tuple[Message, ...]) -> list[Message]:
    """Return *messages* with the calls numbered from 1 on, and their results as well."""
    calls = [call for message in messages if isinstance(message, AssistantMessage) for call in message.tool_calls]
    numbers = {call.id: str(number) for number, call in enumerate(calls, 1)}
    return [_numbered(message, numbers) for message in messages]


def _numbered(message: Message, numbers: dict[str, str]) -> Message:
    if isinstance(message, AssistantMessage):
        return attrs.evolve(
            message, tool_calls=[attrs.evolve(call, id=numbers[call.id]) for call in message.tool_calls]
        )
    if isinstance(message, ToolMessage):
        return attrs.evolve(message, tool_call_id=numbers[message.tool_call_id])
    return message


def expected(name: str, host: Host) -> ChatRequest:
    """Return the request *name* without the settings that *host* does not accept."""
    request = history("1", "2", "3") if name == "history" else REQUESTS[name]
    unset = {setting: NOT_SENT[setting] for setting in host.ignored}
    settings = attrs.evolve(request.settings, **unset)
    return OpenAIChat().normalise(attrs.evolve(request, model=host.sent_model or host.model, settings=settings))


@pytest.mark.parametrize("provider", ROWS)
def test_requests_arrive_whole_or_are_refused(provider: str) -> None:
    host = HOSTS.get(provider, OPENAI)
    refused = set()

    with FakeProvider(Replies(), DialectOf(host)) as fake_provider:
        for (name, request), mode in zip(REQUESTS.items(), cycle(MODES), strict=False):
            with chat_of(provider, host, fake_provider.url) as chat:
                try:
                    response = call(chat, request, mode)
                except UnsupportedFeatureError:
                    refused.add(name)
                    continue
            sent = fake_provider.recorder.requests[-1]
            seen = fake_provider.recorder.last
            numbered = attrs.evolve(seen, messages=with_numbered_calls(seen.messages))
            assert expected(name, host) == numbered, name
            used = {field for field, value in attrs.asdict(request.settings).items() if value != NOT_SENT[field]}
            assert host.ignored & used == set(response.ignored_settings), name
            assert (host.path, f"{host.scheme}{KEY}") == (sent.path, sent.headers[host.header])
            asks_for_usage = "stream_options" in json.loads(sent.body)
            assert asks_for_usage == (host.stream_usage and json.loads(sent.body).get("stream") is True), name
            ids = [call.id for message in seen.messages for call in getattr(message, "tool_calls", ())]
            assert all(re.fullmatch(host.ids, id, re.DOTALL) for id in ids), ids

    assert host.refused == refused


@pytest.mark.parametrize("provider", ROWS)
def test_answers_are_read(provider: str) -> None:
    host = HOSTS.get(provider, OPENAI)
    for (name, scenario), mode in zip(ANSWERS.items(), cycle(MODES[len(provider) % 4 :] + MODES), strict=False):
        with FakeProvider(scenario) as fake_provider, chat_of(provider, host, fake_provider.url) as chat:
            if isinstance(scenario, Replies):
                response = call(chat, REQUESTS["text"], mode)
                wanted = expected_response(scenario)
                if mode.endswith("stream") and not host.stream_usage:
                    wanted = attrs.evolve(wanted, usage=None)  # the fake provider reports it on request alone
                assert _content(wanted) == _content(response), name
            else:
                with pytest.raises(ChatError) as caught:
                    call(chat, REQUESTS["text"], mode)
                assert provider == caught.value.provider, name
                if isinstance(scenario, Fails):
                    assert (scenario.status, scenario.retry_after) == (
                        caught.value.status_code,
                        caught.value.retry_after,
                    )


def _content(response: ChatResponse) -> tuple[object, ...]:
    message = response.message
    reasoning = "".join(part.text for part in message.reasoning)
    return message.content, message.tool_calls, reasoning, response.finish_reason, response.usage, response.id
