"""Requests as calls of LiteLLM: the model's row in LiteLLM's tables, or that of a Router's deployment."""

from __future__ import annotations

import attrs

from llm_core.domain.requests import ChatRequest
from llm_core.providers.environment import first_set
from llm_core.providers.registry import find_profile
from llm_core.transport.adapter_config import AdapterConfig
from llm_core.transport.credentials import key_in_environment
from llm_core.transport.dropped_settings import DroppedSettings
from llm_core.transport.error_mapping import ErrorContext, map_errors

from .completion_call import CompletionCall
from .exception_mapping import chat_error_from
from .litellm_module import Router
from .model_info import ModelInfo, find_model_info
from .prepared_request import prepare_request


@attrs.frozen(kw_only=True)
class CompletionCalls:
    """Turns requests into calls of LiteLLM, or of a Router."""

    config: AdapterConfig
    router: Router | None = None
    _dropped: DroppedSettings = attrs.field(
        default=attrs.Factory(lambda self: DroppedSettings(self.config.unsupported), takes_self=True), init=False
    )

    def attempt(self, request: ChatRequest) -> CompletionCall:
        """Return *request* as one call; nothing is sent yet.

        Raises:
            ChatError: the request cannot be sent at all.
        """
        with map_errors(lambda error: chat_error_from(error, self._context(request))):
            model = self._model(request.model or self.config.model)
            prepared = prepare_request(request, model, self.config)
            if prepared.api_key is None and self.router is None and not self.config.has_credential:
                prepared = attrs.evolve(prepared, api_key=_untidy_key(model.provider))
            self._dropped.report(model.name, prepared.ignored)
            return CompletionCall(prepared=prepared, config=self.config, router=self.router)

    def _model(self, name: str) -> ModelInfo:
        """Return the model called *name*; if it names deployments of the Router, the first of them stands for all."""
        deployments = None if self.router is None else self.router.get_model_list(model_name=name)
        for deployment in deployments or ():
            match deployment:
                case {"litellm_params": {"model": str(deployed)}}:
                    return attrs.evolve(find_model_info(deployed, self.config.api_base), name=name)
        return find_model_info(name, self.config.api_base)

    def _context(self, request: ChatRequest) -> ErrorContext:
        model = request.model or self.config.model
        provider, slash, _ = model.partition("/")
        return ErrorContext(provider=provider if slash else None, model=model, secrets=self.config.secrets)


def _untidy_key(provider: str) -> str | None:
    """Return the key in the provider's own variable without the white space around it; None if there is none around it.

    LiteLLM would send it; any other key it reads itself.
    """
    profile = find_profile(provider)
    if profile is None:
        return None
    found, key = first_set(profile.key_variables), key_in_environment(profile)
    return None if found == key else key
