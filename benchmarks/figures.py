"""Figures, their targets, and whether they are reached."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import attrs

from benchmarks.contests import BY_HAND, CALL, DIRECT, RIVALS, Candidate, Contest
from benchmarks.measuring.rounds import Standing

RATIO = " x"
HEAD = ("figure", "measured", "ratio", "target", "verdict")


@attrs.frozen(kw_only=True)
class Figure:
    """A measured value in a unit; None if it could not be measured, with the reason in `detail`."""

    title: str
    value: float | None
    unit: str = ""
    at_most: float
    detail: str = ""

    @property
    def verdict(self) -> Literal["reached", "NOT REACHED", "not measured"]:
        """Whether the target was reached."""
        if self.value is None:
            return "not measured"
        return "reached" if self.value <= self.at_most else "NOT REACHED"

    @property
    def row(self) -> tuple[str, str, str, str, str]:
        """The figure as a row under `HEAD`."""
        value = "" if self.value is None else f"{self.value:,.2f}{self.unit}"
        ratio, measured = (value, "") if self.unit == RATIO else ("", value)
        text = "; ".join(filter(None, (measured, self.detail)))
        return self.title, text, ratio, f"at most {self.at_most:,g}{self.unit}", self.verdict


@attrs.frozen
class Target:
    """The CPU of `mine` is at most `at_most` times that of the fastest of `others` (of the limit if empty)."""

    works: tuple[str, ...]
    mine: Candidate
    others: tuple[Candidate, ...]
    at_most: float


_FASTEST = 1.0
TARGETS = (
    Target(("short_call",), DIRECT, (), 0.85),
    Target(("history_1000", "history_3000"), DIRECT, (), 1.0),
    Target(("tools_100",), DIRECT, (), 0.6),
    Target(("tools_100_made",), DIRECT, (), 2.2),
    Target(("stream_200", "stream_4000"), DIRECT, (), 1.0),
    Target(("astream_200",), DIRECT, (), 0.95),
    Target(("stream_anthropic",), DIRECT, (), 1.3),
    Target(("stream_gemini",), DIRECT, (), 1.4),
    Target(("short_responses",), DIRECT, (), 0.95),
    Target(("stream_responses",), DIRECT, (), 1.3),
    Target(("at_once_64",), DIRECT, (), 1.6),
    Target(("at_once_512",), DIRECT, (), 1.4),
    Target(("short_call", "stream_200", "stream_4000", "at_once_64", "at_once_512"), DIRECT, RIVALS, _FASTEST),
    Target(("short_call", "stream_200", "at_once_64", "astream_200"), CALL, (BY_HAND,), 1.05),
)


def figures_of(contest: Contest, standings: Sequence[Standing]) -> Iterator[Figure]:
    """Yield the figures that have a target in this contest and whose candidates both took part."""
    took_part = {one.label: one for one in standings}
    for target in TARGETS:
        others = [took_part[one.label] for one in target.others or contest.candidates[:1] if one.label in took_part]
        if contest.work.name in target.works and target.mine.label in took_part and others:
            yield _figure(target, contest.title, took_part[target.mine.label], others)


def _figure(target: Target, contest: str, mine: Standing, others: Sequence[Standing]) -> Figure:
    able = [one for one in others if not one.problem]
    against = "the fastest peer" if len(target.others) > 1 else others[0].label
    title = f"{contest}: {mine.label} / {against}"
    if mine.problem or not able:
        problem = mine.problem or "; ".join(f"{one.label}: {one.problem}" for one in others)
        return Figure(title=title, value=None, unit=RATIO, at_most=target.at_most, detail=problem)
    other = fastest(able)
    detail = f"{mine.microseconds:,.1f} / {other.microseconds:,.1f} us"
    if len(target.others) > 1:
        detail += f" ({other.label})"
    return Figure(title=title, value=mine.over(other), unit=RATIO, at_most=target.at_most, detail=detail)


def fastest(standings: Iterable[Standing]) -> Standing:
    """Return the candidate with the least CPU."""
    return min(standings, key=lambda one: one.microseconds)
