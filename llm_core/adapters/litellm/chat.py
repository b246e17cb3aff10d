"""`LiteLLMChat`: the port over LiteLLM. Sync and async methods differ in ``await``; the other modules decide."""

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

    from llm_core.transport.attempt import Attempt

    from .completion_call import CompletionCall
    from .litellm_module import Router
    from .routing import LaneRouter


class LiteLLMChat(ManagedChatPort):
    """A chat over every provider that LiteLLM knows; threads, tasks and event loops may share it.

    The first call imports LiteLLM, which takes seconds, once in a process. Fork before or after that call: an import
    that a fork interrupts never ends in the child.

    `model` has LiteLLM's form: ``openai/gpt-5-mini``. `api_key` None: the provider's own variable is read. `settings`
    are the defaults of every request; a setting that the model does not support is left out and named in
    `ignored_settings` (``drop``), or refused (``error``). `headers` are sent with every request; `provider_options` are
    LiteLLM's own keyword arguments, such as api_version, vertex_project or aws_region_name.

    `lane` auto: our own transport (``direct``) for the providers whose profile has `direct` (recordings prove that our
    wires decode their answers correctly), and `litellm.completion` (``call``) for all others. `client` and
    `async_client` send the requests of the direct lane, for proxies, mTLS or tests; the caller closes them. `router`, a
    ``litellm.Router``, takes the place of LiteLLM's module on the call lane; `model` is then the name of its
    deployments.
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
        """Send nothing yet.

        Raises:
            ValueError: no model, an invalid choice, a reserved option, a router on the direct lane.
            ConfigurationError: LiteLLM is not installed.
        """
        require_litellm()
        self._config = AdapterConfig(
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
        # The first one counts; no lock, which a fork could copy while it is held.
        self._lane_routers: list[LaneRouter] = []

    def __repr__(self) -> str:
        """Show the configuration, keys masked."""
        return f"{type(self).__name__}({self._config})"

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
        """Return the lane of its model, and the reason, as in ``direct: openai is in the direct table``.

        Raises:
            ModelNotFoundError: no provider has the model's prefix.
        """
        return str(self._lane_router().route())

    def close(self) -> None:
        """Close the connections of the direct lane; LiteLLM keeps its own for the whole process."""
        for lane_router in self._lane_routers:
            lane_router.transports.close()

    async def aclose(self) -> None:
        """Close them, and those of the running event loop."""
        for lane_router in self._lane_routers:
            await lane_router.transports.aclose()

    def _attempt(self, request: ChatRequest) -> Attempt | CompletionCall:
        return self._lane_router().attempt(request)

    def _lane_router(self) -> LaneRouter:
        if not self._lane_routers:
            litellm()  # first: it sets LiteLLM's environment before anything else imports it
            from llm_core.transport.transports import Transports

            from .routing import LaneRouter  # imports httpx

            self._lane_routers.append(LaneRouter(self._config, Transports(*self._clients)))
        return self._lane_routers[0]

    def _events(self, request: ChatRequest) -> Generator[StreamEvent, None, None]:
        yield from self._attempt(request).events()

    async def _aevents(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        async with aclosing(self._attempt(request).aevents()) as events:
            async for event in events:
                yield event
