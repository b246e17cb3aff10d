"""Options of a request: ``--setting`` and ``--schema``."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

import attrs

from llm_core.domain.requests import JsonSchemaOutput
from llm_core.domain.settings import ChatSettings

from .attachments import read_text

_EXTRA = "extra."
_TEXTS = ("reasoning_effort", "cache", "service_tier")
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]")  # OpenAI's documentation of ``json_schema.name``; the others take it
_MAX_NAME = 64


def settings_of(given: Iterable[str], options: dict[str, float | int | None]) -> ChatSettings:
    """Return the settings of *given*, each as ``name=value``, and of *options*, which have an option of their own.

    A value is JSON, or text. ``extra.name=value`` is a field of the provider's own request body.

    Raises:
        ValueError: not of that form, an unknown or repeated name, or a value that the setting does not accept.
    """
    values: dict[str, object] = {name: value for name, value in options.items() if value is not None}
    extra: dict[str, object] = {}
    for setting in given:
        name, equals, text = setting.partition("=")
        into, key = (extra, name.removeprefix(_EXTRA)) if name.startswith(_EXTRA) else (values, name.replace("-", "_"))
        if not (equals and key):
            raise ValueError(f"--setting {setting}: must be name=value, as in top_p=0.9")
        if key in into:
            raise ValueError(f"{name}: set twice")
        if into is values and key not in _NAMES:
            raise ValueError(f"{name}: no such setting; there are {', '.join(_NAMES)}, and {_EXTRA}NAME")
        into[key] = text if key in _TEXTS else _value(text)
    return ChatSettings(**values, extra=extra)  # type: ignore[arg-type]  # checked by the class itself


def schema_of(path: Path) -> JsonSchemaOutput:
    """Return the output format for the JSON schema in the file *path*.

    Raises:
        ValueError: it cannot be read, or holds no JSON object.
    """
    text = read_text(path)
    try:
        schema: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: not JSON: {error}") from None
    if not isinstance(schema, dict):
        raise ValueError(f"{path}: a JSON schema is an object")
    return JsonSchemaOutput(name=_NOT_IN_A_NAME.sub("_", path.stem)[:_MAX_NAME] or "answer", schema=schema)


def _value(text: str) -> object:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value


_NAMES = tuple(field.name for field in attrs.fields(ChatSettings) if field.name != "extra")
