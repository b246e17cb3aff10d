"""Which lane a request takes: direct if the provider is in the table of profiles, else LiteLLM's own call."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Literal

import attrs

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.requests import ChatRequest
from llm_core.providers.registry import DIRECT
from llm_core.transport.attempt import Attempt
from llm_core.transport.error_mapping import ErrorContext, map_errors
from llm_core.transport.masking import url_keys
from llm_core.transport.transports import Transports

from .config import AdapterConfig, extra_keys
from .configs import find_config
from .encoding import Endpoint, encode, find_endpoint
from .exception_mapping import chat_error_from
from .model_info import ModelInfo, find_model_info
from .prepared_request import PreparedRequest, prepare_request
from .pricing import price_of
from .refusals import drop_unsupported

if TYPE_CHECKING:
    from .completion_call import CompletionCall

_logger = logging.getLogger("llm_core.adapters.litellm")


@attrs.frozen
class Route:
    """The lane of a model, and the reason for it."""

    lane: Literal["direct", "call"]
    reason: str

    def __str__(self) -> str:
        """Return both in one line."""
        return f"{self.lane}: {self.reason}"


def route_of(model: ModelInfo, config: AdapterConfig) -> Route:
    """Return the lane that *model* takes."""
    profile = DIRECT.get(model.provider)
    if config.lane == "call":
        return Route("call", "lane='call' is set")
    if config.router is not None:
        return Route("call", "a Router is set")
    if profile is None:
        return Route("call", f"{model.provider} is not in the direct table")
    other_options = sorted(set(config.provider_options) - profile.provider_options)
    if other_options:
        return Route("call", f"provider_options: {other_options[0]} is for LiteLLM's own call")
    if find_config(model.provider, model.bare_name) is None:
        return Route("call", f"this LiteLLM has no usable config for {model.provider}")
    return Route("direct", f"{model.provider} is in the direct table")


def requested_model(name: str, config: AdapterConfig) -> ModelInfo:
    """Return the model called *name*; if it names deployments of a Router, the first of them stands for all."""
    deployments = config.router.get_model_list(model_name=name) if config.router is not None else None
    for deployment in deployments or ():
        match deployment:
            case {"litellm_params": {"model": str(deployed)}}:
                return attrs.evolve(find_model_info(deployed, config.api_base), name=name)
    return find_model_info(name, config.api_base)


@attrs.define(eq=False)
class LaneRouter:
    """Chooses the lane of each request, and remembers the endpoint of each model."""

    config: AdapterConfig
    transports: Transports
    _endpoints: dict[str, Endpoint | None] = attrs.field(factory=dict)

    def attempt(self, request: ChatRequest) -> Attempt | CompletionCall:
        """Return *request* as one attempt; nothing is sent yet.

        Raises:
            ChatError: the request cannot be sent at all.
        """
        with map_errors(lambda error: chat_error_from(error, self._context(request))):
            return self._attempt(request)

    def route(self) -> Route:
        """Return the lane of the adapter's own model. Raises as `attempt` does."""
        return route_of(requested_model(self.config.model, self.config), self.config)

    def _attempt(self, request: ChatRequest) -> Attempt | CompletionCall:
        model = requested_model(request.model or self.config.model, self.config)
        endpoint = self._endpoint(model)
        prepared = prepare_request(request, model, self.config, direct=endpoint is not None)
        if endpoint is None:
            # A sixth of the first call's time, which the other lane spares.
            from .completion_call import CompletionCall

            return CompletionCall(prepared=prepared, config=self.config)
        prepared = drop_unsupported(prepared, unsupported=self.config.unsupported)
        return self._direct(request, prepared, endpoint)

    def _direct(self, request: ChatRequest, prepared: PreparedRequest, endpoint: Endpoint) -> Attempt:
        model = prepared.model
        found = (endpoint.api_key, *url_keys(endpoint.api_base), *extra_keys(prepared.extra))
        context = ErrorContext(provider=model.provider, model=model.name, secrets=(*self.config.secrets, *found))
        return Attempt(
            encode=partial(encode, prepared, request.messages, endpoint, self.config),
            profile=endpoint.profile,
            provider=model.provider,
            context=context,
            timeout=prepared.timeout,
            ignored=prepared.ignored,
            price=partial(price_of, model=model),
            transports=self.transports,
        )

    def _endpoint(self, model: ModelInfo) -> Endpoint | None:
        if model.name not in self._endpoints:
            route = route_of(model, self.config)
            if route.lane == "call" and self.config.lane == "direct":
                raise UnsupportedFeatureError(feature="lane='direct'", detail=route.reason)
            if route.lane == "call" and model.provider in DIRECT:
                _logger.info("%s takes LiteLLM's own call: %s", model.name, route.reason)
            self._endpoints[model.name] = find_endpoint(model, self.config) if route.lane == "direct" else None
        return self._endpoints[model.name]

    def _context(self, request: ChatRequest) -> ErrorContext:
        model = request.model or self.config.model
        provider, slash, _ = model.partition("/")
        return ErrorContext(provider=provider if slash else None, model=model, secrets=self.config.secrets)
