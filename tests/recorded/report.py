"""Print how one lane reads the recordings: a table by host, and every difference."""

import argparse
import gc
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

from .comparison import Difference
from .exchanges import OWN, VARIABLE, Exchange, exchanges_in, recordings
from .expected_differences import KnownDifference, known_for, reason_for
from .fake_provider import Splitting
from .player import close_clients, play, plays_of
from .truncation import truncated

_MAX_SHOWN = 160  # characters of a value


def main(arguments: Sequence[str]) -> None:
    """Play the recordings and print the report."""
    options = _parser().parse_args(arguments)
    gc.disable()  # collecting LiteLLM's open clients within the lock of httpcore's pool would deadlock
    folder = OWN if options.own else options.folder or recordings()
    if folder is None:
        sys.exit(f"name a folder of recordings in {VARIABLE} or by --folder, or use --own")
    exchanges = [one for one in exchanges_in(folder) if _is_selected(one, options)]
    exchanges = list(truncated(exchanges)) if options.cut else exchanges
    found, known = play(plays_of(exchanges, options.splitting), options.lane), known_for(options.lane)
    _print(list(_table(exchanges, found, known)), list(_mismatches(found, known)))
    close_clients()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lane", choices=("call", "direct"), default="call")
    parser.add_argument("--wire", help="only files of this wire format, as in anthropic_messages")
    parser.add_argument("--host", help="only this host")
    parser.add_argument("--id", nargs="*", help="only these exchanges")
    parser.add_argument("--folder", type=Path, help=f"instead of {VARIABLE}")
    parser.add_argument("--own", action="store_true", help="the exchanges that come with the project")
    parser.add_argument("--cut", action="store_true", help="only whole streams, truncated before their finish reason")
    parser.add_argument("--splitting", nargs="*", choices=get_args(Splitting), default=["events"])
    return parser


def _is_selected(exchange: Exchange, options: argparse.Namespace) -> bool:
    named = not options.id or exchange.id in options.id
    return named and options.wire in (None, exchange.wire) and options.host in (None, exchange.host)


def _table(
    exchanges: Sequence[Exchange], found: Sequence[Difference], known: Sequence[KnownDifference]
) -> Iterator[str]:
    yield f"{'host':42} {'wire':20} {'exchanges':>9} {'exact':>6} {'known':>6} {'wrong':>6}  differences by field"
    for host, wire in sorted({(one.host, one.wire) for one in exchanges}):
        ids = {one.id for one in exchanges if (one.host, one.wire) == (host, wire)}
        yield f"{host:42} {wire:20} {_row(ids, found, known)}"
    yield f"{'all':63} {_row({one.id for one in exchanges}, found, known)}"


def _row(ids: set[str], found: Sequence[Difference], known: Sequence[KnownDifference]) -> str:
    """Return the counts of exchanges: exact in every play, with known differences only, with any other."""
    here = [one for one in found if one.play.exchange.id in ids]
    differing = {one.play.exchange.id for one in here}
    wrong = {one.play.exchange.id for one in here if reason_for(one, known) is None}
    fields = Counter(field for field, _ in {(one.field, one.play.exchange.id) for one in here})
    named = ", ".join(f"{field} {count}" for field, count in fields.most_common())
    return f"{len(ids):9} {len(ids - differing):6} {len(differing - wrong):6} {len(wrong):6}  {named}"


def _mismatches(found: Sequence[Difference], known: Sequence[KnownDifference]) -> Iterator[str]:
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
    return value if len(value) <= _MAX_SHOWN else f"{value[:_MAX_SHOWN]}... ({len(value)} characters)"


def _print(*parts: Sequence[str]) -> None:
    sys.stdout.write("\n\n".join("\n".join(part) for part in parts) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
