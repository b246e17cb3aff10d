"""Recorded exchanges through both lanes: every difference is a known one, and every known one still occurs.

The project's own exchanges are always played, real ones if LLM_CORE_RECORDINGS names a folder of them.
"""

import random
from collections.abc import Iterator
from functools import cache
from typing import Literal, TypeAlias, get_args

import pytest

from llm_core import UnsupportedFeatureError

from .calling import Lane, Play, chat_for, prefix_of
from .comparison import Difference
from .exchanges import OWN, VARIABLE, Exchange, exchanges_in, recordings
from .expected_differences import known_for, reason_for
from .player import close_clients, play, plays_of
from .truncation import truncated

Source: TypeAlias = Literal["own", "recorded"]
LANES = get_args(Lane)
SOURCES = get_args(Source)
PREFIXES = (
    *("anthropic", "azure", "cohere_chat", "deepseek", "fireworks_ai", "gemini", "groq", "mistral", "ollama_chat"),
    *("openai", "openrouter", "perplexity", "together_ai", "xai"),
)
CASES = [
    *(("own", prefix) for prefix in sorted({prefix_of(exchange) for exchange in exchanges_in(OWN)})),
    *(("recorded", prefix) for prefix in PREFIXES),
]
FEW = 3  # streams per provider that the call lane reads split by bytes: it takes a millisecond for each packet


@pytest.fixture(scope="module", autouse=True)
def _close_clients() -> Iterator[None]:
    yield
    close_clients()


@pytest.mark.parametrize(("source", "prefix"), CASES)
@pytest.mark.parametrize("lane", LANES)
def test_every_field_of_an_answer_is_as_expected(lane: Lane, source: Source, prefix: str) -> None:
    exchanges = _exchanges(source, prefix)
    _require(lane, exchanges)

    found = _played(lane, source, prefix)

    assert [] == [str(one) for one in found if reason_for(one, known_for(lane)) is None]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("lane", LANES)
def test_every_known_difference_still_occurs(lane: Lane, source: Source) -> None:
    supported = [prefix for prefix in PREFIXES if _supports(lane, _exchanges(source, prefix))]
    exchanges = [exchange for prefix in supported for exchange in _exchanges(source, prefix)]
    _require(lane, exchanges)

    found = [one for prefix in supported for one in _played(lane, source, prefix)]

    assert [] == [(known.reason, ids) for known in known_for(lane) if (ids := known.unseen(exchanges, found))]


@pytest.mark.parametrize("source", SOURCES)
def test_every_exchange_is_played(source: Source) -> None:
    exchanges = [exchange for prefix in PREFIXES for exchange in _exchanges(source, prefix)]

    played = {exchange.id for exchange in exchanges}

    assert {exchange.id for exchange in _all(source)} == played


@cache
def _all(source: Source) -> tuple[Exchange, ...]:
    folder = OWN if source == "own" else recordings()
    return () if folder is None else exchanges_in(folder)


def _exchanges(source: Source, prefix: str) -> list[Exchange]:
    if source == "recorded" and recordings() is None:
        pytest.skip(f"{VARIABLE} does not name a folder of recordings")
    return [exchange for exchange in _all(source) if prefix_of(exchange) == prefix]


def _require(lane: Lane, exchanges: list[Exchange]) -> None:
    if not exchanges:
        pytest.skip("no exchanges of this provider")
    if not _supports(lane, exchanges):
        pytest.skip(f"lane={lane!r} does not support this provider")


def _supports(lane: Lane, exchanges: list[Exchange]) -> bool:
    """Return whether *lane* supports the first of *exchanges*; it must then support all of that provider."""
    try:
        for exchange in exchanges[:1]:
            chat_for(Play(exchange, "complete", "whole"), "http://127.0.0.1", lane)
    except UnsupportedFeatureError:
        return False
    return bool(exchanges)


@cache
def _played(lane: Lane, source: Source, prefix: str) -> tuple[Difference, ...]:
    exchanges = [one for one in _exchanges(source, prefix) if lane == "direct" or one.wire != "openai_responses"]
    streams = [exchange for exchange in exchanges if exchange.stream]
    if lane == "call" and source == "recorded":
        streams = random.Random(prefix).sample(streams, min(FEW, len(streams)))  # noqa: S311 -- a seed, not a secret
    cut_streams = list(truncated(streams))
    plays = [*plays_of([*exchanges, *cut_streams], ["events"]), *plays_of(streams, ["bytes", "random"])]
    return tuple(play(plays, lane))
