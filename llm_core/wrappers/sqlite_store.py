"""A store in a SQLite file, which processes share."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

_LOG = logging.getLogger(__name__)
_BUSY_SECONDS = 10.0  # how long another process may hold the file
_PRIVATE = 0o600
_TABLE = "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, text TEXT NOT NULL, expires REAL) WITHOUT ROWID"
_GET = "SELECT text FROM answers WHERE key = ? AND (expires IS NULL OR expires > ?)"
_SET = "INSERT OR REPLACE INTO answers VALUES (?, ?, ?)"
_EXPIRE = "DELETE FROM answers WHERE expires <= ?"


class SqliteStore:
    """A store in the SQLite file at *path*, which threads, event loops and processes share.

    The file is made with mode 0600, in WAL mode. Each access has a connection of its own, so that nothing is left to
    close and a forked process is safe; the async methods access it in a thread. A file that cannot be read or written
    is logged as a warning, and costs a call: the store then has no text, and keeps none.
    """

    def __init__(self, path: str | os.PathLike[str], *, now: Callable[[], float] = time.time) -> None:
        """Use the file at *path*, which is made at the first access; *now* returns the time in seconds."""
        self._path = Path(path)
        self._now = now

    def get(self, key: str, /) -> str | None:
        """Return the text of *key*; None if there is none, or its time is over."""
        import sqlite3

        try:
            with self._connection() as connection:
                row: tuple[str] | None = connection.execute(_GET, (key, self._now())).fetchone()
        except (sqlite3.Error, OSError) as error:
            _LOG.warning("%s cannot be read: %s", self._path, error)
            return None
        return None if row is None else row[0]

    def set(self, key: str, text: str, /, *, seconds: float | None) -> None:
        """Keep *text*, for *seconds*; None: without limit. Texts whose time is over are deleted."""
        import sqlite3

        now = self._now()
        try:
            with self._connection() as connection, connection:
                connection.execute(_EXPIRE, (now,))
                connection.execute(_SET, (key, text, None if seconds is None else now + seconds))
        except (sqlite3.Error, OSError) as error:
            _LOG.warning("%s cannot be written: %s", self._path, error)

    async def aget(self, key: str, /) -> str | None:
        """Return what `get` returns, read in a thread."""
        import asyncio

        return await asyncio.to_thread(self.get, key)

    async def aset(self, key: str, text: str, /, *, seconds: float | None) -> None:
        """Keep *text* as `set` does, in a thread."""
        import asyncio

        await asyncio.to_thread(self.set, key, text, seconds=seconds)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """Connect, and make the file and the table where they are missing."""
        import sqlite3

        if not self._path.exists():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, _PRIVATE))  # SQLite gives its other files this mode
        with closing(sqlite3.connect(self._path, timeout=_BUSY_SECONDS)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")  # a power cut may cost the last answers, never the file
            connection.execute(_TABLE)
            yield connection
