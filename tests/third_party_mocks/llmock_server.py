"""Client of llmock's control API: sets behaviours, reads the requests that llmock received and its findings."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import attrs
import httpx

from .calling import Dialect

Behaviour: TypeAlias = Mapping[str, object]
Reply: TypeAlias = dict[str, list[dict[str, Any]]]

BASES: dict[Dialect, str] = {"openai": "/v1", "anthropic": "/anthropic", "gemini": "/gemini/v1beta"}


@attrs.frozen(kw_only=True)
class ReceivedRequest:
    """A request in llmock's record; `fault` is the fault that llmock played."""

    status: int
    fault: str | None
    body: Mapping[str, object]


@attrs.frozen
class LLMock:
    """A running llmock at *url*."""

    url: str
    _control: httpx.Client  # kept, since creating a client takes longer than a request

    def base(self, dialect: Dialect) -> str:
        """Return the base address of *dialect*."""
        return f"{self.url}{BASES[dialect]}"

    def script(self, *behaviours: Behaviour) -> None:
        """Reset, and queue *behaviours* for the next requests."""
        self._post("reset", {})
        if behaviours:
            self._post("scenario", {"behaviors": behaviours})

    def requests(self) -> Sequence[ReceivedRequest]:
        """Return the requests received since `script`, oldest first."""
        return [
            ReceivedRequest(status=request["status"], fault=request["fault"], body=request["body"] or {})
            for request in self._get("requests")["requests"]
        ]

    def waiting(self) -> int:
        """Return how many behaviours are still queued."""
        return len(self._get("scenario")["pending"])

    def findings(self) -> Sequence[str]:
        """Return the codes of llmock's findings about the client, errors and warnings alike."""
        return [finding["code"] for finding in self._get("verdict")["findings"]]

    def _post(self, path: str, body: Mapping[str, object]) -> None:
        answer = self._control.post(f"/_llmock/{path}", json=body)
        assert answer.is_success, answer.text

    def _get(self, path: str) -> Reply:
        reply: Reply = self._control.get(f"/_llmock/{path}").raise_for_status().json()
        return reply
