"""Collects what is wrong with a dialect: each finding names the member and the case."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import attrs

_SHOWN = 8  # findings about one member
Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")


@attrs.define
class Findings:
    """The findings of one check, in the order of the cases."""

    lines: list[str] = attrs.field(factory=list, init=False)

    def add(self, member: str, case: str, problem: str) -> None:
        """Add a finding about *member*, found with *case*."""
        self.lines.append(f"{member}: {case}: {problem}")

    def shown(self) -> list[str]:
        """Return the first findings about each member, and how many more there are."""
        members = dict[str, list[str]]()
        for line in dict.fromkeys(self.lines):
            members.setdefault(line.partition(": ")[0], []).append(line)
        shown = list[str]()
        for member, lines in members.items():
            shown += lines[:_SHOWN]
            shown += [f"{member}: {len(lines) - _SHOWN} more cases"] if len(lines) > _SHOWN else []
        return shown

    def expect(self, member: str, case: str, problem: str, *, holds: bool) -> None:
        """Add *problem* unless it *holds*."""
        if not holds:
            self.add(member, case, problem)

    def attempt(
        self,
        member: str,
        case: str,
        call: Callable[Arguments, Result],
        *values: Arguments.args,
        **named: Arguments.kwargs,
    ) -> Result | None:
        """Return what *call* returns with its arguments; an exception is a finding, and the result is None."""
        try:
            return call(*values, **named)
        except Exception as error:  # noqa: BLE001 -- the author's code may raise anything
            self.add(member, case, f"raised {type(error).__name__}: {error}")
            return None
