"""The judge aimock over its control API: fixtures and rates of chaos go in, the requests that it saw come out."""

from collections.abc import Mapping, Sequence

import attrs
import httpx

from .calling import Dialect

BASES: dict[Dialect, str] = {"openai": "/v1", "anthropic": "", "gemini": "/v1beta"}


@attrs.frozen(kw_only=True)
class Seen:
    """A request as the judge saw it: what it answered, what it did on the way, and what it took the request for."""

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
        """Forget everything; from now on answer with the first of *fixtures* that matches, spoilt by *chaos*."""
        self._post("reset", {})
        self._post("fixtures", {"fixtures": fixtures})
        self._post("chaos", chaos or {})

    def requests(self) -> Sequence[Seen]:
        """Return what arrived since, the oldest first."""
        answer = self._control.get("/__aimock/journal")
        return [_seen(entry) for entry in answer.raise_for_status().json()]

    def _post(self, path: str, body: Mapping[str, object]) -> None:
        answer = self._control.post(f"/__aimock/{path}", json=body)
        assert answer.is_success, answer.text


def _seen(entry: Mapping[str, Mapping[str, object]]) -> Seen:
    answered = entry["response"]
    fault = answered.get("chaosAction") or answered.get("interruptReason")
    status = answered["status"]
    assert isinstance(status, int)
    return Seen(status=status, fault=None if fault is None else str(fault), body=entry["body"] or {})
