"""Prints how one lane reads the recordings: a table by host, and every difference."""

import argparse
import gc
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

from .comparing import Difference
from .cutting import cut_off
from .exchanges import OWN, VARIABLE, Exchange, exchanges_in, recordings
from .expected_differences import Known, known_for, reason_for
from .fake_provider import Splitting
from .playing import let_go, play, plays_of

_WIDEST = 160  # characters of a value


def main(words: Sequence[str]) -> None:
    """Play and print."""
    told = _arguments().parse_args(words)
    gc.disable()  # what LiteLLM leaves open, collected inside the lock of httpcore's pool, waits for ever
    folder = OWN if told.own else told.folder or recordings()
    if folder is None:
        sys.exit(f"name a folder of recordings by {VARIABLE} or --folder, or ask for --own")
    exchanges = [one for one in exchanges_in(folder) if _wanted(one, told)]
    exchanges = list(cut_off(exchanges)) if told.cut else exchanges
    found, known = play(plays_of(exchanges, told.splitting), told.lane), known_for(told.lane)
    _print(list(_table(exchanges, found, known)), list(_mismatches(found, known)))
    let_go()


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lane", choices=("call", "direct"), default="call")
    parser.add_argument("--wire", help="only files of this wire format, as in anthropic_messages")
    parser.add_argument("--host", help="only this host")
    parser.add_argument("--id", nargs="*", help="only these exchanges")
    parser.add_argument("--folder", type=Path, help=f"instead of {VARIABLE}")
    parser.add_argument("--own", action="store_true", help="the exchanges that come with the project")
    parser.add_argument("--cut", action="store_true", help="only whole streams, cut off before they say why they stop")
    parser.add_argument("--splitting", nargs="*", choices=get_args(Splitting), default=["events"])
    return parser


def _wanted(exchange: Exchange, told: argparse.Namespace) -> bool:
    named = not told.id or exchange.id in told.id
    return named and told.wire in (None, exchange.wire) and told.host in (None, exchange.host)


def _table(exchanges: Sequence[Exchange], found: Sequence[Difference], known: Sequence[Known]) -> Iterator[str]:
    yield f"{'host':42} {'wire':20} {'exchanges':>9} {'exact':>6} {'known':>6} {'wrong':>6}  differences by field"
    for host, wire in sorted({(one.host, one.wire) for one in exchanges}):
        ids = {one.id for one in exchanges if (one.host, one.wire) == (host, wire)}
        yield f"{host:42} {wire:20} {_row(ids, found, known)}"
    yield f"{'all':63} {_row({one.id for one in exchanges}, found, known)}"


def _row(ids: set[str], found: Sequence[Difference], known: Sequence[Known]) -> str:
    """Count exchanges: exact in every play, with known differences alone, and with any other."""
    here = [one for one in found if one.play.exchange.id in ids]
    differing = {one.play.exchange.id for one in here}
    wrong = {one.play.exchange.id for one in here if reason_for(one, known) is None}
    fields = Counter(field for field, _ in {(one.field, one.play.exchange.id) for one in here})
    named = ", ".join(f"{field} {count}" for field, count in fields.most_common())
    return f"{len(ids):9} {len(ids - differing):6} {len(differing - wrong):6} {len(wrong):6}  {named}"


def _mismatches(found: Sequence[Difference], known: Sequence[Known]) -> Iterator[str]:
    plays: dict[tuple[str, str, str, str], list[str]] = {}
    reasons: dict[tuple[str, str, str, str], str | None] = {}
    for one in found:
        what = (one.play.exchange.id, one.field, one.expected, one.seen)
        plays.setdefault(what, []).append(f"{one.play.mode}/{one.play.splitting}")
        reasons[what] = reason_for(one, known)
    for what in sorted(plays, key=lambda what: (reasons[what] is not None, what)):
        id, field, expected, seen = what
        yield f"{id} {field} ({', '.join(plays[what])})"
        yield f"    expected {_short(expected)}"
        yield f"    seen     {_short(seen)}"
        yield f"    {'WRONG' if reasons[what] is None else f'known    {reasons[what]}'}"


def _short(value: str) -> str:
    return value if len(value) <= _WIDEST else f"{value[:_WIDEST]}... ({len(value)} characters)"


def _print(*parts: Sequence[str]) -> None:
    sys.stdout.write("\n\n".join("\n".join(part) for part in parts) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
