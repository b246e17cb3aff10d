"""`Profile`: where a provider is, which key it takes, which wire it uses, and what its models accept."""

import re
from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

import attrs

from llm_core.wires.error_phrases import Rule
from llm_core.wires.model_rules import ModelRules
from llm_core.wires.wire import Wire

WireChoice: TypeAlias = Literal["auto", "chat", "responses"]
ResponsesUse: TypeAlias = Literal["never", "always", "with tools", "with tools and effort"]


@attrs.frozen(kw_only=True)
class Address:
    """The address of one model, as `Endpoint` holds it."""

    base_url: str = attrs.field(repr=False)
    query: str = attrs.field(default="", repr=False)  # it may hold a key
    whole_url: bool = False
    model: str | None = None
    """The model's name in the body, where it is not the one that the caller gave."""


def _plain_address(base_url: str, model: str, options: Mapping[str, str]) -> Address:  # noqa: ARG001 -- a hook's form
    return Address(base_url=base_url.rstrip("/"))


def bearer(key: str) -> Mapping[str, str]:
    """Return the header for a bearer token, the usual form of a key."""
    return {"Authorization": f"Bearer {key}"}


def _default_rules(model: str, base_url: str) -> ModelRules:  # noqa: ARG001 -- a hook's form
    return ModelRules()


def _never(model: str, base_url: str) -> ResponsesUse:  # noqa: ARG001 -- a hook's form
    return "never"


@attrs.frozen(kw_only=True)
class LiteLLMQuirks:
    """What LiteLLM's own call (``litellm.completion``) does with a provider, beside what it documents."""

    call_only: bool = False
    """Whether LiteLLM's prefix means another endpoint than our wire's, so that only LiteLLM's own call serves it."""
    invents_ids: bool = False
    """Whether it drops the provider's id of an answer and generates another."""
    arguments_as_text: bool = False
    """Whether it sends tool arguments as the model's own text, although the wire is not OpenAI's."""
    dropped_parameters: frozenset[str] = frozenset()
    """The parameters that it lists as supported, but drops without an error."""
    lost_parts: frozenset[str] = frozenset()
    """The parts of messages that it drops, or sends in a form that the provider does not read."""
    drops_extra: bool = False
    """Whether it drops the fields of `extra`."""
    is_gateway: bool = False
    """Whether it serves models of other providers under their names, at their prices."""
    prices_from_threshold_on: bool = False
    """Whether higher prices apply from a threshold of input tokens on; elsewhere they apply above it."""


@attrs.frozen(kw_only=True)
class AnswerHeaders:
    """A provider's own response headers, by their names in lower case; an empty name stands for none."""

    cost: str = ""
    """The price of the call in US dollars."""
    model: str = ""
    """The model that answered, where the body names an alias."""
    request_id: str = ""
    """The id of the request, where no usual header has one."""
    relayed: str = ""
    """What the names of headers begin with that a gateway relays from the provider behind it."""
    version: str = ""
    """The version of the provider's server."""
    oldest: tuple[int, ...] = ()
    """The first version that keeps what `warning` says older ones do not."""
    warning: str = ""
    """What an answer of an older version is logged with, once."""


@attrs.frozen(kw_only=True)
class Profile:
    """One provider."""

    wire: Wire
    """The format of its requests and answers."""
    base_url: str | None = None
    """The address if neither the caller nor a variable gives one; None: the caller must."""
    base_variables: tuple[str, ...] = ()
    """Environment variables that hold an address, the first one that is set counts."""
    key_variables: tuple[str, ...] = ()
    """Environment variables that hold a key, the first one that is set counts."""
    key_optional: bool = False
    """Whether requests without a key are sent: local servers accept them."""
    key_headers: Callable[[str], Mapping[str, str]] = bearer
    """Returns the headers that carry a key."""
    headers: Mapping[str, str] = attrs.field(factory=dict)
    """Headers that every request has."""
    address: Callable[[str, str, Mapping[str, str]], Address] = _plain_address
    """Returns the address, from the base address, the model and the values of `option_variables`."""
    option_variables: Mapping[str, str] = attrs.field(factory=dict)
    """Options of the address, and the environment variables that hold them: ``api_version``."""
    rules: Callable[[str, str], ModelRules] = _default_rules
    """Returns what a model accepts, from its name and the base address."""
    responses: Callable[[str, str], ResponsesUse] = _never
    """Returns which requests a model, by its name and the base address, serves on OpenAI's Responses API alone."""
    answer_headers: AnswerHeaders | None = None
    """Response headers of its own; None: it has none that matter here."""
    error_rules: tuple[Rule, ...] = ()
    """Phrases of its errors that say more than their status; they count before those of all providers."""
    responses_address: Callable[[str, str, Mapping[str, str]], Address] | None = None
    """Returns the address of that API; None: it is that of the chat."""
    model_families: re.Pattern[str] | None = None
    """Names of models that belong to this provider if they come without a provider's prefix."""
    litellm: LiteLLMQuirks = attrs.field(factory=LiteLLMQuirks)
    """What LiteLLM's own call does with this provider."""
