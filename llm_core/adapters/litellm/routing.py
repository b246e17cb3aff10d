"""Which lane a request takes: the direct one where the provider is proven, LiteLLM's own call for all others."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Literal

import attrs

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.requests import ChatRequest
from llm_core.transport.transports import Transports

from .config import AdapterConfig
from .configs import find_config
from .direct import DirectAttempt
from .encoding import Endpoint, find_target
from .exception_mapping import ErrorContext, as_chat_error
from .model_info import ModelInfo, find_model_info
from .prepared_request import prepare_request
from .providers import PROVIDERS
from .refusals import drop_unsupported

if TYPE_CHECKING:
    from .completion_call import CallAttempt

_logger = logging.getLogger("llm_core.adapters.litellm")


@attrs.frozen
class Route:
    """The lane of a model, and why it is that one."""

    lane: Literal["direct", "call"]
    reason: str

    def __str__(self) -> str:
        """Say both."""
        return f"{self.lane}: {self.reason}"


def route_of(model: ModelInfo, options: AdapterConfig) -> Route:
    """Return the lane that *model* takes."""
    provider = PROVIDERS.get(model.provider)
    if options.lane == "call":
        return Route("call", "lane='call' was asked for")
    if options.router is not None:
        return Route("call", "a Router was handed in")
    if provider is None:
        return Route("call", f"{model.provider} is not in the direct table")
    own = sorted(set(options.provider_options) - provider.options)
    if own:
        return Route("call", f"provider_options: {own[0]} is for LiteLLM's own call")
    if find_config(model.provider, model.bare_name) is None:
        return Route("call", f"this LiteLLM has no config for {model.provider} that is as we know it")
    return Route("direct", f"{model.provider} is in the direct table")


def asked_model(name: str, options: AdapterConfig) -> ModelInfo:
    """Return the model that goes by *name*; of a Router's deployments that do, the first stands for all."""
    deployments = options.router.get_model_list(model_name=name) if options.router is not None else None
    for deployment in deployments or ():
        match deployment:
            case {"litellm_params": {"model": str(told)}}:
                return attrs.evolve(find_model_info(told, options.api_base), name=name)
    return find_model_info(name, options.api_base)


@attrs.define(eq=False)
class LaneRouter:
    """Chooses, and remembers for each model what it has found."""

    options: AdapterConfig
    connections: Transports
    _targets: dict[str, Endpoint | None] = attrs.field(factory=dict)

    def attempt(self, request: ChatRequest) -> DirectAttempt | CallAttempt:
        """Return *request* as one attempt; nothing is sent yet.

        Raises:
            ChatError: nobody could be asked for this.
        """
        try:
            return self._attempt(request)
        except Exception as error:  # noqa: BLE001 -- LiteLLM raises anything
            failure = as_chat_error(error, self._asked(request))
        raise failure

    def route(self) -> Route:
        """Return the lane of the adapter's own model; otherwise as `attempt`."""
        return route_of(asked_model(self.options.model, self.options), self.options)

    def _attempt(self, request: ChatRequest) -> DirectAttempt | CallAttempt:
        model = asked_model(request.model or self.options.model, self.options)
        target = self._target(model)
        planned = prepare_request(request, model, self.options, direct=target is not None)
        if target is None:
            from .completion_call import CallAttempt  # a sixth of the first call, and not needed on the other lane

            return CallAttempt(plan=planned, options=self.options)
        return DirectAttempt(
            request=request,
            options=self.options,
            plan=drop_unsupported(planned, unsupported=self.options.unsupported),
            target=target,
            connections=self.connections,
        )

    def _target(self, model: ModelInfo) -> Endpoint | None:
        if model.name not in self._targets:
            route = route_of(model, self.options)
            if route.lane == "call" and self.options.lane == "direct":
                raise UnsupportedFeatureError(feature="lane='direct'", detail=route.reason)
            if route.lane == "call" and model.provider in PROVIDERS:
                _logger.info("%s takes LiteLLM's own call: %s", model.name, route.reason)
            self._targets[model.name] = find_target(model, self.options) if route.lane == "direct" else None
        return self._targets[model.name]

    def _asked(self, request: ChatRequest) -> ErrorContext:
        model = request.model or self.options.model
        provider, slash, _ = model.partition("/")
        return ErrorContext(provider=provider if slash else None, model=model, secrets=self.options.secrets)
