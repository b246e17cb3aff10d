"""The port over LiteLLM: what decides stands in the other modules, and here the two colours differ in ``await``."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Literal, Self

from llm_core.domain.chat_settings import ChatSettings
from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse
from llm_core.ports.chat import AsyncChatStream, ChatStream
from llm_core.ports.streams import AsyncEventStream, EventStream

from .attempt import Attempt
from .call import Options


class LiteLLMChat:
    """A `ManagedChatPort` over every provider that LiteLLM knows; threads, tasks and event loops may share it.

    LiteLLM is imported by the first call: some seconds, once in a process.
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
        client: object = None,
        async_client: object = None,
        router: object = None,
    ) -> None:
        """Ask *model*, named as LiteLLM names it: ``openai/gpt-5-mini``.

        `api_key` None: LiteLLM reads the provider's own variable. `settings` are the defaults of every request;
        a setting that the model does not take is left out and named in `ignored_settings` (``drop``), or refused
        (``error``). `headers` go with every request; `provider_options` are LiteLLM's own keywords, as api_version,
        vertex_project or aws_region_name. `lane` direct, `client`, `async_client` and `router` are not there yet.

        Raises:
            ValueError: no model, or a provider option that the adapter sets itself.
            UnsupportedFeatureError: one of those that are not there yet.
        """
        later = {"client": client, "async_client": async_client, "router": router}
        for name, value in later.items():
            if value is not None:
                raise UnsupportedFeatureError(feature=name, model=model)
        if lane == "direct":
            raise UnsupportedFeatureError(feature="lane='direct'", model=model)
        self._options = Options(
            model=model,
            api_key=api_key,
            api_base=api_base,
            settings=settings or ChatSettings(),
            unsupported=unsupported,
            headers=headers or {},
            provider_options=provider_options or {},
        )

    def __repr__(self) -> str:
        """Show what it was given, keys masked."""
        return f"{type(self).__name__}({self._options})"

    def complete(self, request: ChatRequest, /) -> ChatResponse:
        """Return the whole answer; as `ChatPort` promises."""
        return Attempt(request, self._options).complete()

    def stream(self, request: ChatRequest, /) -> ChatStream:
        """Return the answer as events; as `ChatPort` promises."""
        return EventStream(Attempt(request, self._options).events())

    async def acomplete(self, request: ChatRequest, /) -> ChatResponse:
        """Return the whole answer; as `ChatPort` promises."""
        return await Attempt(request, self._options).acomplete()

    def astream(self, request: ChatRequest, /) -> AsyncChatStream:
        """Return the answer as events; as `ChatPort` promises."""
        return AsyncEventStream(Attempt(request, self._options).aevents())

    def close(self) -> None:
        """Do nothing: LiteLLM keeps its connections for the whole process."""

    async def aclose(self) -> None:
        """Do nothing: LiteLLM keeps its connections for the whole process."""

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Close."""

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Close."""
