"""Plays recorded exchanges through one lane and collects the differences."""

import gc
import sys
from collections.abc import Iterable, Sequence

from .calling import Lane, Mode, Play, call_all
from .comparison import Difference, differences
from .exchanges import Exchange
from .fake_provider import Replay, Splitting


def plays_of(exchanges: Iterable[Exchange], splittings: Sequence[Splitting] = ("events",)) -> list[Play]:
    """Return every play: whole answers once sync and once async, streams so in each of *splittings*."""
    return [play for exchange in exchanges for play in _plays(exchange, splittings)]


def _plays(exchange: Exchange, splittings: Sequence[Splitting]) -> list[Play]:
    modes: tuple[Mode, Mode] = ("stream", "astream") if exchange.stream else ("complete", "acomplete")
    used: Sequence[Splitting] = splittings if exchange.stream else ("whole",)
    return [Play(exchange, mode, splitting) for splitting in used for mode in modes]


def play(plays: Sequence[Play], lane: Lane) -> list[Difference]:
    """Return every difference in *lane*."""
    with Replay({one.exchange.id: one.exchange for one in plays}) as fake_provider:
        return [found for one, seen in call_all(plays, fake_provider.url, lane) for found in differences(one, seen)]


def close_clients() -> None:
    """Close the clients that LiteLLM keeps open until the process ends, if it is imported."""
    if "litellm" in sys.modules:
        sys.modules["litellm"].in_memory_llm_clients_cache.flush_cache()
    for _ in range(5):  # objects that one collection frees release others
        gc.collect()
