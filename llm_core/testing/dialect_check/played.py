"""Plays scenarios in a dialect, in one mode: whole or as a stream."""

import attrs

from llm_core.testing.dialects.dialect import Dialect, RecordedRequest, inexpressible
from llm_core.testing.fake_provider.recorder import Recorder
from llm_core.testing.fake_provider.scripted_response import scripted_response
from llm_core.testing.scenarios import Replies, Scenario

from .findings import Findings


@attrs.frozen
class Played:
    """A dialect in one mode, and the request that it answers."""

    dialect: Dialect
    findings: Findings
    request: RecordedRequest
    streams: bool

    @property
    def member(self) -> str:
        """The member that writes an answer in this mode."""
        return "events" if self.streams else "body"

    def case(self, name: str) -> str:
        """Return the name of a case in this mode."""
        return f"{name}, streamed" if self.streams else name

    def excludes(self, name: str, scenario: Scenario) -> bool:
        """Return True if the dialect cannot express *scenario*."""
        what: object = self.findings.attempt(
            "inexpressible", self.case(name), inexpressible, self.dialect, scenario, streams=self.streams
        )
        is_reason = what is None or (isinstance(what, str) and bool(what))
        self.findings.expect("inexpressible", self.case(name), "expected a text or None", holds=is_reason)
        return what is not None

    def chunks(self, name: str, reply: Replies) -> tuple[bytes, ...]:
        """Return the events, or the body alone; empty, with a finding, where there is none."""
        write = self.dialect.events if self.streams else self._bodies
        written: object = self.findings.attempt(self.member, self.case(name), write, reply)
        if written is None:
            return ()
        chunks = [chunk for chunk in written if isinstance(chunk, bytes)] if isinstance(written, tuple) else []
        self.findings.expect(
            self.member, self.case(name), "expected bytes, at least one", holds=bool(chunks) and all(chunks)
        )
        return tuple(chunks)

    def sent(self, name: str, scenario: Scenario) -> bytes:
        """Return the answer to the request as the fake provider sends it; empty, with a finding, if it cannot."""
        return self.findings.attempt(self.member, self.case(name), self._sent, scenario) or b""

    def _sent(self, scenario: Scenario) -> bytes:
        return b"".join(scripted_response(scenario, self.dialect, self.request, Recorder()).packets)

    def _bodies(self, reply: Replies) -> tuple[bytes, ...]:
        return (self.dialect.body(reply),)
