"""How a model shall answer. Nothing that nobody set is sent."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias, TypeVar, get_args

import attrs
from attrs.validators import optional

from . import validators
from .json_values import JsonValue, json_object
from .reprs import truncated_repr

ReasoningEffort: TypeAlias = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
Told = TypeVar("Told")
_ELSEWHERE = ("model", "messages", "tools", "tool_choice", "output", "stream")  # said by ChatRequest, or by the verb


def _stops(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else validators.tuple_of("stop", value, str)


def _extra(value: Mapping[str, object]) -> Mapping[str, JsonValue]:
    return json_object(value, "extra")


def _no_empty_stop(_: object, field: validators.Field, value: tuple[str, ...]) -> None:
    for index, text in enumerate(value):
        if not text:
            raise ValueError(f"{field.name}[{index}]: must not be empty")
        validators.refuse_surrogates(f"{field.name}[{index}]", text)


def _not_negative(instance: object, field: validators.Field, value: float) -> None:
    validators.number(instance, field, value)
    if value < 0:
        raise ValueError(f"{field.name}: must not be negative, got {value}")


def _share(instance: object, field: validators.Field, value: float) -> None:
    validators.number(instance, field, value)
    if not 0 <= value <= 1:
        raise ValueError(f"{field.name}: must lie between 0 and 1, got {value}")


def _seconds(instance: object, field: validators.Field, value: float) -> None:
    validators.number(instance, field, value)
    if value <= 0:
        raise ValueError(f"{field.name}: must be more than 0 seconds, got {value}")


def _at_least_one(instance: object, field: validators.Field, value: int) -> None:
    validators.integer(instance, field, value)
    if value < 1:
        raise ValueError(f"{field.name}: must be at least 1, got {value}")


def _uncovered(_: object, field: validators.Field, value: Mapping[str, JsonValue]) -> None:
    for key in value:
        if key in _ELSEWHERE or key in attrs.fields_dict(ChatSettings):
            raise ValueError(f"{field.name}.{key}: has a field of its own")


@attrs.frozen(kw_only=True)
class ChatSettings:
    """All optional: None or empty is "not set", and not sent.

    `timeout` is in seconds (see `ChatPort`); `max_tokens` bounds the answer, reasoning included where the
    provider counts it so; `extra` holds the provider's own fields, by the provider's own names.
    """

    temperature: float | None = attrs.field(default=None, validator=optional(_not_negative))
    top_p: float | None = attrs.field(default=None, validator=optional(_share))
    max_tokens: int | None = attrs.field(default=None, validator=optional(_at_least_one))
    stop: tuple[str, ...] = attrs.field(default=(), repr=truncated_repr, converter=_stops, validator=_no_empty_stop)
    seed: int | None = attrs.field(default=None, validator=optional(validators.integer))
    presence_penalty: float | None = attrs.field(default=None, validator=optional(validators.number))
    frequency_penalty: float | None = attrs.field(default=None, validator=optional(validators.number))
    reasoning_effort: ReasoningEffort | None = attrs.field(
        default=None, validator=optional(validators.one_of(*get_args(ReasoningEffort)))
    )
    parallel_tool_calls: bool | None = attrs.field(default=None, validator=optional(validators.boolean))
    timeout: float | None = attrs.field(default=None, validator=optional(_seconds))
    extra: Mapping[str, JsonValue] = attrs.field(
        factory=dict, repr=truncated_repr, converter=_extra, validator=_uncovered
    )

    def with_defaults(self, defaults: "ChatSettings") -> "ChatSettings":
        """Return these settings, and *defaults* where nothing is set here; `extra` key by key."""
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
            extra={**defaults.extra, **self.extra},
        )


def _first(mine: Told | None, other: Told | None) -> Told | None:
    return other if mine is None else mine
