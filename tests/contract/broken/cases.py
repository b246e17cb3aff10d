"""All broken adapters, by area, and all clauses of the contract, by id."""

from collections.abc import Callable
from types import ModuleType

from llm_core.testing import ChatPortContract

from . import (
    aftermath,
    answer_fields,
    answers,
    attempts,
    calls,
    claims,
    closing,
    concurrency,
    connections,
    error_fields,
    error_hygiene,
    errors,
    every_call,
    hard_calls,
    hard_schemas,
    hard_settings,
    hard_values,
    histories,
    in_turns,
    left_behind,
    managed,
    odd_histories,
    other_threads,
    properties,
    put_off,
    reasoning_parts,
    requests,
    reuse,
    settings,
    stream_breaks,
    stream_delivery,
    streams,
    timeouts,
    timing,
    unwatched,
    usage,
    watching,
)
from .mutating import Broken

Check = Callable[..., None]

_AREAS: tuple[ModuleType, ...] = (
    requests, histories, odd_histories, hard_values, hard_schemas, hard_calls, hard_settings, settings, reuse, claims,
    answers, answer_fields, reasoning_parts, calls, attempts, usage, streams, stream_delivery, stream_breaks, closing,
    timeouts, errors, error_fields, error_hygiene, concurrency, connections, properties, timing, aftermath, managed,
    other_threads, watching, every_call, in_turns, left_behind, put_off, unwatched,
)  # fmt: skip
BROKEN_BY_AREA: dict[str, list[Broken]] = {
    area.__name__.rpartition(".")[2]: [broken for broken in vars(area).values() if isinstance(broken, Broken)]
    for area in _AREAS
}
BROKEN = [broken for cases in BROKEN_BY_AREA.values() for broken in cases]
CLAUSES: dict[str, Check] = {
    check.clause_id: check
    for check in (getattr(ChatPortContract, name) for name in dir(ChatPortContract))
    if hasattr(check, "clause_id")
}
