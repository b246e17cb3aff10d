"""The judge llmock over its control API: behaviours go in; requests, as it counted them, and its verdict come out."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import attrs
import httpx

from .calling import Dialect

Behaviour: TypeAlias = Mapping[str, object]
Reply: TypeAlias = dict[str, list[dict[str, Any]]]

BASES: dict[Dialect, str] = {"openai": "/v1", "anthropic": "/anthropic", "gemini": "/gemini/v1beta"}


@attrs.frozen(kw_only=True)
class Seen:
    """A request as the judge saw it; `fault` is what it did to it."""

    status: int
    fault: str | None
    body: Mapping[str, object]


@attrs.frozen
class LLMock:
    """A running llmock at *url*."""

    url: str
    _control: httpx.Client  # kept: to make one takes longer than to ask

    def base(self, dialect: Dialect) -> str:
        """Return the base address of *dialect*."""
        return f"{self.url}{BASES[dialect]}"

    def script(self, *behaviours: Behaviour) -> None:
        """Forget everything, and have *behaviours* wait for the next requests."""
        self._post("reset", {})
        if behaviours:
            self._post("scenario", {"behaviors": behaviours})

    def requests(self) -> Sequence[Seen]:
        """Return what arrived since, the oldest first."""
        return [
            Seen(status=request["status"], fault=request["fault"], body=request["body"] or {})
            for request in self._get("requests")["requests"]
        ]

    def waiting(self) -> int:
        """Return how many behaviours nobody has met yet."""
        return len(self._get("scenario")["pending"])

    def complaints(self) -> Sequence[str]:
        """Return what the judge finds wrong with the client, by its own names, errors and warnings alike."""
        return [finding["code"] for finding in self._get("verdict")["findings"]]

    def _post(self, path: str, body: Mapping[str, object]) -> None:
        answer = self._control.post(f"/_llmock/{path}", json=body)
        assert answer.is_success, answer.text

    def _get(self, path: str) -> Reply:
        reply: Reply = self._control.get(f"/_llmock/{path}").raise_for_status().json()
        return reply
