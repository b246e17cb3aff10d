"""Scenarios by name, for the command line, and from a JSON file."""

import json
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import get_args, get_type_hints

import attrs

from llm_core.testing.scenarios import (
    Break,
    Breaks,
    Echoes,
    Fails,
    HangsUp,
    Redirects,
    Refuses,
    Replies,
    Scenario,
    Sends,
)

from .structuring import build, structured

PATIENCE = 600.0  # seconds that a silence lasts where the scenario does not say: longer than any client waits
_AFTER = "-after"
_NEXT_FIELD = re.compile(r",(?=\w+=)")
_BOUNDS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "status": (200, 599),
        "after": (0, 10**6),
        "chunk_size": (1, 10**6),
        "packet_size": (1, 10**6),
        **dict.fromkeys(("wait", "pause", "patience", "retry_after"), (0, 10**6)),  # seconds
    }
)
_MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "replies=TEXT": "answers; also with calls, reasoning, usage, finish_reason, wait, pause, chunk_size",
        "echoes": "answers with the text of the last user message",
        "fails=STATUS": "an error; also with reason (context_window, content_policy, quota), retry_after, message",
        "cut-after=EVENTS": "the connection is closed in the middle of the answer",
        "reset-after=EVENTS": "the connection is reset in the middle of the answer",
        "end-after=EVENTS": "the answer ends properly, without a finish reason",
        "unfinished": "the whole answer and a proper end, but no finish reason",
        "silence-after=EVENTS": "no more bytes come",
        "drip-after=EVENTS": "keep-alives come, and no event",
        "bad-json-after=EVENTS": "an event that is not JSON",
        "error-after=EVENTS": "an error within the answer",
        "inner-error-after=EVENTS": "an error beside the text of an event",
        "failed-finish": "a finish reason that means a failure",
        "sends=BODY": "exactly this body; also with status, content_type",
        "redirects=STATUS": "a redirect to another address, which answers",
        "refuses": "nothing listens: connections are refused",
        "hangs-up=HOW": "no answer: close, reset, silence, or drip (a head byte by byte)",
    }
)
_CLASSES: Mapping[str, tuple[type[Scenario], str | None]] = MappingProxyType(
    {
        "replies": (Replies, "text"),
        "echoes": (Echoes, None),
        "fails": (Fails, "status"),
        "sends": (Sends, "body"),
        "redirects": (Redirects, "status"),
        "refuses": (Refuses, None),
        "hangs-up": (HangsUp, "how"),
    }
)
_BREAKS: Mapping[str, str] = MappingProxyType({how.replace("_", "-"): how for how in get_args(Break)})


def listed_scenarios() -> Iterator[tuple[str, str]]:
    """Yield how each scenario is written, and what the provider then does."""
    yield from _MEANINGS.items()


def scenario_named(text: str) -> Scenario:
    """Return the scenario *text*: its name, then ``field=value`` behind commas, as in ``fails=429,retry_after=2``.

    A value is JSON or text. Of the scenarios that break off, fields of the answer are given likewise.

    Raises:
        ValueError: there is no such scenario or field, or the value does not fit.
    """
    (name, value), *others = [_pair(part) for part in _NEXT_FIELD.split(text)]
    given = {key: other for key, other in others if other is not None}
    class_, first, fixed = _found(name)
    if value is not None:
        if first is None:
            raise ValueError(f"{name}: takes no value")
        if first in given:
            raise ValueError(f"{name}.{first}: set twice")
        given[first] = value
    own = {key: _as_field(class_, key, text, name) for key, text in given.items() if not _is_of_reply(class_, key)}
    reply = {key: _as_field(Replies, key, text, name) for key, text in given.items() if _is_of_reply(class_, key)}
    return _built(class_, {**fixed, **own, **({"reply": reply} if reply else {})}, name)


def scenarios_in(document: str) -> tuple[Scenario, ...]:
    """Return the scenarios of a JSON document: an object with ``scenario`` and its fields, or an array of these.

    Raises:
        ValueError: it is not JSON, or holds something else.
    """
    try:
        parsed: object = json.loads(document)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    found = parsed if isinstance(parsed, list) else [parsed]
    if not found:
        raise ValueError("no scenario")
    return tuple(_from_json(each, f"[{at}]" if found is parsed else "") for at, each in enumerate(found))


def _from_json(value: object, path: str) -> Scenario:
    match value:
        case {"scenario": str(name), **fields}:
            class_, _, fixed = _found(name)
            return _built(class_, {**fixed, **{str(key): field for key, field in fields.items()}}, f"{path}{name}")
    raise ValueError(f'{path or "$"}: expected an object such as {{"scenario": "cut", "after": 3}}')


def _found(name: str) -> tuple[type[Scenario], str | None, dict[str, object]]:
    """Return the class of the scenario *name*, the field that a value behind the name sets, and the fields it sets."""
    if name in _CLASSES:
        return *_CLASSES[name], {}
    if (how := _BREAKS.get(name.removesuffix(_AFTER))) is not None:
        return Breaks, "after" if name.endswith(_AFTER) else None, {"how": how}
    raise ValueError(f"no scenario {name!r}; there are {', '.join(text.partition('=')[0] for text in _MEANINGS)}")


def _built(class_: type[Scenario], fields: Mapping[str, object], path: str) -> Scenario:
    has_patience = "patience" in {field.name for field in attrs.fields(class_)}
    scenario: Scenario = build(class_, {**({"patience": PATIENCE} if has_patience else {}), **fields}, path)
    for part in (scenario, scenario.reply) if isinstance(scenario, Breaks) else (scenario,):
        for name, (least, most) in _BOUNDS.items():
            value: float | None = getattr(part, name, None)
            if value is not None and not least <= value <= most:
                raise ValueError(f"{path}.{name}: must lie between {least} and {most}, got {value}")
    return scenario


def _pair(text: str) -> tuple[str, str | None]:
    name, equals, value = text.partition("=")
    return name.strip(), value if equals else None


def _is_of_reply(class_: type[Scenario], key: str) -> bool:
    return class_ is Breaks and key not in attrs.fields_dict(Breaks) and key in attrs.fields_dict(Replies)


def _as_field(class_: type[Scenario], key: str, text: str, path: str) -> object:
    """Return the JSON value of *text* if the field *key* takes it; else *text* itself."""
    hint = get_type_hints(class_).get(key)
    try:
        value: object = json.loads(text)
        structured(hint, value, path)
    except (ValueError, RecursionError):
        return text
    return value
