"""The text of a call's arguments as it arrives, and whether its JSON value has ended."""

import re

import attrs

_MARK = re.compile(r'[{}\[\]"\\]')


@attrs.define(eq=False, repr=False)
class ArgumentText:
    """The texts of a call's arguments; each character is scanned at most once, and only if `is_whole` is read."""

    texts: list[str] = attrs.field(factory=list)
    has_begun: bool = False
    """Whether there is more than white space."""
    _scanned: int = 0  # of `texts`
    _depth: int = 0
    _in_string: bool = False
    _escapes: bool = False  # the last character was the backslash of an escape
    _has_value: bool = False  # an object, an array or a string has begun

    def add(self, text: str) -> None:
        """Add the next text."""
        if text:
            self.texts.append(text)
            self.has_begun = self.has_begun or not text.isspace()

    @property
    def is_whole(self) -> bool:
        """Whether an object, an array or a string, valid or not, has ended, or the text is ``null``."""
        for text in self.texts[self._scanned :]:
            self._scan(text)
        self._scanned = len(self.texts)
        if not self._has_value:
            return len(self.texts) == 1 and self.texts[0].strip() == "null"
        return self._depth == 0 and not self._in_string

    def _scan(self, text: str) -> None:
        position, self._escapes = int(self._escapes), False
        while found := _MARK.search(text, position):
            position, mark = found.end(), found[0]
            if mark == "\\":
                self._escapes = self._in_string and position == len(text)
                position += self._in_string
            elif mark == '"':
                self._in_string, self._has_value = not self._in_string, True
            elif not self._in_string:
                self._depth, self._has_value = self._depth + (1 if mark in "{[" else -1), True
