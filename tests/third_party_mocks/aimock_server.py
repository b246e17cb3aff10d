"""Client of aimock's control API: sets fixtures and chaos rates, reads the requests that aimock received."""

from collections.abc import Mapping, Sequence

import attrs
import httpx

from .calling import Dialect

BASES: dict[Dialect, str] = {"openai": "/v1", "anthropic": "", "gemini": "/v1beta"}


@attrs.frozen(kw_only=True)
class ReceivedRequest:
    """A request in aimock's journal: the response status, the fault that aimock played, and the parsed body."""

    status: int
    fault: str | None
    body: Mapping[str, object]


@attrs.frozen
class AIMock:
    """A running aimock at *url*."""

    url: str
    _control: httpx.Client

    def base(self, dialect: Dialect) -> str:
        """Return the base address of *dialect*."""
        return f"{self.url}{BASES[dialect]}"

    def script(self, *fixtures: Mapping[str, object], chaos: Mapping[str, float] | None = None) -> None:
        """Reset; then answer with the first of *fixtures* that matches, with the fault rates *chaos*."""
        self._post("reset", {})
        self._post("fixtures", {"fixtures": fixtures})
        self._post("chaos", chaos or {})

    def requests(self) -> Sequence[ReceivedRequest]:
        """Return the requests received since `script`, oldest first."""
        answer = self._control.get("/__aimock/journal")
        return [_received(entry) for entry in answer.raise_for_status().json()]

    def _post(self, path: str, body: Mapping[str, object]) -> None:
        answer = self._control.post(f"/__aimock/{path}", json=body)
        assert answer.is_success, answer.text


def _received(entry: Mapping[str, Mapping[str, object]]) -> ReceivedRequest:
    response = entry["response"]
    fault = response.get("chaosAction") or response.get("interruptReason")
    status = response["status"]
    assert isinstance(status, int)
    return ReceivedRequest(status=status, fault=None if fault is None else str(fault), body=entry["body"] or {})
