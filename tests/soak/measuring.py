"""What a process holds: memory, sockets, threads."""

import gc
import threading
import tracemalloc
from pathlib import Path

import attrs

_MEGABYTE = 1024 * 1024
_MORE_TRACED = 1.0  # megabytes that may have come to stay: caches of the interpreter and of libraries
_MORE_RESIDENT = 60.0  # megabytes: what the allocator keeps for itself


@attrs.frozen(kw_only=True)
class Holdings:
    """In megabytes, and in numbers."""

    traced: float
    resident: float
    sockets: int
    threads: int

    def beyond(self, before: "Holdings") -> list[str]:
        """Return what there is more of than *before*, beyond what may be."""
        found = {
            f"{self.sockets} sockets, {before.sockets} before": self.sockets > before.sockets,
            f"{self.threads} threads, {before.threads} before": self.threads > before.threads,
            f"{self.traced:.1f} MB traced, {before.traced:.1f} before": self.traced > before.traced + _MORE_TRACED,
            f"{self.resident:.0f} MB, {before.resident:.0f} before": self.resident > before.resident + _MORE_RESIDENT,
        }
        return [words for words, is_more in found.items() if is_more]


def holdings() -> Holdings:
    """Return what this process holds, once what nobody holds is gone."""
    gc.collect()
    return Holdings(
        traced=tracemalloc.get_traced_memory()[0] / _MEGABYTE,
        resident=_resident() / 1024,
        sockets=_sockets(),
        threads=threading.active_count(),
    )


def _resident() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))


def _sockets() -> int:
    return sum(_is_socket(link) for link in Path("/proc/self/fd").iterdir())


def _is_socket(link: Path) -> bool:
    try:
        return str(link.readlink()).startswith("socket:")
    except OSError:  # closed meanwhile: it was the folder itself
        return False
