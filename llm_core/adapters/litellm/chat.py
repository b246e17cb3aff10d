"""`LiteLLMChat`: the port over LiteLLM's model names. Sync and async methods differ in ``await``."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Generator, Mapping
from contextlib import aclosing
from copy import copy
from functools import cached_property, partial
from typing import TYPE_CHECKING

import attrs

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.events import StreamEvent
from llm_core.domain.model_description import ModelDescription
from llm_core.domain.requests import ChatRequest, require_request
from llm_core.domain.responses import ChatResponse
from llm_core.domain.settings import ChatSettings
from llm_core.ports.chat import AsyncChatStream, ChatStream, ManagedChatPort
from llm_core.ports.streams import AsyncEventStream, EventStream, UsageReport
from llm_core.providers.profile import WireChoice
from llm_core.transport.adapter_config import AdapterConfig, Unsupported
from llm_core.transport.client_transport import AsyncClient, SyncClient
from llm_core.transport.direct_calls import DirectCalls
from llm_core.transport.open_call import OpenCall
from llm_core.transport.secret_values import secret_headers, secret_key, secret_options, secret_url
from llm_core.transport.transports import Transports

from .litellm_module import require_litellm
from .price_map import context_window_of, price_of, token_rates_of
from .provider_options import check_options
from .routing import Lane, Route, route_of

if TYPE_CHECKING:
    from llm_core.transport.attempt import Attempt

    from .completion_call import CompletionCall
    from .completion_calls import CompletionCalls
    from .litellm_module import Router


class LiteLLMChat(ManagedChatPort):
    """A chat over every provider that LiteLLM knows; threads, tasks and event loops may share it.

    `model` has LiteLLM's form: ``openai/gpt-5-mini``. `api_key` None: the provider's own variable is read; a function
    is called once for each request. `settings` are the defaults of every request; a setting that the model does not
    accept is left out and named in `ignored_settings` (``drop``), or refused (``error``); `supported_settings` names
    those that it accepts, for a deployment under a name of its own. `wire` chooses among OpenAI's two APIs on the
    direct lane: chat completions (``chat``), Responses, or (``auto``) the one that the model needs. `headers` are sent
    with every request, and a credential among them takes the place of the key. `provider_options` are LiteLLM's own
    keyword arguments, such as api_version, vertex_project or aws_region_name.

    `lane` auto: our own wires and transport (``direct``), which import no LiteLLM, for the providers that have a
    profile, and `litellm.completion` (``call``) for all others. The first call of that lane imports LiteLLM, which
    takes seconds, once in a process; fork before or after it: an import that a fork interrupts never ends in the child.
    A key from a secret manager that LiteLLM knows needs ``call``.

    `client` and `async_client` send the requests of the direct lane, for proxies, mTLS or tests; the caller closes
    them. `router`, a ``litellm.Router``, takes the place of LiteLLM's module on the call lane; `model` is then the name
    of its deployments.
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
        lane: Lane = "auto",
        headers: Mapping[str, str] | None = None,
        provider_options: Mapping[str, object] | None = None,
        client: SyncClient | None = None,
        async_client: AsyncClient | None = None,
        router: Router | None = None,
    ) -> None:
        """Send nothing yet.

        Raises:
            ValueError: no model, an invalid choice, a reserved option, a router on the direct lane.
            ConfigurationError: LiteLLM is not installed.
        """
        api_key, api_base, headers = secret_key(api_key), secret_url(api_base), secret_headers(headers)
        provider_options = secret_options(provider_options)
        require_litellm()
        check_options(provider_options)
        if lane not in ("auto", "direct", "call"):
            raise ValueError(f"lane: must be one of auto, direct, call, got {lane!r}")
        if router is not None and lane == "direct":
            raise ValueError("router: a Router needs LiteLLM's own call, not lane='direct'")
        config = AdapterConfig(
            model=model,
            api_key=api_key,
            api_base=api_base,
            settings=settings or ChatSettings(),
            unsupported=unsupported,
            supported_settings=supported_settings,
            wire=wire,
            headers=headers,
            provider_options=provider_options,
        )
        self._config, self._lane, self._router = config, lane, router
        self._direct = DirectCalls(config, Transports(client, async_client), price_of, partial(price_of, cache="1h"))

    def __repr__(self) -> str:
        """Show the configuration, keys masked."""
        return f"{type(self).__name__}({self._config}, lane={self._lane!r})"

    def __getstate__(self) -> dict[str, object]:
        """Pickle and copy without connections. Raises TypeError with a client or a router that was passed in."""
        if self._router is not None:
            raise TypeError("a chat with a router cannot be pickled or copied")
        return {"_config": self._config, "_lane": self._lane, "_router": None, "_direct": copy(self._direct)}

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        """Return the whole answer; as `ChatPort` promises."""
        return self._attempt(request).complete()

    def stream(self, request: ChatRequest, /) -> ChatStream:
        """Return the answer as events; as `ChatPort` promises."""
        usage, call = UsageReport(), OpenCall()
        return EventStream(self._events(request, usage, call), usage, call.abort)

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        """Return the whole answer; as `ChatPort` promises."""
        return await self._attempt(request).acomplete()

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        """Return the answer as events; as `ChatPort` promises."""
        usage = UsageReport()
        return AsyncEventStream(self._aevents(request, usage), usage)

    def route(self) -> str:
        """Return the lane of its model, and the reason, as in ``direct: openai has a profile``."""
        return str(self._route(self._config.model))

    def describe(self) -> ModelDescription:
        """Return what is known of its model: prices and context window, on the direct lane also what it accepts."""
        model = self._config.model
        elsewhere = ModelDescription(closes_from_other_threads=False)  # LiteLLM's reads cannot be interrupted
        known = elsewhere if self._route(model).lane == "call" else self._direct.describe()
        input_rate, output_rate = token_rates_of(model)
        return attrs.evolve(
            known,
            context_window=context_window_of(model),
            input_usd_per_token=input_rate,
            output_usd_per_token=output_rate,
        )

    def close(self) -> None:
        """Close the connections of the direct lane's sync calls; those in progress end with an error.

        LiteLLM keeps its own connections for the whole process.
        """
        self._direct.transports.close()

    async def aclose(self) -> None:
        """Close the direct lane's connections of the running event loop, and the idle ones of sync calls.

        Calls in progress in other threads and event loops go on; those in this event loop end with an error.
        """
        await self._direct.transports.aclose()

    def _route(self, model: str) -> Route:
        return route_of(model, self._lane, self._config.provider_options, has_router=self._router is not None)

    def _attempt(self, request: ChatRequest) -> Attempt | CompletionCall:
        require_request(request)
        model = request.model or self._config.model
        route = self._route(model)
        if route.lane == "direct":
            return self._direct.attempt(request)
        if self._lane == "direct":
            provider = model.partition("/")[0] if "/" in model else None
            raise UnsupportedFeatureError(feature="lane='direct'", detail=route.reason, provider=provider, model=model)
        return self._completion.attempt(request)

    @cached_property
    def _completion(self) -> CompletionCalls:
        from .completion_calls import CompletionCalls  # slow to import

        return CompletionCalls(config=self._config, router=self._router)

    def _events(self, request: ChatRequest, usage: UsageReport, call: OpenCall) -> Generator[StreamEvent, None, None]:
        yield from self._attempt(request).events(usage, call)

    async def _aevents(self, request: ChatRequest, usage: UsageReport) -> AsyncGenerator[StreamEvent, None]:
        async with aclosing(self._attempt(request).aevents(usage)) as events:
            async for event in events:
                yield event
