"""Tool call ids that a provider accepts: a history that another provider wrote may hold others."""

import hashlib
import itertools
import re
import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from llm_core.domain.messages import AssistantMessage, Message
from llm_core.providers.mistral import MISTRAL
from llm_core.providers.registry import profile_for

from .model_info import ModelInfo

_LETTERS = string.ascii_letters + string.digits


def rewrite_ids(messages: Iterable[Message], model: ModelInfo) -> Mapping[str, str]:
    """Return a valid id for each id that *model* would refuse; the same one whenever the history is sent again."""
    pattern = _accepted(model)
    if pattern is None or (model.provider == "openai" and model.custom_base_url):
        return {}
    ids = [call.id for message in messages if isinstance(message, AssistantMessage) for call in message.all_tool_calls]
    used = {id for id in ids if pattern.fullmatch(id)}
    return dict(_renamed([id for id in dict.fromkeys(ids) if id not in used], used))


def _accepted(model: ModelInfo) -> re.Pattern[str] | None:
    if model.bare_name.startswith("mistralai/"):  # Mistral's models keep their rule at other hosts
        return MISTRAL.tool_call_id_pattern
    return profile_for(model.provider).tool_call_id_pattern


def _renamed(ids: Sequence[str], used: set[str]) -> Iterator[tuple[str, str]]:
    for id in ids:
        free = next(name for name in map(partial(_name, id), itertools.count()) if name not in used)
        used.add(free)
        yield id, free


def _name(id: str, salt: int) -> str:
    """Return a name derived from *id*: nine letters and digits, which every provider accepts."""
    digest = hashlib.sha256(f"{salt}{id}".encode()).digest()
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:9])
