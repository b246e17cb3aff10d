"""Sampling settings, limits and the timeout of a call. A setting that the caller leaves unset is not sent."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias, TypeVar, get_args

import attrs
from attrs.validators import optional

from . import validators
from .json_values import JsonValue, json_object
from .reprs import masked_repr, truncated_repr
from .validators import boolean, integer, non_empty_str, not_negative, number, one_of, tuple_of

ReasoningEffort: TypeAlias = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
CacheLifetime: TypeAlias = Literal["5m", "1h"]
Setting = TypeVar("Setting")
# ChatRequest or the verb sets them.
_NOT_SETTINGS = ("model", "messages", "tools", "server_tools", "tool_choice", "output", "stream")


def _stops(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple_of("stop", value, str)


def _extra(value: Mapping[str, object]) -> Mapping[str, JsonValue]:
    return json_object(value, "extra")


def _no_empty_stop(_: object, field: validators.Field, value: tuple[str, ...]) -> None:
    for index, text in enumerate(value):
        if not text:
            raise ValueError(f"{field.name}[{index}]: must not be empty")
        validators.refuse_surrogates(f"{field.name}[{index}]", text)


def _probability(instance: object, field: validators.Field, value: float) -> None:
    number(instance, field, value)
    if not 0 <= value <= 1:
        raise ValueError(f"{field.name}: must lie between 0 and 1, got {value}")


def _seconds(instance: object, field: validators.Field, value: float) -> None:
    number(instance, field, value)
    if value <= 0:
        raise ValueError(f"{field.name}: must be more than 0 seconds, got {value}")


def _at_least_one(instance: object, field: validators.Field, value: int) -> None:
    integer(instance, field, value)
    if value < 1:
        raise ValueError(f"{field.name}: must be at least 1, got {value}")


def _without_typed_fields(_: object, field: validators.Field, value: Mapping[str, JsonValue]) -> None:
    for key in value:
        if key in _NOT_SETTINGS or key in attrs.fields_dict(ChatSettings):
            raise ValueError(f"{field.name}.{key}: has a field of its own")


@attrs.frozen(kw_only=True)
class ChatSettings:
    """Settings of a call, all optional: None or empty means "not set", and is not sent."""

    temperature: float | None = attrs.field(default=None, validator=optional(not_negative))
    """The sampling temperature; 0 is the least random."""
    top_p: float | None = attrs.field(default=None, validator=optional(_probability))
    """Nucleus sampling: the share of probability mass to sample from, 0 to 1."""
    max_tokens: int | None = attrs.field(default=None, validator=optional(_at_least_one))
    """The most tokens that the model may generate; some providers count reasoning among them."""
    stop: tuple[str, ...] = attrs.field(default=(), repr=truncated_repr, converter=_stops, validator=_no_empty_stop)
    """Sequences at which the model stops."""
    seed: int | None = attrs.field(default=None, validator=optional(integer))
    """The seed of the sampling, for responses that repeat as far as the provider supports it."""
    presence_penalty: float | None = attrs.field(default=None, validator=optional(number))
    """A penalty on tokens that have appeared at all; negative values encourage them."""
    frequency_penalty: float | None = attrs.field(default=None, validator=optional(number))
    """A penalty on tokens by how often they have appeared; negative values encourage them."""
    reasoning_effort: ReasoningEffort | None = attrs.field(
        default=None, validator=optional(one_of(*get_args(ReasoningEffort)))
    )
    """How much the model reasons before it answers."""
    parallel_tool_calls: bool | None = attrs.field(default=None, validator=optional(boolean))
    """Whether the model may call several tools in one message."""
    timeout: float | None = attrs.field(default=None, validator=optional(_seconds))
    """Seconds until the whole response (`complete`) or the next event (`stream`); see `ChatPort`."""
    cache: CacheLifetime | None = attrs.field(default=None, validator=optional(one_of(*get_args(CacheLifetime))))
    """Asks for the provider's prompt cache, where it has to be asked for, for so many minutes or hours."""
    service_tier: str | None = attrs.field(default=None, validator=optional(non_empty_str))
    """The provider's own name of a class of speed and price, such as ``flex`` or ``priority``."""
    extra: Mapping[str, JsonValue] = attrs.field(
        factory=dict, repr=masked_repr, converter=_extra, validator=_without_typed_fields
    )
    """Fields of the provider's own request body, by the provider's own names."""

    def with_defaults(self, defaults: "ChatSettings") -> "ChatSettings":
        """Return these settings, completed by *defaults* where a field is not set.

        `extra` is merged key by key, nested objects too.
        """
        return ChatSettings(
            temperature=_first(self.temperature, defaults.temperature),
            top_p=_first(self.top_p, defaults.top_p),
            max_tokens=_first(self.max_tokens, defaults.max_tokens),
            stop=self.stop or defaults.stop,
            seed=_first(self.seed, defaults.seed),
            presence_penalty=_first(self.presence_penalty, defaults.presence_penalty),
            frequency_penalty=_first(self.frequency_penalty, defaults.frequency_penalty),
            reasoning_effort=_first(self.reasoning_effort, defaults.reasoning_effort),
            parallel_tool_calls=_first(self.parallel_tool_calls, defaults.parallel_tool_calls),
            timeout=_first(self.timeout, defaults.timeout),
            cache=_first(self.cache, defaults.cache),
            service_tier=_first(self.service_tier, defaults.service_tier),
            extra=_merged(self.extra, defaults.extra),
        )


def _merged(own: Mapping[str, JsonValue], defaults: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    merged = {**defaults, **own}
    for key, value in own.items():
        default = defaults.get(key)
        if isinstance(value, dict) and isinstance(default, dict):
            merged[key] = _merged(value, default)
    return merged


NO_SETTINGS = ChatSettings()
"""Nothing is set."""


def _first(own: Setting | None, default: Setting | None) -> Setting | None:
    return default if own is None else own
