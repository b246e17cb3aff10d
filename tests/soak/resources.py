"""Resources that this process holds: memory, sockets and other files, threads."""

import gc
import threading
import tracemalloc
from pathlib import Path

import attrs

_DESCRIPTORS = Path("/proc/self/fd")
_MEGABYTE = 1024 * 1024
_TRACED_MARGIN = 1.0  # megabytes, for caches of the interpreter and of libraries
# Megabytes, for memory that allocators keep: it does not grow with PYTHONMALLOC=malloc and MALLOC_ARENA_MAX=1.
_RESIDENT_MARGIN = 60.0


@attrs.frozen(kw_only=True)
class Resources:
    """Memory in megabytes, and counts."""

    traced: float
    resident: float
    sockets: int
    descriptors: int
    threads: int

    def beyond(self, before: "Resources") -> list[str]:
        """Return a line for each resource that exceeds *before* by more than its margin."""
        found = {
            f"{self.sockets} sockets, {before.sockets} before": self.sockets > before.sockets,
            f"{self.descriptors} descriptors, {before.descriptors} before": self.descriptors > before.descriptors,
            f"{self.threads} threads, {before.threads} before": self.threads > before.threads,
            f"{self.traced:.1f} MB traced, {before.traced:.1f} before": self.traced > before.traced + _TRACED_MARGIN,
            f"{self.resident:.0f} MB, {before.resident:.0f} before": self.resident > before.resident + _RESIDENT_MARGIN,
        }
        return [line for line, exceeds in found.items() if exceeds]


def current_resources() -> Resources:
    """Collect garbage and return the resources that this process holds."""
    gc.collect()
    return Resources(
        traced=tracemalloc.get_traced_memory()[0] / _MEGABYTE,
        resident=_resident() / 1024,
        sockets=_sockets(),
        descriptors=len([*_DESCRIPTORS.iterdir()]),
        threads=threading.active_count(),
    )


def _resident() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))


def _sockets() -> int:
    return sum(_is_socket(link) for link in _DESCRIPTORS.iterdir())


def _is_socket(link: Path) -> bool:
    try:
        return str(link.readlink()).startswith("socket:")
    except OSError:  # closed meanwhile: the descriptor of the directory itself
        return False
