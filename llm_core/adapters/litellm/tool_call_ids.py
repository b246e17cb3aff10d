"""The ids of calls as a provider takes them: a history that began elsewhere may hold others."""

import hashlib
import itertools
import re
import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from llm_core.domain.messages import AssistantMessage, Message

from .model_info import ModelInfo

_LETTERS = string.ascii_letters + string.digits
_MISTRAL = re.compile(r"[a-zA-Z0-9]{9}")  # "must be a-z, A-Z, 0-9, with a length of 9"
_ANTHROPIC = re.compile(r"[a-zA-Z0-9_-]+")
_OPENAI = re.compile(r".{1,40}", re.DOTALL)  # "a string with maximum length 40"
_TAKEN = {"mistral": _MISTRAL, "anthropic": _ANTHROPIC, "openai": _OPENAI, "azure": _OPENAI}


def rewrite_ids(messages: Iterable[Message], model: ModelInfo) -> Mapping[str, str]:
    """Return, for each id that *model* would refuse, another: the same one wherever the history is sent again."""
    pattern = _MISTRAL if model.bare_name.startswith("mistralai/") else _TAKEN.get(model.provider)
    if pattern is None or (model.provider == "openai" and model.custom_base_url):
        return {}
    ids = [call.id for message in messages if isinstance(message, AssistantMessage) for call in message.all_tool_calls]
    used = {id for id in ids if pattern.fullmatch(id)}
    return dict(_renamed([id for id in dict.fromkeys(ids) if id not in used], used))


def _renamed(ids: Sequence[str], used: set[str]) -> Iterator[tuple[str, str]]:
    for id in ids:
        free = next(name for name in map(partial(_name, id), itertools.count()) if name not in used)
        used.add(free)
        yield id, free


def _name(id: str, salt: int) -> str:
    """Return a name that follows from *id*, of nine letters and digits: every provider takes that."""
    digest = hashlib.sha256(f"{salt}{id}".encode()).digest()
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:9])
