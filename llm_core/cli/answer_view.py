"""Shows an answer as it arrives: plain text, or on a terminal rendered Markdown."""

from __future__ import annotations

from typing import Protocol, assert_never

from llm_core.domain.events import ReasoningDelta, StreamEnd, StreamEvent, TextDelta, ToolCallDelta, ToolCallStart

from .console import Screen


class AnswerView(Protocol):
    """Shows one answer."""

    def show(self, event: StreamEvent) -> None:
        """Show the text of *event* at once; reasoning dimmed, and on a terminal only."""

    def end(self) -> None:
        """End the line, however the answer ended; a second call does nothing."""


class PlainAnswer:
    """Writes the text as it comes."""

    def __init__(self, screen: Screen) -> None:
        """Write to *screen*."""
        self._screen = screen
        self._at_line_start = True
        self._reasoning = False

    def show(self, event: StreamEvent) -> None:
        """Show the text of *event*."""
        match event:
            case TextDelta(text):
                self._write(text, reasoning=False)
            case ReasoningDelta(text):
                if self._screen.interactive:
                    self._write(text, reasoning=True)
            case ToolCallStart() | ToolCallDelta() | StreamEnd():
                pass  # no text of the answer
            case _:
                assert_never(event)

    def end(self) -> None:
        """Start a new line, unless the cursor is at the start of one."""
        if not self._at_line_start:
            self._at_line_start = True
            self._screen.answer("\n")

    def _write(self, text: str, *, reasoning: bool) -> None:
        if self._reasoning is not reasoning:
            self.end()
        self._reasoning = reasoning
        # Before the write, which Ctrl-C may interrupt.
        self._at_line_start = text.endswith("\n") if text else self._at_line_start
        self._screen.answer(text, dim=reasoning)


class RenderedAnswer:
    """Renders Markdown while it arrives; reasoning stands dimmed before it."""

    def __init__(self, screen: Screen) -> None:
        """Render on *screen*, which must be a terminal."""
        from .live_markdown import LiveMarkdown

        self._reasoning = PlainAnswer(screen)
        self._text = LiveMarkdown(screen.console())

    def show(self, event: StreamEvent) -> None:
        """Show the text of *event*."""
        if isinstance(event, TextDelta):
            self._reasoning.end()
            self._text.feed(event.text)
        else:
            self._text.end()
            self._reasoning.show(event)

    def end(self) -> None:
        """Write what is not rendered yet, and end the line."""
        self._text.end()
        self._reasoning.end()
