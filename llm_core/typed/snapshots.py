"""Snapshots of an answer while the model writes it."""

import re
from collections.abc import Callable

import attrs

from llm_core.domain.events import StreamEnd, StreamEvent, TextDelta, ToolCallDelta, ToolCallStart
from llm_core.domain.json_values import JsonValue

from .results import Partial

_SHARE = 16  # a text is parsed when it has grown by this part of its length, so that parsing takes linear time
_UNFINISHED_NUMBER = re.compile(r"(?<=[\s:\[,])-?(\d[-+.\deE]*)?$")


@attrs.define
class Snapshots:
    """Reads the events of one answer, whose JSON is the arguments of *tool_name*, or the text if that is None."""

    parse: Callable[[str], JsonValue]
    tool_name: str | None
    _call: int | None = None
    _parts: list[str] = attrs.field(factory=list)
    _length: int = 0
    _parsed: int = 0
    _last: Partial | None = None

    def read(self, event: StreamEvent) -> Partial | None:
        """Return the snapshot after *event*, if it differs from the last one."""
        if isinstance(event, ToolCallStart) and event.name == self.tool_name and self._call is None:
            self._call = event.index
        text = ""
        if isinstance(event, ToolCallDelta) and event.index == self._call:
            text = event.arguments_text
        elif isinstance(event, TextDelta) and self.tool_name is None:
            text = event.text
        self._parts.append(text)
        self._length += len(text)
        is_due = self._length - self._parsed > self._parsed // _SHARE or isinstance(event, StreamEnd)
        snapshot = self._snapshot() if is_due else None
        if snapshot is None or snapshot == self._last:
            return None
        self._last = snapshot
        return snapshot

    def _snapshot(self) -> Partial | None:
        self._parsed, self._parts = self._length, ["".join(self._parts)]
        try:
            return Partial(json=self.parse(_UNFINISHED_NUMBER.sub("", self._parts[0])))
        except ValueError:  # the JSON has not begun
            return None
