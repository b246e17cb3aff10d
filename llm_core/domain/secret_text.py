"""`SecretText`: a key, a password, or a text that holds one, shown masked wherever locals are shown."""

from typing import SupportsIndex

MASK = "****"


class SecretText(str):
    """A text whose repr is ``****``: error reporters show the locals of frames, and cut long texts to a length.

    HTTP libraries and LiteLLM take nothing but a str, hence the inheritance. `str` of it is the plain text.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        """Return the mask."""
        return MASK

    def __getitem__(self, index: SupportsIndex | slice) -> str:
        """Return a part, which is secret too."""
        return SecretText(super().__getitem__(index))
