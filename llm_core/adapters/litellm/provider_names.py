"""The providers that LiteLLM knows, read from the files of its package: LiteLLM itself is not imported.

Its prefixes are the enum ``LlmProviders`` in ``litellm/types/utils.py`` and the keys of
``litellm/llms/openai_like/providers.json`` (``get_llm_provider`` in ``litellm/litellm_core_utils``).
"""

import json
import re
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from .price_rows import find_row

_ENUM = re.compile(r"^class LlmProviders\(.*?(?=^class |\Z)", re.MULTILINE | re.DOTALL)
_MEMBER = re.compile(r"^ +\w+ = [\"']([^\"']+)[\"']", re.MULTILINE)
_MIN_HASH = 64  # characters: a model of Replicate is known by its version, as in owner/name:hash


@cache
def litellm_providers() -> frozenset[str]:
    """Return the prefixes of models that LiteLLM knows; empty if its files have another form, or are not there."""
    spec = find_spec("litellm")
    folders = spec.submodule_search_locations if spec is not None else None
    if not folders:
        return frozenset()
    folder = Path(folders[0])
    try:
        enum = _ENUM.search((folder / "types" / "utils.py").read_text(encoding="utf-8"))
        others = json.loads((folder / "llms/openai_like/providers.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return frozenset()
    return frozenset((*_MEMBER.findall(enum[0]), *others)) if enum is not None else frozenset()


def may_be_served(model: str) -> bool:
    """Return whether LiteLLM may know *model*: by its prefix, in its price map, or by what the program has added."""
    provider, slash, _ = model.partition("/")
    known = litellm_providers()
    if not known or (slash and provider in known) or "litellm" in sys.modules:
        return True
    return find_row(model) is not None or len(model.partition(":")[2]) == _MIN_HASH
