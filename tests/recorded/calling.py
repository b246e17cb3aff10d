"""Calls `LiteLLMChat` for recorded exchanges, sync and async, whole or as a stream."""

import asyncio
from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

import attrs

from llm_core import ChatRequest, ChatResponse, ChatSettings, StreamEvent, Tool, UserMessage, response_from_events
from llm_core.adapters.litellm import LiteLLMChat

from .exchanges import Exchange
from .fake_provider import HEADER, Splitting

Lane: TypeAlias = Literal["call", "direct"]
Mode: TypeAlias = Literal["complete", "stream", "acomplete", "astream"]

_PREFIXES = {
    "anthropic_messages": "anthropic",
    "gemini": "gemini",
    "cohere_chat": "cohere_chat",
    "ollama_chat": "ollama_chat",
}
_OPENAI_WIRE = frozenset(
    {
        *("openai", "azure", "groq", "mistral", "deepseek", "openrouter"),
        *("xai", "together_ai", "fireworks_ai", "perplexity"),
    }
)
_PATHS = {
    "anthropic": "",
    "azure": "",
    "cohere_chat": "/v2/chat",
    "gemini": "/v1beta",
    "ollama_chat": "",
}
_DEFAULT_MODELS = {"anthropic_messages": "claude-sonnet-4-5"}  # for recordings without their request
_AZURE = {"api_version": "2024-12-01-preview"}
_TIMEOUT = 60.0


@attrs.frozen
class Play:
    """One exchange, the mode of the call, and how the body is split into packets."""

    exchange: Exchange
    mode: Mode
    splitting: Splitting


@attrs.frozen
class Seen:
    """The outcome; `from_events` is the response built from the events of a stream before `StreamEnd`."""

    outcome: ChatResponse | Exception
    from_events: ChatResponse | None = None


def model_of(exchange: Exchange) -> str:
    """Return LiteLLM's name of the model."""
    known = exchange.provider if exchange.provider in _OPENAI_WIRE else "openai"
    return f"{_PREFIXES.get(exchange.wire, known)}/{_bare_model(exchange)}"


def prefix_of(exchange: Exchange) -> str:
    """Return LiteLLM's name of the provider."""
    return model_of(exchange).partition("/")[0]


def _bare_model(exchange: Exchange) -> str:
    model = (exchange.request_body or {}).get("model")
    if isinstance(model, str):
        return model
    parts = urlsplit(exchange.url_path).path.split("/")
    positions = [at for at, part in enumerate(parts[:-1]) if part in ("models", "deployments")]
    return parts[positions[-1] + 1].partition(":")[0] if positions else _DEFAULT_MODELS.get(exchange.wire, "some-model")


def chat_for(play: Play, url: str, lane: Lane) -> LiteLLMChat:
    """Return the adapter that requests *play* from *url*."""
    model = model_of(play.exchange)
    prefix = prefix_of(play.exchange)
    return LiteLLMChat(
        model,
        api_key="made-up",
        api_base=url + _PATHS.get(prefix, "/v1"),
        lane=lane,
        headers={HEADER: f"{play.exchange.id}/{play.splitting}"},
        settings=ChatSettings(timeout=_TIMEOUT),
        wire="responses" if play.exchange.wire == "openai_responses" else "auto",
        provider_options=_AZURE if prefix == "azure" else {},
    )


def request_for(exchange: Exchange) -> ChatRequest:
    """Return a request that fits the recorded answer: it offers the tools that the answer calls."""
    names = sorted({call.name for call in exchange.expected.tool_calls if call.name})
    tools = [Tool(name=name, description="", parameters={"type": "object", "properties": {}}) for name in names]
    return ChatRequest(messages=[UserMessage("Hello")], tools=tools)


def call_all(plays: Iterable[Play], url: str, lane: Lane) -> Iterator[tuple[Play, Seen]]:
    """Call for each of *plays*, one after the other; the async ones last, in one event loop."""
    async_plays = []
    for play in plays:
        if play.mode in ("acomplete", "astream"):
            async_plays.append(play)
        else:
            yield play, _call(play, chat_for(play, url, lane))
    if async_plays:
        yield from asyncio.run(_acall_each(async_plays, url, lane))


async def _acall_each(plays: Iterable[Play], url: str, lane: Lane) -> list[tuple[Play, Seen]]:
    seen = [(play, await _acall(play, chat_for(play, url, lane))) for play in plays]
    if lane == "call":
        await _close_clients()
    return seen


async def _close_clients() -> None:
    """Close the clients that LiteLLM keeps for this event loop, else it warns at the end of the process."""
    from litellm.llms.custom_httpx.async_client_cleanup import close_litellm_async_clients

    await close_litellm_async_clients()


def _call(play: Play, chat: LiteLLMChat) -> Seen:
    request = request_for(play.exchange)
    try:
        with chat:
            if play.mode == "complete":
                return Seen(chat.complete(request))
            with chat.stream(request) as stream:
                events = list(stream)
            return _streamed(events, stream.response)
    except Exception as error:  # noqa: BLE001 -- reported as a difference
        return Seen(error)


async def _acall(play: Play, chat: LiteLLMChat) -> Seen:
    request = request_for(play.exchange)
    try:
        async with chat:
            if play.mode == "acomplete":
                return Seen(await chat.acomplete(request))
            async with chat.astream(request) as stream:
                events = [event async for event in stream]
            return _streamed(events, stream.response)
    except Exception as error:  # noqa: BLE001 -- as above
        return Seen(error)


def _streamed(events: Iterable[StreamEvent], response: ChatResponse) -> Seen:
    return Seen(response, response_from_events(events))
