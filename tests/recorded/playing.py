"""Plays recorded exchanges through one lane, and collects what differs."""

import gc
import sys
from collections.abc import Iterable, Sequence

from .asking import Lane, Mode, Play, ask_all
from .comparing import Difference, differences
from .exchanges import Exchange
from .fake_provider import Replay, Splitting


def plays_of(exchanges: Iterable[Exchange], splittings: Sequence[Splitting] = ("events",)) -> list[Play]:
    """Return every play: whole answers once in each colour, streams in each of *splittings* too."""
    return [play for exchange in exchanges for play in _plays(exchange, splittings)]


def _plays(exchange: Exchange, splittings: Sequence[Splitting]) -> list[Play]:
    modes: tuple[Mode, Mode] = ("stream", "astream") if exchange.stream else ("complete", "acomplete")
    ways: Sequence[Splitting] = splittings if exchange.stream else ("whole",)
    return [Play(exchange, mode, way) for way in ways for mode in modes]


def play(plays: Sequence[Play], lane: Lane) -> list[Difference]:
    """Return every difference that *lane* shows."""
    with Replay({one.exchange.id: one.exchange for one in plays}) as fake_provider:
        return [found for one, seen in ask_all(plays, fake_provider.url, lane) for found in differences(one, seen)]


def let_go() -> None:
    """Close what LiteLLM keeps open until the process ends, if it was ever imported."""
    if "litellm" in sys.modules:
        sys.modules["litellm"].in_memory_llm_clients_cache.flush_cache()
    for _ in range(5):  # what one collection frees lets go of more
        gc.collect()
