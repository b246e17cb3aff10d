"""Assertions about what was sent to the provider, and about refusals."""

from collections.abc import Collection

import attrs
import pytest

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.json_values import json_text
from llm_core.domain.requests import ChatRequest, JsonOutput, JsonSchemaOutput, OutputFormat
from llm_core.domain.responses import ChatResponse
from llm_core.domain.settings import ChatSettings
from llm_core.domain.tools import Tool
from llm_core.testing.capabilities import SETTINGS
from llm_core.testing.scenarios import Replies

from .author_api import ContractAuthorApi
from .modes import Mode, call_in_mode
from .rich_requests import CITY, select_settings
from .sample_requests import REQUEST_WITH_TOOLS, SIMPLE_REQUEST


class RequestAssertions(ContractAuthorApi):
    """Sends a request and checks what the fake provider received, or that the request was refused."""

    def seen(self, request: ChatRequest, mode: Mode) -> ChatRequest:
        """Return *request* as the fake provider understood it, in the normal form of `expected_request`."""
        call_in_mode(self.make_chat(Replies()), request, mode)
        return self.received_request(request)

    def refused_as_claimed(self, request: ChatRequest, mode: Mode, *, claimed: bool) -> bool:
        """Return True if the ability is not claimed, after checking that the request is refused and not sent."""
        if claimed:
            return False
        with pytest.raises(UnsupportedFeatureError):
            call_in_mode(self.make_chat(Replies()), request, mode)
        assert 0 == self.recorder.count, self.counted()
        self.was_refused: bool = True
        return True

    def answer_unless_refused(self, request: ChatRequest, mode: Mode) -> ChatResponse | None:
        """Return the response; None where *request* is refused before it is sent."""
        try:
            return call_in_mode(self.make_chat(Replies()), request, mode)
        except UnsupportedFeatureError:
            assert 0 == self.recorder.count, self.counted()
            self.was_refused = True
        return None

    def is_refused(self, request: ChatRequest, mode: Mode) -> bool:
        """Return True if *request* is refused before it is sent; otherwise it was sent and answered."""
        return self.answer_unless_refused(request, mode) is None

    def settings_arrive(self, request: ChatRequest, mode: Mode) -> bool:
        """Return True if *request* was accepted, after checking that each setting arrives or is named as ignored."""
        response = self.answer_unless_refused(request, mode)
        if response is None:
            return False
        ignored = {name.partition(".")[0] for name in response.ignored_settings}
        expected, seen = self.expected_request(request).settings, self.received_request(request).settings
        assert _without(expected, ignored) == _without(seen, ignored)
        return True

    def full_request(self) -> ChatRequest:
        """Return a request with everything that is claimed: tools, a tool choice and an output format."""
        claimed = self.capabilities
        output = CITY if claimed.json_schema_output else JsonOutput() if claimed.json_output else None
        request = REQUEST_WITH_TOOLS if claimed.tools else SIMPLE_REQUEST
        return attrs.evolve(request, output=output, tool_choice="required" if claimed.tool_choice else "auto")

    def sent(self) -> str:
        """Return the text of the last request: its body, or without HTTP the `repr` of the reported request."""
        return self.recorder.requests[-1].body.decode() if self.recorder.requests else repr(self.recorder.last)


def tools_with_schema_text(request: ChatRequest) -> list[tuple[Tool, str]]:
    """Return the tools with their parameters as JSON text: == ignores the order of a schema, and models do not."""
    return [(tool, json_text(tool.parameters)) for tool in request.tools]


def output_with_schema_text(request: ChatRequest) -> tuple[OutputFormat | None, str]:
    """Return the output format with its schema as JSON text."""
    output = request.output
    return output, json_text(output.schema) if isinstance(output, JsonSchemaOutput) else ""


def _without(settings: ChatSettings, names: Collection[str]) -> ChatSettings:
    return select_settings(settings, SETTINGS - {*names})
