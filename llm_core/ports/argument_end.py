"""Finds the end of a call's arguments while they arrive in chunks: each chunk is read once, and parsed once at most."""

from collections.abc import Sequence

import attrs

from llm_core.domain.json_bounds import JsonStructure
from llm_core.domain.json_values import parse_arguments


@attrs.define(eq=False, repr=False)
class ArgumentEnd:
    """Whether the chunks of a call's arguments are one whole JSON object."""

    _structure: JsonStructure = attrs.field(factory=JsonStructure)
    _read: int = 0  # chunks
    _has_begun: bool = False
    _is_whole: bool | None = None  # None: not yet; False: no chunk can make it whole any more

    def is_reached(self, chunks: Sequence[str]) -> bool:
        """Return whether *chunks* are a whole object; call it with a growing sequence."""
        added = "".join(chunks[self._read :])
        self._read = len(chunks)
        if self._is_whole is None:
            _, brackets = self._structure.feed(added.encode(errors="replace"))
            self._has_begun = self._has_begun or len(brackets) > 0
            if self._has_begun and self._structure.is_balanced:
                self._is_whole = _is_object("".join(chunks))
        elif added.strip():
            self._is_whole = False  # there is text after the object
        return self._is_whole is True


def _is_object(text: str) -> bool:
    try:
        parse_arguments(text)
    except ValueError:
        return False
    return True
