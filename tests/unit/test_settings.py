import math
from collections.abc import Callable
from typing import get_args

import attrs
import pytest

from llm_core import ChatRequest, ChatSettings
from llm_core.domain.settings import ReasoningEffort

WHOLE = ChatSettings(
    temperature=0.0,
    top_p=0.5,
    max_tokens=1,
    stop=["\n\n"],
    seed=0,
    presence_penalty=-1.0,
    frequency_penalty=1.0,
    reasoning_effort="low",
    parallel_tool_calls=False,
    timeout=0.5,
    cache="5m",
    service_tier="flex",
    extra={"top_k": 0},
)
OTHER = ChatSettings(
    temperature=1.0,
    top_p=1.0,
    max_tokens=2,
    stop="END",
    seed=1,
    presence_penalty=0.0,
    frequency_penalty=0.0,
    reasoning_effort="high",
    parallel_tool_calls=True,
    timeout=9,
    cache="1h",
    service_tier="priority",
    extra={"top_k": 1, "user": "u"},
)
FIELDS = tuple(attrs.fields_dict(ChatSettings))
ELSEWHERE = (*(name for name in attrs.fields_dict(ChatRequest) if name != "settings"), "stream")


def test_nothing_is_set_by_default() -> None:
    settings = ChatSettings()

    seen = attrs.asdict(settings)

    assert {**dict.fromkeys(FIELDS), "stop": (), "extra": {}} == seen


def test_every_setting_can_be_given_and_zero_is_a_number() -> None:
    seen = attrs.asdict(WHOLE)

    unset = {name for name in FIELDS if seen[name] is None}

    assert set() == unset
    assert (0.0, 0, False) == (WHOLE.temperature, WHOLE.seed, WHOLE.parallel_tool_calls)


@pytest.mark.parametrize(("given", "stop"), [("END", ("END",)), (["a", "b"], ("a", "b")), ((), ())])
def test_one_stop_sequence_or_several(given: str | list[str], stop: tuple[str, ...]) -> None:
    settings = ChatSettings(stop=given)

    seen = settings.stop

    assert stop == seen


@pytest.mark.parametrize("effort", get_args(ReasoningEffort))
def test_every_effort_that_the_type_names_is_accepted(effort: ReasoningEffort) -> None:
    settings = ChatSettings(reasoning_effort=effort)

    seen = settings.reasoning_effort

    assert effort == seen


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"temperature": math.nan}, "temperature: must be finite"),
        ({"temperature": 10**400}, "temperature: must be finite"),
        ({"temperature": -0.1}, "temperature: must not be negative, got -0.1"),
        ({"temperature": True}, "temperature: expected a number, got bool"),
        ({"temperature": "1"}, "temperature: expected a number, got str"),
        ({"top_p": 1.1}, "top_p: must lie between 0 and 1, got 1.1"),
        ({"top_p": -0.1}, "top_p: must lie between 0 and 1, got -0.1"),
        ({"top_p": math.inf}, "top_p: must be finite"),
        ({"max_tokens": 0}, "max_tokens: must be at least 1, got 0"),
        ({"max_tokens": 1.0}, "max_tokens: expected int, got float"),
        ({"max_tokens": True}, "max_tokens: expected int, got bool"),
        ({"stop": ""}, "stop[0]: must not be empty"),
        ({"stop": ["a", ""]}, "stop[1]: must not be empty"),
        ({"stop": ["a", 1]}, "stop[1]: expected str, got int"),
        ({"stop": ["\ud83d"]}, "stop[0]: half a surrogate pair at character 0"),
        ({"stop": None}, "stop: expected a sequence of str, got NoneType"),
        ({"seed": 1.5}, "seed: expected int, got float"),
        ({"presence_penalty": -math.inf}, "presence_penalty: must be finite"),
        ({"frequency_penalty": "1"}, "frequency_penalty: expected a number, got str"),
        (
            {"reasoning_effort": "extreme"},
            "reasoning_effort: must be one of none, minimal, low, medium, high, xhigh, max, got 'extreme'",
        ),
        (
            {"reasoning_effort": ["low"]},
            "reasoning_effort: must be one of none, minimal, low, medium, high, xhigh, max, got ['low']",
        ),
        ({"parallel_tool_calls": 1}, "parallel_tool_calls: expected bool, got int"),
        ({"cache": "1d"}, "cache: must be one of 5m, 1h, got '1d'"),
        ({"cache": True}, "cache: must be one of 5m, 1h, got True"),
        ({"service_tier": ""}, "service_tier: must not be empty"),
        ({"service_tier": 1}, "service_tier: expected str, got int"),
        ({"timeout": 0}, "timeout: must be more than 0 seconds, got 0"),
        ({"timeout": -1}, "timeout: must be more than 0 seconds, got -1"),
        ({"timeout": math.inf}, "timeout: must be finite"),
        ({"timeout": math.nan}, "timeout: must be finite"),
        ({"extra": {"a": math.nan}}, "extra.a: nan is not a JSON number"),
        ({"extra": {1: "a"}}, "extra: the key 1 is not a str"),
        ({"extra": [("a", 1)]}, "extra: expected a JSON object, got list"),
    ],
)
def test_a_bad_setting_is_refused_by_name(given: dict[str, object], problem: str) -> None:
    class_: Callable[..., object] = ChatSettings

    with pytest.raises(ValueError, match=r"\A[a-z]") as caught:
        class_(**given)

    assert problem == str(caught.value)


@pytest.mark.parametrize("key", [*FIELDS, *ELSEWHERE])
def test_extra_cannot_hold_a_key_with_a_field_of_its_own(key: str) -> None:
    refused = pytest.raises(ValueError, match=rf"\Aextra.{key}: has a field of its own\Z")

    with refused:
        ChatSettings(extra={key: 1})


def test_extra_is_copied_deeply() -> None:
    inner = [1]
    settings = ChatSettings(extra={"a": {"b": inner}})

    inner.append(2)

    assert {"a": {"b": [1]}} == settings.extra


def test_settings_are_given_by_keyword() -> None:
    class_: Callable[..., object] = ChatSettings

    with pytest.raises(TypeError, match="positional"):
        class_(0.5)


@pytest.mark.parametrize("name", [name for name in FIELDS if name != "extra"])
def test_a_field_that_is_set_wins_over_the_default(name: str) -> None:
    settings, defaults = _only(name, WHOLE), _only(name, OTHER)

    merged = (
        settings.with_defaults(defaults),
        ChatSettings().with_defaults(defaults),
        settings.with_defaults(ChatSettings()),
    )

    assert (settings, defaults, settings) == merged


def test_all_fields_are_merged_at_once_and_extra_by_key() -> None:
    merged = WHOLE.with_defaults(OTHER)

    reverse = OTHER.with_defaults(WHOLE)

    assert attrs.evolve(WHOLE, extra={"top_k": 0, "user": "u"}) == merged
    assert OTHER == reverse


def test_nested_objects_of_extra_are_merged_and_never_replaced() -> None:
    settings = ChatSettings(extra={"a": {"b": {"c": 1}, "list": [1]}, "own": {}, "text": "own", "was_text": {"d": 1}})
    defaults = ChatSettings(extra={"a": {"b": {"c": 2, "e": 2}, "list": [2, 2]}, "text": {"d": 2}, "was_text": "2"})

    merged = settings.with_defaults(defaults)

    expected = {
        "a": {"b": {"c": 1, "e": 2}, "list": [1]},
        "own": {},
        "text": "own",
        "was_text": {"d": 1},
    }
    assert expected == merged.extra


def test_merging_changes_neither_settings() -> None:
    settings, defaults = ChatSettings(extra={"a": [1]}), ChatSettings(extra={"a": [2], "b": [3]})

    merged = settings.with_defaults(defaults)

    assert {"a": [1], "b": [3]} == merged.extra
    assert ({"a": [1]}, {"a": [2], "b": [3]}) == (settings.extra, defaults.extra)
    assert merged.extra["b"] is not defaults.extra["b"]


def _only(name: str, settings: ChatSettings) -> ChatSettings:
    class_: Callable[..., ChatSettings] = ChatSettings
    return class_(**{name: getattr(settings, name)})
