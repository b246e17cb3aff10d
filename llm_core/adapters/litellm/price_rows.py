"""Rows of LiteLLM's price map, read from the file in its package: LiteLLM itself is not imported."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import TypeAlias

from llm_core.providers.registry import find_profile, provider_of

Row: TypeAlias = Mapping[str, object]
_FILE = "model_prices_and_context_window_backup.json"
_INDENT = re.compile(rb'\{\r?\n([ \t]+)"')
# Suffixes that LiteLLM drops where the full name is not listed: OpenAI's dates and the names of its fine-tuned models
# (`ft:gpt-4o-2024-08-06:organisation:name:id`), and Google's three-digit versions (`gemini-2.0-flash-001`).
_DATE = re.compile(r"-\d{4}-\d{2}-\d{2}$")
_FINE_TUNED = re.compile(r"(:[^:]*){3}$")
_GOOGLE_VERSION = re.compile(r"^(gemini-.*)-\d{3}$")


def find_row(model: str) -> Row | None:
    """Return the row of *model*, as in ``openai/gpt-5-mini``; None if the map does not list it.

    The map of an imported LiteLLM comes first: the program may have added prices to it.
    """
    loaded = getattr(sys.modules.get("litellm"), "__dict__", {}).get("model_cost")
    return _first_row(loaded.get, model) if isinstance(loaded, Mapping) else _row_in_file(model)


def all_rows() -> Mapping[str, Row]:
    """Return every row by its key; empty if LiteLLM is not installed, or its file has another form."""
    try:
        rows = json.loads(_file().read_bytes())
    except (OSError, ValueError):
        return {}
    return {key: row for key, row in rows.items() if isinstance(row, Mapping)} if isinstance(rows, Mapping) else {}


@lru_cache(maxsize=256)
def _row_in_file(model: str) -> Row | None:
    try:
        return _first_row(_entries(_file().read_bytes()), model)
    except (AttributeError, OSError, ValueError):  # not there, or no JSON object
        return None


def _file() -> Path:
    """Return the path of the price map. Raises FileNotFoundError if LiteLLM is not installed."""
    spec = find_spec("litellm")
    folders = spec.submodule_search_locations if spec is not None else None
    if not folders:
        raise FileNotFoundError(_FILE)
    return Path(folders[0], _FILE)


def _entries(text: bytes) -> Callable[[str], object]:
    """Return a function that decodes the value of one key of *text*.

    Decoding all of it would take 50 ms and 20 MB; the keys of an indented document are found without that.
    """
    indent = _INDENT.match(text)
    return partial(_entry, text, indent[1]) if indent else json.loads(text).get


def _entry(text: bytes, indent: bytes, key: str) -> object:
    opening = b"\n%b%b: " % (indent, json.dumps(key).encode())
    start = text.find(opening) + len(opening)
    if start < len(opening):
        return None
    end = text.find(b"\n%b}" % indent, start) + len(indent) + 2
    return json.JSONDecoder().raw_decode(text[start:end].decode())[0]


def _first_row(entry: Callable[[str], object], model: str) -> Row | None:
    prefix, slash, name = model.partition("/")
    provider, name = (prefix, name) if slash else (provider_of(model), model)
    rows = (_with_alias(entry, key) for key in _keys(provider, name))
    return next((row for row in rows if row is not None and _belongs_to(row, provider)), None)


def _keys(provider: str | None, name: str) -> Iterator[str]:
    """Yield the keys that may hold the model, the most exact first."""
    for known_name in dict.fromkeys((name, _family(name))):
        if provider is not None:
            yield f"{provider}/{known_name}"
            if provider.endswith("_chat"):  # `ollama_chat/llama3.1` is listed as `ollama/llama3.1`
                yield f"{provider.removesuffix('_chat')}/{known_name}"
        yield known_name


def _family(name: str) -> str:
    if name.startswith("ft:"):
        return _FINE_TUNED.sub("", name)
    return _GOOGLE_VERSION.sub(r"\1", _DATE.sub("", name))


def _with_alias(entry: Callable[[str], object], key: str) -> Row | None:
    """Return the row at *key*, or the one that it stands for: ``claude-opus-latest`` names another row alone."""
    row = entry(key)
    if not isinstance(row, Mapping):
        return None
    alias = row.get("alias_of")
    target = entry(alias) if isinstance(alias, str) else None
    return {**target, **row} if isinstance(target, Mapping) else row


def _belongs_to(row: Row, provider: str | None) -> bool:
    """Return whether the row is one of *provider*'s: others may sell a model of that name at another price.

    One provider's rows stand under several names: ``bedrock`` and ``bedrock_converse``, ``vertex_ai-anthropic_models``.
    """
    owner = row.get("litellm_provider")
    if provider is None or not isinstance(owner, str):
        return True
    if owner.removesuffix("_chat") == provider.removesuffix("_chat"):
        return True
    profile = find_profile(provider)
    if profile is not None and (profile.litellm.is_gateway or find_profile(owner) is not None):
        return profile.litellm.is_gateway
    return _first_word(owner) == _first_word(provider)


def _first_word(provider: str) -> str:
    return re.split("[_-]", provider, maxsplit=1)[0]
