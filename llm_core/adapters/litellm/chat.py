"""The port over LiteLLM: what decides stands in the other modules, and here the two colours differ in ``await``."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Literal

from llm_core.domain.events import StreamEvent
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse
from llm_core.domain.settings import ChatSettings
from llm_core.ports.chat import AsyncChatStream, ChatStream, ManagedChatPort
from llm_core.ports.streams import AsyncEventStream, EventStream

from .config import AdapterConfig
from .litellm_module import litellm, require_litellm

if TYPE_CHECKING:
    import httpx

    from .completion_call import CallAttempt
    from .direct import DirectAttempt
    from .litellm_module import Router
    from .routing import LaneRouter


class LiteLLMChat(ManagedChatPort):
    """A chat over every provider that LiteLLM knows; threads, tasks and event loops may share it.

    LiteLLM is imported by the first call: some seconds, once in a process. Fork before that call or after it: Python
    never ends an import that a fork cuts in two.

    `model` is named as LiteLLM names it: ``openai/gpt-5-mini``. `api_key` None: the provider's own variable is read.
    `settings` are the defaults of every request; a setting that the model does not take is left out and named in
    `ignored_settings` (``drop``), or refused (``error``). `headers` go with every request; `provider_options` are
    LiteLLM's own keywords, as api_version, vertex_project or aws_region_name.

    `lane` auto: our own transport (``direct``) where the provider's answers are proven to be read right, LiteLLM's own
    ``call`` for all others. `client` and `async_client` carry the direct lane, for proxies, mTLS or tests; who hands
    one in closes it. `router`, a ``litellm.Router``, is asked instead of LiteLLM itself, on the call lane; its
    deployments go by the name that `model` is then.
    """

    def __init__(
        self,
        model: str,
        *,
        api_key: str | None = None,
        api_base: str | None = None,
        settings: ChatSettings | None = None,
        unsupported: Literal["drop", "error"] = "drop",
        lane: Literal["auto", "direct", "call"] = "auto",
        headers: Mapping[str, str] | None = None,
        provider_options: Mapping[str, object] | None = None,
        client: httpx.Client | None = None,
        async_client: httpx.AsyncClient | None = None,
        router: Router | None = None,
    ) -> None:
        """Ask nothing yet.

        Raises:
            ValueError: no model, an unknown word, an option of the adapter's own, a router on the direct lane.
            ConfigurationError: LiteLLM is not installed.
        """
        require_litellm()
        self._options = AdapterConfig(
            model=model,
            api_key=api_key,
            api_base=api_base,
            settings=settings or ChatSettings(),
            unsupported=unsupported,
            headers=headers or {},
            provider_options=provider_options or {},
            lane=lane,
            router=router,
        )
        self._clients = (client, async_client)
        self._lanes: list[LaneRouter] = []  # the first is in force; without a lock, which a fork might copy locked

    def __repr__(self) -> str:
        """Show what it was given, keys masked."""
        return f"{type(self).__name__}({self._options})"

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        """Return the whole answer; as `ChatPort` promises."""
        return self._attempt(request).complete()

    def stream(self, request: ChatRequest, /) -> ChatStream:
        """Return the answer as events; as `ChatPort` promises."""
        return EventStream(self._events(request))

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        """Return the whole answer; as `ChatPort` promises."""
        return await self._attempt(request).acomplete()

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        """Return the answer as events; as `ChatPort` promises."""
        return AsyncEventStream(self._aevents(request))

    def route(self) -> str:
        """Return the lane that its model takes, and why, as in ``direct: openai is in the direct table``.

        Raises:
            ModelNotFoundError: no provider goes by the model's prefix.
        """
        return str(self._chosen().route())

    def close(self) -> None:
        """Close the connections of the direct lane; LiteLLM keeps its own for the whole process."""
        for lanes in self._lanes:
            lanes.connections.close()

    async def aclose(self) -> None:
        """Close them, and those of the running event loop."""
        for lanes in self._lanes:
            await lanes.connections.aclose()

    def _attempt(self, request: ChatRequest) -> DirectAttempt | CallAttempt:
        return self._chosen().attempt(request)

    def _chosen(self) -> LaneRouter:
        if not self._lanes:
            litellm()  # first, so that nobody else imports it less quietly
            from llm_core.transport.transports import Transports

            from .routing import LaneRouter  # httpx, so only now

            self._lanes.append(LaneRouter(self._options, Transports(*self._clients)))
        return self._lanes[0]

    def _events(self, request: ChatRequest) -> Generator[StreamEvent, None, None]:
        yield from self._attempt(request).events()

    async def _aevents(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        async with aclosing(self._attempt(request).aevents()) as events:
            async for event in events:
                yield event
