"""The recordings of a tape: which one answers a request, and which one is nearest where none does."""

import json
import threading
from collections import defaultdict
from pathlib import Path

import attrs

from llm_core.domain.errors import RecordingMissingError
from llm_core.domain.requests import ChatRequest

from .json_differences import differences
from .recording import Recording, line_of, recording_of
from .request_key import canonical, request_text
from .tape_file import append_line, keep_lines, read_lines

_WRITING = threading.Lock()  # of all tapes: two chats may replace and append lines of one file


@attrs.frozen(eq=False)
class _Line:
    number: int
    document: dict[str, object]
    is_own: bool  # of the tape's namespace


class Tape:
    """The recordings of one namespace in the file at *path*; threads may share it."""

    def __init__(self, path: Path, namespace: str, *, begins_anew: bool) -> None:
        """Prepare; *begins_anew*: the first recording replaces those of the namespace that the file holds."""
        self._path = path
        self._namespace = namespace
        self._begins_anew = begins_anew
        self._lock = threading.Lock()
        self._lines: list[_Line] | None = None
        self._by_request = defaultdict[str, list[_Line]](list)
        self._requests = defaultdict[str, int](int)  # how many equal requests there were

    @property
    def is_loaded(self) -> bool:
        """Whether the file has been read."""
        return self._lines is not None

    def load(self) -> None:
        """Read the file, once.

        Raises:
            ValueError: it is not a tape.
        """
        with self._lock:
            if self._lines is None:
                documents = enumerate(read_lines(self._path), 1)
                lines = [_Line(n, document, document.get("namespace") == self._namespace) for n, document in documents]
                for line in lines:
                    if line.is_own:
                        self._by_request[canonical(line.document.get("request"))].append(line)
                self._lines = lines

    def take(self, request: ChatRequest) -> Recording | None:
        """Return the next recording of requests equal to *request*, in the order of the tape; None if it lacks one."""
        key = canonical(json.loads(request_text(request)))
        with self._lock:
            number = self._requests[key]
            self._requests[key] += 1
            lines = self._by_request.get(key, [])
        return recording_of(lines[number].document) if number < len(lines) else None

    def add(self, request: ChatRequest, recording: Recording) -> None:
        """Write *recording* to the file."""
        line = line_of(self._namespace, request_text(request), recording)
        with _WRITING:
            if self._begins_anew:
                keep_lines(self._path, lambda document: document.get("namespace") != self._namespace)
                self._begins_anew = False
            append_line(self._path, line)

    def missing(self, request: ChatRequest) -> RecordingMissingError:
        """Return the error of a request that no recording answers, with what the nearest one differs in."""
        document: object = json.loads(request_text(request))
        used = len(self._by_request.get(canonical(document), ()))
        if used:
            return _error(request, None, f"{self._path}: each of the {used} recordings of this request has been used")
        lines = self._lines or []
        if not lines:
            return _error(request, None, f"{self._path}: there is no recording")
        found = {line.number: list(differences(document, line.document.get("request"))) for line in lines}
        nearest = min(lines, key=lambda line: (not line.is_own, len(found[line.number])))
        if not found[nearest.number]:
            namespaces = f"{self._namespace!r}, and the recording {nearest.document.get('namespace')!r}"
            return _error(
                request, "namespace", f"{self._path}, line {nearest.number}: the chat has the namespace {namespaces}"
            )
        first = found[nearest.number][0]
        detail = f"{self._path}, line {nearest.number}: the request has {first.one}, and the recording {first.other}"
        return _error(request, first.path, detail)


def _error(request: ChatRequest, differs_at: str | None, detail: str) -> RecordingMissingError:
    return RecordingMissingError(differs_at=differs_at, model=request.model, detail=detail)
