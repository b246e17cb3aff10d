"""The calls of an adapter that speaks to providers itself: from a request to one attempt over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from decimal import Decimal
from functools import partial
from typing import TypeAlias

import attrs

from llm_core.domain.errors import ChatError, InvalidRequestError
from llm_core.domain.model_description import ModelDescription
from llm_core.domain.requests import ChatRequest, require_request
from llm_core.domain.settings import NO_SETTINGS, ChatSettings
from llm_core.domain.usage import Usage
from llm_core.ports.chat import DEFAULT_TIMEOUT
from llm_core.providers.accepted import accepted_settings, require_features
from llm_core.providers.rules.responses import takes_responses

from .adapter_config import AdapterConfig, extra_keys
from .attempt import Attempt
from .dropped_settings import DroppedSettings
from .endpoints import Target, describe, find_target
from .error_mapping import Chain, ErrorContext, as_chat_error, map_errors
from .own_headers import OwnHeaders
from .transports import Transports

Price: TypeAlias = Callable[[str, Usage], Decimal | None]  # from a model's name and usage to US dollars

STANDARD_TIERS = frozenset({None, "auto", "default", "standard", "standard_only", "on_demand"})
"""The service tiers with the listed prices: what providers use where a request names none."""


def no_price(_: str, __: Usage) -> None:
    """Return None: no price is known."""


@attrs.frozen
class PriceWithoutWrites:
    """A price that is known only if nothing was written to the prompt cache."""

    price: Price

    def __call__(self, model: str, usage: Usage, /) -> Decimal | None:
        """Return the price of *usage*; None with tokens that were written."""
        return None if usage.cache_write_tokens else self.price(model, usage)


@attrs.define(eq=False)
class DirectCalls:
    """Turns requests into attempts, and remembers the endpoint of each model.

    `price_1h` is the price of calls whose writes to the prompt cache last for an hour, `price` that of all others.
    """

    config: AdapterConfig
    transports: Transports = attrs.field(factory=Transports, repr=False)
    price: Price = attrs.field(default=no_price, repr=False)
    price_1h: Price = attrs.field(default=no_price, repr=False)
    _targets: dict[str, Target] = attrs.field(factory=dict, init=False, repr=False)
    _dropped: DroppedSettings = attrs.field(init=False, repr=False)
    _old_versions: set[str] = attrs.field(factory=set, init=False, repr=False)  # those that were logged

    def __attrs_post_init__(self) -> None:
        """Start without a warning."""
        self._dropped = DroppedSettings(self.config.unsupported)

    def __reduce__(self) -> tuple[type[DirectCalls], tuple[AdapterConfig, Transports, Price, Price]]:
        """Pickle and copy without connections."""
        return DirectCalls, (self.config, copy(self.transports), self.price, self.price_1h)

    def attempt(self, request: ChatRequest) -> Attempt:
        """Return *request* as one attempt; nothing is sent yet.

        Raises:
            ChatError: the request cannot be sent at all.
        """
        require_request(request)
        name = request.model or self.config.model
        with map_errors(partial(self._failure, name)):
            return self._attempt(request, name)

    def describe(self) -> ModelDescription:
        """Return what is known of the adapter's model. Raises ModelNotFoundError for an unknown provider."""
        name = self.config.model
        with map_errors(partial(self._failure, name)):
            known = describe(name, self.config)
        return attrs.evolve(known, closes_from_other_threads=self.transports.client is None)

    def _attempt(self, request: ChatRequest, name: str) -> Attempt:
        own, defaults = request.settings, self.config.settings
        merged = own if defaults == NO_SETTINGS else own.with_defaults(defaults)
        target, settings, ignored = self._choose(request, merged, name)
        require_features(request, target.endpoint.rules)
        if ignored:
            self._dropped.report(name, ignored)
        own_headers = target.profile.answer_headers
        return Attempt(
            encode=partial(target.wire.encode, request, settings, target.endpoint),
            wire=target.wire,
            endpoint=target.endpoint,
            context=ErrorContext(
                provider=target.endpoint.provider,
                model=name,
                host=target.host,
                secrets=(*self.config.secrets, *target.secrets, *extra_keys(settings.extra), *_tool_keys(request)),
                rules=target.profile.error_rules,
            ),
            timeout=DEFAULT_TIMEOUT if settings.timeout is None else settings.timeout,
            ignored=ignored,
            price=partial(self._price(settings), name),
            transports=self.transports,
            own_headers=None if own_headers is None else OwnHeaders(own_headers, self._old_versions),
        )

    def _choose(
        self, request: ChatRequest, settings: ChatSettings, name: str
    ) -> tuple[Target, ChatSettings, tuple[str, ...]]:
        """Return where the request goes, the settings that are sent, and the names of those that are not."""
        target, wire = self._target(name), self.config.wire
        accept = partial(accepted_settings, request, settings, supported=self.config.supported_settings)
        accepted, ignored = accept(target.endpoint.rules)
        if wire == "auto" and target.responses == "never":
            return target, accepted, ignored
        has_tools, effort = bool(request.tools), accepted.reasoning_effort
        if takes_responses(wire, target.responses, has_tools=has_tools, effort=effort) and target.on_responses:
            return target.on_responses, *accept(target.on_responses.endpoint.rules)
        return target, accepted, ignored

    def _price(self, settings: ChatSettings) -> Price:
        """Return the price of calls with *settings*, as they are sent: none is known of other tiers than the usual."""
        if settings.service_tier not in STANDARD_TIERS:
            return no_price
        return self.price_1h if settings.cache == "1h" else self.price

    def _target(self, name: str) -> Target:
        if callable(self.config.api_key):  # a key that may change is called for each request
            return find_target(name, self.config)
        target = self._targets.get(name)
        if target is None:
            target = self._targets[name] = find_target(name, self.config)
        return target

    def _failure(self, name: str, error: Exception) -> ChatError:
        provider, slash, _ = name.partition("/")
        context = ErrorContext(provider=provider if slash else None, model=name, secrets=self.config.secrets)
        return as_chat_error(error, context, _unexpected)


def _tool_keys(request: ChatRequest) -> Iterator[str]:
    """Yield the texts in server tools that may be a key, such as the token of a remote MCP server."""
    for tool in request.server_tools:
        yield from extra_keys({"": tool.value})


def _unexpected(chain: Chain) -> ChatError:
    return InvalidRequestError(detail=str(chain[0]))
