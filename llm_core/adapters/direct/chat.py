"""`DirectChat`: the port over a provider's profile, its wire and our transport."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Generator, Mapping
from contextlib import aclosing
from copy import copy

from llm_core.domain.events import StreamEvent
from llm_core.domain.model_description import ModelDescription
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse
from llm_core.domain.settings import ChatSettings
from llm_core.ports.chat import AsyncChatStream, ChatStream, ManagedChatPort
from llm_core.ports.streams import AsyncEventStream, EventStream, UsageReport
from llm_core.providers.profile import WireChoice
from llm_core.transport.adapter_config import AdapterConfig, Unsupported
from llm_core.transport.client_transport import AsyncClient, SyncClient
from llm_core.transport.direct_calls import DirectCalls, Price, PriceWithoutWrites, no_price
from llm_core.transport.open_call import OpenCall
from llm_core.transport.secret_values import secret_headers, secret_key, secret_url
from llm_core.transport.transports import Transports, require_libraries


class DirectChat(ManagedChatPort):
    """A chat over the providers that have a profile; threads, tasks and event loops may share it.

    `model` has the form ``openai/gpt-5-mini``. `api_key` None: the provider's own variable is read; a function is
    called once for each request. `settings` are the defaults of every request; a setting that the model does not accept
    is left out and named in `ignored_settings` (``drop``), or refused (``error``). `supported_settings` names those
    that the model accepts, for a deployment under a name of its own. `wire` chooses among OpenAI's two APIs: chat
    completions (``chat``), Responses, or (``auto``) the one that the model needs. `headers` are sent with every
    request; a credential among them takes the place of the key. `price` returns US dollars from the model's name and
    its usage, of the usual service tier, and of writes to the prompt cache that last for five minutes: no other price
    is claimed. `client` and `async_client` send the requests, for proxies, mTLS or tests; the caller closes them.
    """

    def __init__(
        self,
        model: str,
        *,
        api_key: str | Callable[[], str] | None = None,
        api_base: str | None = None,
        settings: ChatSettings | None = None,
        unsupported: Unsupported = "drop",
        supported_settings: Collection[str] | None = None,
        wire: WireChoice = "auto",
        headers: Mapping[str, str] | None = None,
        price: Price | None = None,
        client: SyncClient | None = None,
        async_client: AsyncClient | None = None,
    ) -> None:
        """Send nothing yet.

        Raises:
            ValueError: no model, an invalid choice, a header that the transport sets.
            ConfigurationError: the libraries of the extra ``direct`` are not installed.
        """
        api_key, api_base, headers = secret_key(api_key), secret_url(api_base), secret_headers(headers)
        require_libraries()
        config = AdapterConfig(
            model=model,
            api_key=api_key,
            api_base=api_base,
            settings=settings or ChatSettings(),
            unsupported=unsupported,
            supported_settings=supported_settings,
            wire=wire,
            headers=headers,
        )
        price = price or no_price
        self._calls = DirectCalls(config, Transports(client, async_client), price, PriceWithoutWrites(price))

    def __repr__(self) -> str:
        """Show the configuration, keys masked."""
        return f"{type(self).__name__}({self._calls.config})"

    def __getstate__(self) -> dict[str, object]:
        """Pickle and copy without connections. Raises TypeError with a client that was passed in."""
        return {"_calls": copy(self._calls)}

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        """Return the whole answer; as `ChatPort` promises."""
        return self._calls.attempt(request).complete()

    def stream(self, request: ChatRequest, /) -> ChatStream:
        """Return the answer as events; as `ChatPort` promises."""
        usage, call = UsageReport(), OpenCall()
        return EventStream(self._events(request, usage, call), usage, call.abort)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        """Return the whole answer; as `ChatPort` promises."""
        return await self._calls.attempt(request).acomplete()

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        """Return the answer as events; as `ChatPort` promises."""
        usage = UsageReport()
        return AsyncEventStream(self._aevents(request, usage), usage)

    def describe(self) -> ModelDescription:
        """Return what is known of its model. Raises ModelNotFoundError for an unknown provider."""
        return self._calls.describe()

    def close(self) -> None:
        """Close the connections of sync calls; those in progress end with an error, in whichever thread they wait."""
        self._calls.transports.close()

    async def aclose(self) -> None:
        """Close the connections of the running event loop, and the idle ones of sync calls.

        Calls in progress in other threads and event loops go on; those in this event loop end with an error.
        """
        await self._calls.transports.aclose()

    def _events(self, request: ChatRequest, usage: UsageReport, call: OpenCall) -> Generator[StreamEvent, None, None]:
        yield from self._calls.attempt(request).events(usage, call)

    async def _aevents(self, request: ChatRequest, usage: UsageReport) -> AsyncGenerator[StreamEvent, None]:
        async with aclosing(self._calls.attempt(request).aevents(usage)) as events:
            async for event in events:
                yield event
