"""Call for recorded exchanges through `LiteLLMChat`, in each colour, whole or as a stream."""

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
_UNNAMED = {"anthropic_messages": "claude-sonnet-4-5"}  # where the recording keeps no request
_AZURE = {"api_version": "2024-12-01-preview"}
_SECONDS = 60.0


@attrs.frozen
class Play:
    """One exchange, how it is asked for, and in which pieces it comes."""

    exchange: Exchange
    mode: Mode
    splitting: Splitting


@attrs.frozen
class Seen:
    """What came of it; `folded` is what the events of a stream tell without their end."""

    outcome: ChatResponse | Exception
    folded: ChatResponse | None = None


def model_of(exchange: Exchange) -> str:
    """Return the model's name as LiteLLM knows it."""
    known = exchange.provider if exchange.provider in _OPENAI_WIRE else "openai"
    return f"{_PREFIXES.get(exchange.wire, known)}/{_bare_model(exchange)}"


def prefix_of(exchange: Exchange) -> str:
    """Return the name that LiteLLM knows the provider by."""
    return model_of(exchange).partition("/")[0]


def _bare_model(exchange: Exchange) -> str:
    told = (exchange.request_body or {}).get("model")
    if isinstance(told, str):
        return told
    parts = urlsplit(exchange.url_path).path.split("/")
    places = [at for at, part in enumerate(parts[:-1]) if part in ("models", "deployments")]
    return parts[places[-1] + 1].partition(":")[0] if places else _UNNAMED.get(exchange.wire, "some-model")


def chat_for(play: Play, url: str, lane: Lane) -> LiteLLMChat:
    """Return the adapter that asks for *play* at *url*."""
    model = model_of(play.exchange)
    prefix = prefix_of(play.exchange)
    return LiteLLMChat(
        model,
        api_key="made-up",
        api_base=url + _PATHS.get(prefix, "/v1"),
        lane=lane,
        headers={HEADER: f"{play.exchange.id}/{play.splitting}"},
        settings=ChatSettings(timeout=_SECONDS),
        provider_options=_AZURE if prefix == "azure" else {},
    )


def request_for(exchange: Exchange) -> ChatRequest:
    """Return a question that the answer may follow: with the tools that it calls."""
    names = sorted({call.name for call in exchange.expected.tool_calls if call.name})
    tools = [Tool(name=name, description="", parameters={"type": "object", "properties": {}}) for name in names]
    return ChatRequest(messages=[UserMessage("Hello")], tools=tools)


def ask_all(plays: Iterable[Play], url: str, lane: Lane) -> Iterator[tuple[Play, Seen]]:
    """Ask for each of *plays*, one after the other; the asynchronous ones at the end, in one event loop."""
    waiting = []
    for play in plays:
        if play.mode in ("acomplete", "astream"):
            waiting.append(play)
        else:
            yield play, _ask(play, chat_for(play, url, lane))
    if waiting:
        yield from asyncio.run(_ask_each(waiting, url, lane))


async def _ask_each(plays: Iterable[Play], url: str, lane: Lane) -> list[tuple[Play, Seen]]:
    seen = [(play, await _aask(play, chat_for(play, url, lane))) for play in plays]
    if lane == "call":
        await _let_go()
    return seen


async def _let_go() -> None:
    """Close what LiteLLM keeps for this event loop: it complains at the end of the process, where nobody listens."""
    from litellm.llms.custom_httpx.async_client_cleanup import close_litellm_async_clients

    await close_litellm_async_clients()


def _ask(play: Play, chat: LiteLLMChat) -> Seen:
    request = request_for(play.exchange)
    try:
        with chat:
            if play.mode == "complete":
                return Seen(chat.complete(request))
            with chat.stream(request) as stream:
                events = list(stream)
            return _streamed(events, stream.response)
    except Exception as error:  # noqa: BLE001 -- whatever escapes is shown as a difference
        return Seen(error)


async def _aask(play: Play, chat: LiteLLMChat) -> Seen:
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
